"""The HTTP application: one or several services behind the same middlewares, one OpenAPI document, one set of probes.

A process of one service passes one `ServedService`, the embedded ledger passes all four: their paths are disjoint, so
they share one port and one document, and nothing else differs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from aiohttp import web

from shared.config import BODY_BYTES_MAX_DEFAULT
from shared.kernel.loops import Loop
from shared.web.command_handler import command_handler
from shared.web.docs import documentation_routes
from shared.web.edge import Clocks, ServedService, Verifier
from shared.web.loop_hold import HoldWatch
from shared.web.middlewares import authentication, limits, problems, trace
from shared.web.openapi import openapi_document
from shared.web.probes import Check, probe_routes
from shared.web.quotas import Quotas
from shared.web.read_handler import read_handler
from shared.web.routes import CommandRoute, Route


def create_app(
    services: Sequence[ServedService],
    *,
    verifier: Verifier,
    clocks: Clocks,
    checks: Sequence[Check] = (),
    loops: Sequence[Loop] = (),
    operations: Sequence[web.AbstractRouteDef] = (),
    body_bytes_max: int = BODY_BYTES_MAX_DEFAULT,
) -> web.Application:
    """An application that serves the routes of `services`, the probes, `operations` and the documentation.

    Raises ValueError when two routes claim the same method and path, or the same operation id.
    """
    beliefs = [service.belief for service in services]
    app = web.Application(
        middlewares=[trace, problems, limits(body_bytes_max), authentication(verifier, clocks, beliefs)],
        client_max_size=body_bytes_max,
    )
    watch, quotas = HoldWatch(), Quotas(clocks.machine)
    app.cleanup_ctx.append(watch.watching)
    routes = [route for service in services for route in service.routes]
    _check_distinct(routes)
    for service in services:
        app.add_routes(_mounted(route, service, clocks, quotas) for route in service.routes)
    app.add_routes([*probe_routes((*checks, watch.check()), loops), *operations])
    app.add_routes(documentation_routes(openapi_document(routes)))
    return app


def _mounted(route: Route, service: ServedService, clocks: Clocks, quotas: Quotas) -> web.RouteDef:
    if isinstance(route, CommandRoute):
        return web.post(route.path, command_handler(route, service, clocks, quotas))
    mount = web.post if route.body else web.get
    return mount(route.path, read_handler(route, service))


def _check_distinct(routes: Sequence[Route]) -> None:
    claims = Counter(route.operation_id for route in routes)
    claims.update(f"{type(route).__name__} {route.path}" for route in routes)
    twice = sorted(claim for claim, count in claims.items() if count > 1)
    if twice:
        raise ValueError(f"two routes claim {', '.join(twice)}")
