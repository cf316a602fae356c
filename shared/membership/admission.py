"""Lets a process go to the broker when its database is known to be the ledger's.

The first start of a database waits for the register. Later ones do not: while the broker is away a process takes
commands as before, and goes to the broker, to read or to publish, only when the register has been looked at again.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from shared.eventstore.port import EventLog
from shared.kernel.clock import MachineClock
from shared.kernel.loops import Loop
from shared.membership.own import ForeignLedger, membership, new_membership
from shared.membership.register import Register, join

TURN_EVERY_S: Final = 10.0


class Admission(Loop):
    """`admitted` is set when the register agrees, `refused` when it does not: then `reason` says why."""

    def __init__(self, log: EventLog[Any], service: str, register: Register, machine: MachineClock) -> None:
        super().__init__(f"admission of {service}", machine)
        self.admitted = asyncio.Event()
        self.refused = asyncio.Event()
        self.reason: ForeignLedger | None = None
        self._log = log
        self._service = service
        self._register = register

    async def at_first(self) -> None:
        """Join now, if the database never has; raises ForeignLedger, and what the register raises."""
        own = await membership(self._log)
        if own is None or not own.registered:
            await join(self._log, self._service, self._register, new_membership())
            self.admitted.set()

    async def step(self) -> None:
        """Join once; after that there is nothing to do but to turn."""
        if not self.admitted.is_set():
            try:
                await join(self._log, self._service, self._register, new_membership())
            except ForeignLedger as error:
                self.reason = error
                self.refused.set()
            else:
                self.admitted.set()
        await self.machine.sleep(TURN_EVERY_S)
