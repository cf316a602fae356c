"""Stage 1 of a read: from an authenticated request to an answer out of the views, as fresh as the caller asks for."""

from __future__ import annotations

from functools import partial
from typing import Final

import msgspec
from aiohttp import web

from shared.kernel.threads import off_the_loop
from shared.telemetry.spans import span
from shared.web.answers import json_answer
from shared.web.bodies import check_media_type, decode_body, read_body
from shared.web.edge import IDENTITY, Handler, ServedService
from shared.web.errors import ViewBehind
from shared.web.headers import AFTER_POSITION, POSITION_PARAMETER, position_asked, version_tag
from shared.web.parameters import query_parameters
from shared.web.paths import path_parameters
from shared.web.routes import ReadCall, ReadRoute
from shared.web.sealing import SealedReader

# How long a read waits for the views to reach a position; then the caller is told to come back.
REACH_TIMEOUT_S: Final = 5.0


def read_handler(route: ReadRoute, service: ServedService) -> Handler:
    """The aiohttp handler of a read route."""
    known = {**route.query, AFTER_POSITION: POSITION_PARAMETER}
    shape = msgspec.json.Decoder(route.body) if route.body else None

    async def handle(request: web.Request) -> web.StreamResponse:
        identity = request[IDENTITY]
        path = path_parameters(request)
        query = query_parameters(request, known)
        query.pop(AFTER_POSITION, None)
        position = position_asked(request, service.name, partial(service.sealer.position_of, identity.tenant))
        body = None
        if shape is not None:
            check_media_type(request)
            data = await read_body(request)
            body, _ = await off_the_loop(len(data), partial(decode_body, data, shape))
        with span("ledger.read", service=service.name, operation=route.operation_id):
            if position and not await service.reader.reach(position, REACH_TIMEOUT_S):
                raise ViewBehind(service.name)
            call = ReadCall(path=path, query=query, tenant=identity.tenant, actor=identity.actor, body=body)
            reader = SealedReader(service.reader, service.sealer, identity.tenant, route.operation_id)
            found = await route.read(call, reader)
        version = route.version_of(found) if route.version_of else None
        return json_answer(found, headers={} if version is None else {"ETag": version_tag(version)})

    return handle
