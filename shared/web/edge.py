"""What the HTTP edge is given: the services it serves, who verifies tokens, and the two clocks that stamp receipt."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from aiohttp import web

from shared.eventstore.port import EventLog
from shared.identity.tokens import Identity
from shared.kernel.clock import BELIEVED, ClockBelief, LegalClock, MachineClock
from shared.web.routes import Reader, Route
from shared.web.sealing import Sealer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, kw_only=True)
class ServedService:
    """A service at the edge: routes, log and views, what seals its positions, and whether its clock is believed.

    `master_key` is what its secrets derive from, where it has any.
    """

    name: str
    routes: tuple[Route, ...]
    log: EventLog[Any]
    reader: Reader
    sealer: Sealer
    belief: ClockBelief = BELIEVED
    master_key: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Clocks:
    """Legal time stamps receipt (R-409); machine time stamps the age of requests and judges tokens."""

    legal: LegalClock
    machine: MachineClock


class Verifier(Protocol):
    """Says who calls; raises Unauthenticated."""

    async def identify(self, token: str, now_s: float) -> Identity:
        """The identity behind a bearer token at machine time `now_s`."""


IDENTITY: Final = web.RequestKey("identity", Identity)
