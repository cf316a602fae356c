"""References to files: the ledger keeps names, hashes and locations, never content, and never opens a location."""

from __future__ import annotations

import re
from typing import Annotated, Final

from shared.kernel.admission import NotAdmitted, admitted_by
from shared.kernel.texts import check_name
from shared.kernel.urls import UrlNotPossible, check_at_host

FILE_NAME_BYTES_MAX: Final = 255
# A pebibyte; below what a number of JavaScript holds exactly.
FILE_BYTES_MAX: Final = 2**50
MEDIA_TYPE_CHARACTERS_MAX: Final = 255

# Where files of contracts lie: the web and the object stores. What runs in a browser or reads the reader's own disk
# (javascript:, data:, file:) is no place.
LOCATION_SCHEMES: Final = ("https", "s3", "oss", "cos", "obs", "gs")

_SEPARATORS: Final = re.compile(r'[/\\:*?"<>|]')
# RFC 6838 section 4.2, with parameters as RFC 9110 writes them.
_TOKEN = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
_VALUE = r"[A-Za-z0-9!#$&^_.+-]{1,128}"
_QUOTED = r'"[^"\\\x00-\x1f\x7f-\uffff]{0,128}"'
_MEDIA_TYPE: Final = re.compile(rf"{_TOKEN}/{_TOKEN}(?:; ?[A-Za-z0-9!#$&^_.+-]{{1,64}}=(?:{_VALUE}|{_QUOTED}))*")


class FileNotPossible(NotAdmitted):
    """A reference to a file that cannot lead to one (R-125)."""

    code = "FILE_NOT_POSSIBLE"
    rule = "R-125"
    title_en = "The file cannot be referred to like this"
    title_zh = "文件引用不成立"


def check_file_name(name: str) -> None:
    """The name of a file without a path, as every system can store it; raises FileNotPossible or TextNotPossible."""
    check_name(name)
    if _SEPARATORS.search(name) or not name.strip("."):
        raise FileNotPossible(
            'a name of a file holds no path and none of / \\ : * ? " < > |',
            '文件名不得含路径，也不得含 / \\ : * ? " < > |',
        )
    if len(name.encode()) > FILE_NAME_BYTES_MAX:
        raise FileNotPossible(
            f"the name has more than {FILE_NAME_BYTES_MAX} bytes in UTF-8",
            f"文件名超过 {FILE_NAME_BYTES_MAX} 字节（UTF-8）",
        )


def check_file_size(size_bytes: int) -> None:
    """From nothing to a pebibyte; raises FileNotPossible."""
    if not 0 <= size_bytes <= FILE_BYTES_MAX:
        raise FileNotPossible(
            f"{size_bytes} is no size from 0 to {FILE_BYTES_MAX} bytes",
            f"大小 {size_bytes} 不在 0 至 {FILE_BYTES_MAX} 字节之间",
        )


def check_media_type(text: str) -> None:
    """`type/subtype`, with parameters if need be; raises FileNotPossible."""
    if len(text) > MEDIA_TYPE_CHARACTERS_MAX or not _MEDIA_TYPE.fullmatch(text):
        raise FileNotPossible(
            "it is no media type; write one like application/pdf", "不是有效的媒体类型；请按 application/pdf 的格式填写"
        )


def check_location(text: str) -> None:
    """An address of the web or of an object store, or nothing; raises FileNotPossible."""
    if not text:
        return
    scheme = text.partition(":")[0].lower()
    try:
        if scheme not in LOCATION_SCHEMES:
            raise UrlNotPossible(f"{scheme} is another scheme", f"不支持 {scheme}")
        check_at_host(text)
    except UrlNotPossible as error:
        schemes = ", ".join(f"{name}://" for name in LOCATION_SCHEMES)
        raise FileNotPossible(
            f"no location: {error.detail}; write an address that begins with one of {schemes}, or leave it empty",
            f"不是有效的位置：{error.detail_zh}；请填写以 {schemes} 之一开头的地址，或留空",
        ) from None


FileName = Annotated[str, admitted_by(check_file_name)]
FileSize = Annotated[int, admitted_by(check_file_size)]
MediaType = Annotated[str, admitted_by(check_media_type)]
Location = Annotated[str, admitted_by(check_location)]
