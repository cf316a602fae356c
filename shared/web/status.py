"""`/statusz`: where a process stands, for operators; what it answers is handed in as a struct.

It counts over all tenants, so that whoever has not the grant is answered as if there were nothing (R-424).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web
from msgspec import Struct

from shared.web.answers import json_answer
from shared.web.edge import IDENTITY
from shared.web.errors import NoSuchPath

STATUS_PATH: Final = "/statusz"
OPERATOR_GRANT: Final = "operator"


def status_route(status: Callable[[], Awaitable[Struct]]) -> web.RouteDef:
    """The endpoint; outside of the API's document, like the probes."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if OPERATOR_GRANT not in request[IDENTITY].actor.grants:
            raise NoSuchPath
        return json_answer(await status())

    return web.get(STATUS_PATH, answer)
