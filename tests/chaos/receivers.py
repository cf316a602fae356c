"""The webhook receivers of two organisations: some take what they are sent, the others are as receivers can be.

In: POST requests of the notifier on loopback. Out: what arrived when, at the endpoints that are well.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web
from aiohttp.test_utils import TestServer

from services.cli.run import CUSTOMER, PROVIDER
from shared.kernel.clock import MachineClock, SystemMachineClock
from tests.chaos.checks.webhooks import Arrival
from tests.chaos.client import Client

GOOD: Final = "good"
# The first part of an endpoint's name says how it is.
ENDPOINTS: Final[Mapping[str, tuple[str, ...]]] = {
    CUSTOMER: ("good-1", "good-2", "hangs-1", "hangs-2", "hangs-3", "gone-1"),
    PROVIDER: ("good-1", "hangs-1", "fails-1", "closes-1"),
}
WHO: Final[Mapping[str, str]] = {CUSTOMER: "li", PROVIDER: "wang"}
GRACE_AT_END_S: Final = 0.1


class Receivers:
    """Answer between `receiving` and its end; `arrived` grows."""

    def __init__(self, machine: MachineClock) -> None:
        self.arrived: list[Arrival] = []
        self.url = ""
        self._machine = machine
        self._ending = asyncio.Event()

    async def register(self, client: Client) -> None:
        """Make every endpoint known to the ledger."""
        for organisation, names in ENDPOINTS.items():
            for name in names:
                body = {"endpoint": name, "url": f"{self.url}{organisation}/{name}"}
                await client.act("notifier", WHO[organisation], "/notices/endpoints", body, f"hook-{name}", once=True)

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """As the name of the endpoint says."""
        name = request.match_info["name"]
        match name.partition("-")[0]:
            case "good":
                body = await request.read()
                arrival = Arrival(
                    organisation=request.match_info["organisation"],
                    endpoint=name,
                    message=request.headers["webhook-id"],
                    body=body,
                    signed_s=int(request.headers["webhook-timestamp"]),
                    clock_s=self._machine.now(),
                    arrived_s=time.monotonic(),
                )
                self.arrived.append(arrival)
                return web.Response(status=204)
            case "hangs":
                await self._ending.wait()
            case "closes" if request.transport:
                request.transport.close()
            case "gone":
                return web.Response(status=410)
        return web.Response(status=500)

    def end(self) -> None:
        """Let go of those who wait."""
        self._ending.set()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receivers]:
    """The receivers on a free port of this machine."""
    receivers = Receivers(SystemMachineClock())
    app = web.Application()
    app.router.add_post("/{organisation}/{name}", receivers.receive)
    server = TestServer(app)
    await server.start_server(shutdown_timeout=GRACE_AT_END_S)
    receivers.url = str(server.make_url("/"))
    try:
        yield receivers
    finally:
        receivers.end()
        await server.close()
