"""Whom to answer: what can be read of a record's identity even where the record is no usable CloudEvent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from shared.messages.cloudevents import CONTENT_TYPE, PREFIX, STRUCTURED, Header

# Longer ones identify nothing that somebody could look up.
ADDRESS_CHARS_MAX: Final = 512

# A larger record in structured mode is not searched for its identity.
STRUCTURED_BYTES_MAX: Final = 4 * 1024 * 1024

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_Text = Annotated[str, Meta(min_length=1, max_length=ADDRESS_CHARS_MAX)]


class Address(Struct, frozen=True):
    """Source and id name the request; the type is information, empty where it cannot be read."""

    source: _Text
    id: _Text
    type: Annotated[str, Meta(max_length=ADDRESS_CHARS_MAX)] = ""


_ADDRESS: Final = msgspec.json.Decoder(Address)


def address_of(headers: Sequence[Header], value: bytes | None) -> Address | None:
    """The address of a record in either mode; None where source or id is missing, doubled, or no proper text."""
    if (_text(headers, CONTENT_TYPE) or "").lower().startswith(STRUCTURED):
        return _structured(value or b"")
    source, id = _text(headers, f"{PREFIX}source"), _text(headers, f"{PREFIX}id")
    return Address(source, id, _text(headers, f"{PREFIX}type") or "") if source and id else None


def _structured(value: bytes) -> Address | None:
    if len(value) > STRUCTURED_BYTES_MAX:
        return None
    try:
        address = _ADDRESS.decode(value)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    return None if any(map(_CONTROL.search, (address.source, address.id, address.type))) else address


def _text(headers: Sequence[Header], name: str) -> str | None:
    """The text of a header that comes once and can be printed."""
    values = [value for header, value in headers if header.lower() == name]
    if len(values) != 1 or not values[0]:
        return None
    try:
        text = values[0].decode()
    except UnicodeDecodeError:
        return None
    return text if len(text) <= ADDRESS_CHARS_MAX and not _CONTROL.search(text) else None
