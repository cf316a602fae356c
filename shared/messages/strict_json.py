"""Reads JSON that comes from outside under the I-JSON profile (RFC 7493): what two readers could read in two ways is
refused. The typed decoding that follows may then rely on it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from math import isinf
from typing import Any, Final, NamedTuple, NoReturn

from shared.kernel.admission import MEMBER_CHARACTERS_MAX, pointer_step
from shared.kernel.texts import shown
from shared.messages import canonical

JSON_DEPTH_MAX: Final = 32
# RFC 7493, section 2.2: beyond it readers whose numbers are doubles read another integer.
INTEGER_MAX: Final = 2**53 - 1

_INTEGER_CHARACTERS_MAX: Final = len(str(-INTEGER_MAX))

_TOO_DEEP: Final = f"the value is nested deeper than {JSON_DEPTH_MAX} levels"

_CONTAINERS: Final = frozenset((dict, list))

# A step, and the place that it is taken from; None for the whole value. Deep only as far as a text may nest.
_Place = tuple[Any, str] | None

# NUL fits in no column of text; an escape is real when an even number of backslashes stands before it.
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_ESCAPED_NUL: Final = b"\\u0000"
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class NotStrict(ValueError):
    """The bytes are no JSON of the profile; `field` is the JSON pointer of the offending value, where there is one."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.field = field


def strict_json(data: bytes) -> Any:
    """The plain value of a JSON text, with numbers as the text they were written in (so that a hash keeps them apart).

    Raises NotStrict for invalid UTF-8, malformed JSON, NaN and infinities, an integer beyond INTEGER_MAX, a number that
    no double holds, a member that appears twice, a value deeper than JSON_DEPTH_MAX, lone surrogates, and the NUL
    character.
    """
    try:
        value = _DECODER.decode(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise NotStrict(f"the text is not UTF-8 (byte {error.start})") from None
    except json.JSONDecodeError as error:
        raise NotStrict(f"the text is not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise NotStrict(_TOO_DEEP) from None
    except _Ambiguous:
        raise _placed(_MARKING.decode(data.decode("utf-8"))) from None
    # Most texts are too short to be deep and hold no escapes, so a look at the bytes settles it.
    if data.count(b"[") + data.count(b"{") > JSON_DEPTH_MAX:
        _check_depth(value)
    if b"\\u" in data:
        _check_texts(value)
    return value


class _Ambiguous(Exception):
    """Somewhere in the text stands what is refused; where, a second look tells."""


class _Refused(NamedTuple):
    """Stands for a value that is refused: why, and the member inside it, if it is one."""

    reason: str
    member: str = ""


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(members)
    if len(unique) < len(members):
        raise _Ambiguous
    return unique


def _no_constant(word: str) -> NoReturn:
    raise _Ambiguous


def _integer(digits: str) -> str:
    if _is_too_large(digits):
        raise _Ambiguous
    return digits


def _is_too_large(digits: str) -> bool:
    return len(digits) > _INTEGER_CHARACTERS_MAX or abs(int(digits)) > INTEGER_MAX


def _number(text: str) -> str:
    if isinf(float(text)):
        raise _Ambiguous
    return text


def _marked_object(members: list[tuple[str, Any]]) -> dict[str, Any] | _Refused:
    unique: dict[str, Any] = {}
    for name, value in members:
        if name in unique:
            return _Refused("a member appears twice", name)
        unique[name] = value
    return unique


def _marked_constant(word: str) -> _Refused:
    return _Refused(f"{word} is not a number of JSON")


def _marked_integer(digits: str) -> str | _Refused:
    return _Refused(f"an integer lies beyond {INTEGER_MAX}") if _is_too_large(digits) else digits


def _marked_number(text: str) -> str | _Refused:
    return _Refused("a number is too large") if isinf(float(text)) else text


def _placed(value: Any) -> NotStrict:
    """The refusal of the first value that has a reason, with its place.

    A place is kept as steps that know the one before, and written once: names may be long, and thousands share them.
    """
    left: list[tuple[_Place, Any]] = [(None, value)]
    while left:
        place, found = left.pop()
        match found:
            case _Refused(reason, member):
                return _told(reason, (place, member) if member else place)
            case str():
                if reason := _not_possible(found):
                    return _told(reason, place)
            case dict():
                left += [((place, name), child) for name, child in reversed(found.items())]
                left += [((place, name), name) for name in reversed(found)]
            case list():
                left += [((place, str(index)), child) for index, child in reversed([*enumerate(found)])]
    raise AssertionError("nothing is refused in it")


def _told(reason: str, place: _Place) -> NotStrict:
    """A refusal with its place as a JSON pointer (RFC 6901)."""
    steps: list[str] = []
    while place is not None:
        place, step = place
        steps.append("/" + pointer_step(shown(step, MEMBER_CHARACTERS_MAX)))
    if len(steps) > JSON_DEPTH_MAX:
        return NotStrict(_TOO_DEEP)
    # What cannot be kept in a request cannot be kept in an answer either.
    return NotStrict(reason, "".join(reversed(steps)).replace("\x00", "\\x00"))


def _not_possible(text: str) -> str:
    """Why a text cannot be kept, or nothing."""
    if "\x00" in text:
        return "a text holds the character NUL"
    return "" if text.isascii() or _SURROGATE.search(text) is None else "a text holds half of a surrogate pair"


def _check_depth(value: Any) -> None:
    level: list[Iterable[Any]] = [(value,)]
    for _ in range(JSON_DEPTH_MAX + 1):
        inside = [child for members in level for child in members if type(child) in _CONTAINERS]
        if not inside:
            return
        level = [child.values() if type(child) is dict else child for child in inside]
    raise NotStrict(_TOO_DEEP)


def _check_texts(value: Any) -> None:
    try:
        encoded = canonical.encode(value)
        # The pattern looks at every byte; few texts hold what it looks for at all.
        if _ESCAPED_NUL not in encoded or _NUL.search(encoded) is None:
            return
    except UnicodeEncodeError:
        pass
    raise _placed(value)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_number, parse_constant=_no_constant
)

# The second look at a text that is refused: what is wrong stays in it, in its place.
_MARKING: Final = json.JSONDecoder(
    object_pairs_hook=_marked_object,
    parse_int=_marked_integer,
    parse_float=_marked_number,
    parse_constant=_marked_constant,
)
