"""The request headers of the ledger's conventions, read strictly, and the response headers that answer them.

A stream's version travels as a weak entity tag, because it names the state of the stream and not the bytes of a
representation. A position travels sealed (`sealing.py`) and as a structured dictionary, `Ledger-Position:
contracts=9fQ...`, because positions of different services have nothing to do with each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from aiohttp import hdrs, web

from shared.kernel.errors import InvalidRequest
from shared.web.errors import MissingIdempotencyKey
from shared.web.parameters import Parameter

IDEMPOTENCY_KEY: Final = "Idempotency-Key"
LEDGER_POSITION: Final = "Ledger-Position"
AFTER_POSITION: Final = "after_position"

# Visible ASCII; the draft's structured form, in quotes, is accepted as well. The document shows the same patterns.
KEY_PATTERN: Final = r'^("[!#-\[\]-~]{1,128}"|[!#-\[\]-~]{1,128})$'
VERSION_TAG_PATTERN: Final = r'^(W/)?"[0-9]{1,18}"$'
POSITION_PATTERN: Final = r"^([a-z]+=)?[A-Za-z0-9_-]{1,64}( *, *([a-z]+=)?[A-Za-z0-9_-]{1,64})*$"
_POSITION = re.compile(POSITION_PATTERN)
POSITION_PARAMETER: Final = Parameter(
    zh=f"同请求头 {LEDGER_POSITION}：等待视图到达此位置",
    en=f"as the header {LEDGER_POSITION}: a position as the answer to a command gave it",
    pattern=_POSITION,
)
_KEY = re.compile(KEY_PATTERN)
_VERSION_TAG = re.compile(VERSION_TAG_PATTERN)


def idempotency_key(request: web.Request) -> str:
    """The key of a command; raises MissingIdempotencyKey, or InvalidRequest for one that cannot be a key."""
    found = _single(request, IDEMPOTENCY_KEY)
    if found is None:
        raise MissingIdempotencyKey(field=IDEMPOTENCY_KEY)
    if _KEY.fullmatch(found) is None:
        raise InvalidRequest(
            "a key is 1 to 128 visible ASCII characters",
            zh="幂等键由 1 至 128 个可见 ASCII 字符组成",
            field=IDEMPOTENCY_KEY,
        )
    return found[1:-1] if found.startswith('"') else found


def expected_version(request: web.Request) -> int | None:
    """The version that `If-Match` names, or None without the header; one tag, weak or strong, `"5"` or `W/"5"`."""
    found = _single(request, hdrs.IF_MATCH)
    if found is None:
        return None
    if _VERSION_TAG.fullmatch(found) is None:
        raise InvalidRequest(
            'one entity tag as the ledger gives it, such as W/"5"',
            zh='须为一个账本给出的实体标签，例如 W/"5"',
            field=hdrs.IF_MATCH,
        )
    return int(found.removeprefix("W/").strip('"'))


def version_tag(version: int) -> str:
    """The entity tag of a stream's version."""
    return f'W/"{version}"'


def position_reached(service: str, token: str) -> str:
    """The value of `Ledger-Position` in the answer to a command."""
    return f"{service}={token}"


def position_asked(request: web.Request, service: str, position_of: Callable[[str], int]) -> int:
    """The position of `service`'s log that a read has to include, by header or parameter; 0 when none is asked for.

    A bare token speaks of the service that answers; entries of other services are passed over. `position_of` opens a
    token or raises ValueError.
    """
    named = request.headers.getall(LEDGER_POSITION, [])
    asked = request.query.get(AFTER_POSITION, ",".join(named))
    if not asked and not named:
        return 0
    if _POSITION.fullmatch(asked) is None:
        raise _not_a_position()
    for entry in asked.split(","):
        name, _, token = entry.strip().rpartition("=")
        if name not in ("", service):
            continue
        try:
            return position_of(token)
        except ValueError:
            raise _not_a_position() from None
    return 0


def _not_a_position() -> InvalidRequest:
    return InvalidRequest(
        "a position as the answer to a command gave it", zh="须为命令应答给出的位置", field=LEDGER_POSITION
    )


def _single(request: web.Request, name: str) -> str | None:
    values = request.headers.getall(name, [])
    if len(values) > 1:
        raise InvalidRequest("the header may appear only once", zh="该请求头只能出现一次", field=name)
    return values[0].strip() if values else None
