"""A loop of which one replica runs a term at a time, by a lease that it renews; the others stand by.

A lease saves work, it does not protect: a replica that was stopped in the middle may believe in it for a while. What it
does then has to be harmless.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from contextlib import suppress
from typing import Any, Final

from shared.eventstore.port import EventLog, Lease
from shared.kernel.clock import MachineClock
from shared.kernel.errors import StoreUnavailable
from shared.kernel.loops import Loop

LEASE_LIFE_S: Final = 10.0
# Often enough that a renewal which fails, and ends the term, leaves time to begin the next with the same lease.
RENEWALS_PER_LIFE: Final = 3


class LeaseLost(Exception):
    """Another replica has the term now."""


class LeasedLoop(Loop):
    """`owner` names the process, and no other of its kind; `active` while this replica has the term."""

    def __init__(
        self, name: str, lease_name: str, log: EventLog[Any], machine: MachineClock, *, owner: str, life_s: float
    ) -> None:
        super().__init__(name, machine)
        self.active = False
        self._lease_name = lease_name
        self._lease_log = log
        self._owner = owner
        self._life_s = life_s

    async def step(self) -> None:
        """One term, from taking the lease to losing it; or a short wait as the standby."""
        lease = await self._lease_log.acquire_lease(self._lease_name, self._owner, self._life_s)
        if lease is None:
            self.stand_by()
            await self.machine.sleep(self._life_s / RENEWALS_PER_LIFE)
            return
        self.active = True
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep(lease))
                tasks.create_task(self.term(lease))
        finally:
            self.active = False
            self.term_over()
            # A store that cannot be reached forgets the lease by itself.
            with suppress(StoreUnavailable):
                await self._lease_log.release_lease(lease)

    @abstractmethod
    async def term(self, lease: Lease) -> None:
        """The work, until it fails or is cancelled; calls `turn` in its own rounds."""

    def stand_by(self) -> None:
        """Another replica has the term: what waits is its own to do, and to tell of."""

    def term_over(self) -> None:
        """Let go of what was begun in the term."""

    async def _keep(self, lease: Lease) -> None:
        while True:
            await self.machine.sleep(self._life_s / RENEWALS_PER_LIFE)
            if not await self._lease_log.renew_lease(lease, self._life_s):
                raise LeaseLost(f"the lease {lease.name} of epoch {lease.epoch} was taken by another replica")
