"""Answers out: JSON bodies with the headers that every answer carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec
from aiohttp import web
from msgspec import Struct

Answer = TypeVar("Answer", bound=Struct)

# The ledger's answers hold what only a party may see, so no cache keeps them and no browser guesses their type.
# The server's software and version are nobody's business.
SAFE_HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Server": "qizhang",
}


def _plain_text(value: Any) -> str:
    """aiohttp's header names are a subclass of str, which msgspec asks about."""
    if isinstance(value, str):
        return str(value)
    raise NotImplementedError(type(value).__name__)


def shown_as(kind: type[Answer], document: Answer) -> Answer:
    """A document of a view without what it keeps beside its answer, such as its place in the log (R-424)."""
    return kind(**{name: getattr(document, name) for name in kind.__struct_fields__})


_ENCODER = msgspec.json.Encoder(enc_hook=_plain_text)


def json_answer(
    value: object,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    content_type: str = "application/json",
) -> web.Response:
    """A JSON answer."""
    return web.Response(
        status=status,
        body=_ENCODER.encode(value),
        content_type=content_type,
        headers={**SAFE_HEADERS, **(headers or {})},
    )
