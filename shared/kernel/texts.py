"""Texts that somebody else wrote: what a person can have meant, and what can be shown anywhere.

The characters are listed by range and not asked of `unicodedata`, so that what is taken in does not change with the
Unicode version of the interpreter.
"""

from __future__ import annotations

import re
from typing import Annotated, Final
from unicodedata import is_normalized

from shared.kernel.admission import NotAdmitted, admitted_by

NAME_CHARACTERS_MAX: Final = 400
TEXT_CHARACTERS_MAX: Final = 4000

# C0 and C1 with ESC, with which terminals are steered; halves of pairs, the mark of a broken decoding, non-characters.
_CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_LINES = r"\t\n\r\u2028\u2029"
_BROKEN = r"\ud800-\udfff\ufffd-\uffff\ufdd0-\ufdef" + "".join(
    rf"\U{plane:04x}fffe\U{plane:04x}ffff" for plane in range(1, 17)
)
# Embeddings, overrides and isolates show a text in another order than it has (CVE-2021-42574).
_BIDI = r"\u202a-\u202e\u2066-\u2069"
# What has no width hides in a text that looks the same: two names that nobody can tell apart.
_HIDDEN = (
    r"\xad\u034f\u115f\u1160\u17b4\u17b5\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f"
)
# Joiners and marks of direction, which running text of some languages needs and no name.
_JOINERS = r"\u061c\u200c-\u200f"

_NOT_IN_NAMES: Final = re.compile(f"[{_CONTROLS}{_LINES}{_BROKEN}{_BIDI}{_HIDDEN}{_JOINERS}]")
_NOT_IN_TEXTS: Final = re.compile(f"[{_CONTROLS}\u2028\u2029{_BROKEN}{_BIDI}{_HIDDEN}]")
# `\s` of Python knows every space of Unicode; the empty Braille cell is the one that is printed as nothing. Selectors
# of variants and accents belong to a letter before them, and by themselves are nothing.
_SEEN: Final = re.compile(r"[^\s\u2800\u0300-\u036f\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")


_BLANK: Final = re.compile(r"[\s\u2800]")


class TextNotPossible(NotAdmitted):
    """A name or text that nobody can have meant: blank, or with characters that are not seen or mislead."""

    code = "TEXT_NOT_POSSIBLE"
    title_en = "The text cannot be taken in as it stands"
    title_zh = "该文字无法按原样收录"


def shown(text: str, characters_max: int) -> str:
    """The beginning of a text; halves of surrogate pairs, which no encoding takes, are written as escapes."""
    return text[:characters_max].encode("utf-8", "backslashreplace").decode()


def check_name(text: str) -> None:
    """One line that is seen; raises TextNotPossible."""
    _check_seen(text)
    check_line(text)


def check_line(text: str) -> None:
    """One line, or nothing at all; raises TextNotPossible."""
    _check(text, NAME_CHARACTERS_MAX, _NOT_IN_NAMES, *_ON_ONE_LINE)
    _check_ends(text)


def check_long_line(text: str) -> None:
    """One line of any use, or nothing at all; raises TextNotPossible."""
    _check(text, TEXT_CHARACTERS_MAX, _NOT_IN_NAMES, *_ON_ONE_LINE)


def check_text(text: str) -> None:
    """Running text over several lines, or nothing at all; raises TextNotPossible."""
    _check(text, TEXT_CHARACTERS_MAX, _NOT_IN_TEXTS, "without invisible or control characters", "不含不可见或控制字符")


def check_needed_text(text: str) -> None:
    """Running text in which something is to be seen; raises TextNotPossible."""
    _check_seen(text)
    check_text(text)


_ON_ONE_LINE: Final = ("on one line, without invisible or control characters", "单行填写，不含不可见或控制字符")


def _check_ends(text: str) -> None:
    """Two names that differ in a blank at an end are one to everybody who reads them."""
    if text and (_BLANK.fullmatch(text[0]) or _BLANK.fullmatch(text[-1])):
        raise TextNotPossible("it begins or ends with a blank; leave that out", "首尾含有空白；请删去首尾空白")


def _check_seen(text: str) -> None:
    if not _SEEN.search(text):
        raise TextNotPossible("there is nothing to be seen in it; write what is meant", "内容为空白；请填写内容")


def _check(text: str, characters_max: int, refused: re.Pattern[str], how_en: str, how_zh: str) -> None:
    if len(text) > characters_max:
        raise TextNotPossible(
            f"it has {len(text)} characters; write at most {characters_max}",
            f"共 {len(text)} 个字符；请勿超过 {characters_max} 个",
        )
    if text and not _SEEN.search(text):
        raise TextNotPossible("it holds blanks only; leave it empty or write it", "仅含空白；请留空或填写内容")
    found = refused.search(text)
    if found is not None:
        code = f"U+{ord(found[0]):04X}"
        raise TextNotPossible(
            f"the character {code} at place {found.start() + 1} cannot stand there; write it {how_en}",
            f"第 {found.start() + 1} 个字符 {code} 不可使用；请{how_zh}",
        )
    if not is_normalized("NFC", text):
        raise TextNotPossible(
            "it is not in Unicode normal form NFC, so that equal texts are not equal bytes; send it normalized",
            "不是 Unicode 规范形式 NFC，相同文字的编码可能不同；请规范化后提交",
        )


# The bounds stand in the checks, for the same structs read what was stored before there were any.
Name = Annotated[str, admitted_by(check_name, extra_json_schema={"minLength": 1, "maxLength": NAME_CHARACTERS_MAX})]
# A number, a reference, a name that may be left out.
Line = Annotated[str, admitted_by(check_line, extra_json_schema={"maxLength": NAME_CHARACTERS_MAX})]
LongLine = Annotated[str, admitted_by(check_long_line, extra_json_schema={"maxLength": TEXT_CHARACTERS_MAX})]
Text = Annotated[str, admitted_by(check_text, extra_json_schema={"maxLength": TEXT_CHARACTERS_MAX})]
NeededText = Annotated[
    str, admitted_by(check_needed_text, extra_json_schema={"minLength": 1, "maxLength": TEXT_CHARACTERS_MAX})
]
