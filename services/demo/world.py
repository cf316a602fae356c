"""Where contracts are played: a ledger and its legal time, in one process here, as a cluster in `cluster_world.py`.

In: acts arrive over HTTP at `address`, legal time by `set`. Out: `settle` returns when everything has followed.
"""

from __future__ import annotations

from typing import Protocol

from services.cli.run import Person
from services.hosting.embedded import EmbeddedLedger
from shared.kernel.clock import VirtualLegalClock
from shared.kernel.instants import Instant


class World(Protocol):
    """A running ledger, wherever it runs, on virtual legal time."""

    def now(self) -> Instant:
        """Legal time."""

    def set(self, instant: Instant) -> None:
        """Move legal time on; raises ValueError when `instant` lies in the past."""

    def address(self, path: str) -> str:
        """The URL of a path of the API."""

    def token(self, person: Person, tenant: str) -> str:
        """What the ledger knows a person by."""

    async def settle(self) -> Instant | None:
        """Wait until everything that follows has followed and no deadline or notice is due.

        Returns the instant, later than now, at which the next one comes due. Raises NotSettled.
        """

    async def heads(self) -> dict[str, int]:
        """How far the log of each service has come."""


class EmbeddedWorld:
    """The embedded ledger on a clock of this process."""

    def __init__(self, ledger: EmbeddedLedger, clock: VirtualLegalClock) -> None:
        self.ledger = ledger
        self._clock = clock

    def now(self) -> Instant:
        return self._clock.now()

    def set(self, instant: Instant) -> None:
        self._clock.set(instant)

    def address(self, path: str) -> str:
        return self.ledger.base_url + path

    def token(self, person: Person, tenant: str) -> str:
        return self.ledger.token(person.subject, person.organisation, tenant, person.grants)

    async def settle(self) -> Instant | None:
        await self.ledger.settle()
        return await self.ledger.next_due_at()

    async def heads(self) -> dict[str, int]:
        return await self.ledger.heads()
