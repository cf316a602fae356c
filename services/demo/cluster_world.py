"""The four services as processes, played on over HTTP.

Legal time stands in a file that every process reads (`QIZHANG_LEGAL_CLOCK_FILE`); rest is seen at `/statusz`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping

import aiohttp
import msgspec

from services.cli.run import PEOPLE, TENANT, Person
from services.hosting.embedded import NotSettled
from services.hosting.parts import PARTS
from services.hosting.status import ServiceStatus
from shared.kernel.clock_file import FileLegalClock
from shared.kernel.instants import Instant
from shared.web.status import STATUS_PATH

SETTLE_TIMEOUT_S = 120.0
LOOK_EVERY_S = 0.02

OPERATOR = next(person for person in PEOPLE if "operator" in person.grants)
_PATHS = [(re.compile(re.sub(r"{\w+}", "[^/]+", route.path)), part.name) for part in PARTS for route in part.routes]


class ClusterWorld:
    """A cluster by the base URL of each service; `token` signs (person, tenant) so that every process believes it."""

    def __init__(
        self,
        addresses: Mapping[str, str],
        clock: FileLegalClock,
        token: Callable[[Person, str], str],
        session: aiohttp.ClientSession,
    ) -> None:
        self.token = token
        self._addresses = addresses
        self._clock = clock
        self._session = session

    def now(self) -> Instant:
        return self._clock.now()

    def set(self, instant: Instant) -> None:
        self._clock.set(instant)

    def address(self, path: str) -> str:
        """At the service that has such a path; raises LookupError when none has."""
        bare = path.partition("?")[0]
        services = [service for pattern, service in _PATHS if pattern.fullmatch(bare)]
        if not services:
            raise LookupError(f"no service has {bare}")
        return self._addresses[services[0]] + path

    async def settle(self) -> Instant | None:
        """Two looks, one after the other, that find every process idle at the same position of its log."""
        seen: list[ServiceStatus] = []
        rested: list[int] = []
        try:
            async with asyncio.timeout(SETTLE_TIMEOUT_S):
                while True:
                    seen = await self._statuses()
                    heads = [status.head for status in seen]
                    idle = all(status.idle for status in seen)
                    if idle and heads == rested:
                        due = (status.next_due_at for status in seen)
                        return min((instant for instant in due if instant is not None), default=None)
                    rested = heads if idle else []
                    if not idle:
                        await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError:
            busy = "; ".join(str(status) for status in seen if not status.idle)
            raise NotSettled(f"after {SETTLE_TIMEOUT_S:g} s still: {busy}") from None

    async def heads(self) -> dict[str, int]:
        return {status.service: status.head for status in await self._statuses()}

    async def _statuses(self) -> list[ServiceStatus]:
        return await asyncio.gather(*(self._status(address) for address in self._addresses.values()))

    async def _status(self, address: str) -> ServiceStatus:
        headers = {"Authorization": f"Bearer {self.token(OPERATOR, TENANT)}"}
        async with self._session.get(address + STATUS_PATH, headers=headers) as response:
            response.raise_for_status()
            return msgspec.json.decode(await response.read(), type=ServiceStatus)
