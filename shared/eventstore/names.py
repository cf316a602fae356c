"""What a name must be to stand in every index of every store: checked before a row is made, on all stores alike.

PostgreSQL takes no row of an index beyond about 2,700 bytes and no NUL in a text; SQLite takes both. The longest key
has five names, so a name has a fifth of that. Streams, scopes, tenants, keys, ids of events and deadlines are names.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from shared.kernel.errors import InvalidRequest
from shared.kernel.texts import shown

NAME_BYTES_MAX: Final = 500

# No character of UTF-8 is longer: a text of so many characters needs no look.
_CHARACTERS_SURE: Final = NAME_BYTES_MAX // 4

NUMBER_MAX: Final = 2**63 - 1

_SHOWN_CHARACTERS: Final = 40


class NotStorable(InvalidRequest):
    """A name that the indexes of the ledger do not take (HTTP 400); nothing is stored."""

    code = "NAME_NOT_STORABLE"
    title_en = "A name is too long, or holds a character that cannot be stored"
    title_zh = "名称过长，或含有无法存储的字符"


def check_names(*names: str) -> None:
    """Raise NotStorable for the first that is longer than NAME_BYTES_MAX, or holds a NUL or half a surrogate pair."""
    together = "".join(names)
    if len(together) > _CHARACTERS_SURE or not together.isascii() or "\0" in together:
        for name in names:
            _check(name)


def storable_name(name: str) -> str:
    """The name itself, or where it cannot be stored another that stands for it and for no other."""
    try:
        check_names(name)
    except NotStorable:
        digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{storable_text(name[:_SHOWN_CHARACTERS])}...sha256-{digest}"
    return name


def storable_text(text: str) -> str:
    """The text without what no store takes: a NUL, half a surrogate pair."""
    return shown(text.replace("\0", "\ufffd"), len(text))


def _check(name: str) -> None:
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        raise NotStorable(f"{shown(name, _SHOWN_CHARACTERS)!r} holds half a surrogate pair") from None
    if size > NAME_BYTES_MAX:
        raise NotStorable(
            f"{shown(name, _SHOWN_CHARACTERS)!r}... is {size} bytes long, at most {NAME_BYTES_MAX} can be"
        )
    if "\0" in name:
        raise NotStorable(f"{shown(name, _SHOWN_CHARACTERS)!r} holds a NUL")
