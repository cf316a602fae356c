"""Keeps the sender at work: it wakes for new notices and for the next attempt that is due."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from services.notifier.sender import Sender
from shared.eventstore.port import EventLog
from shared.kernel.clock import LegalClock, MachineClock
from shared.kernel.instants import Instant
from shared.kernel.loops import Loop
from shared.kernel.waiting import Signal, first_of
from shared.projections.runner import Projections

IDLE_S = 5.0


class Sending(Loop):
    """Runs rounds of the sender whenever there is something to send."""

    def __init__(
        self,
        sender: Sender,
        log: EventLog[Any],
        projections: Projections,
        legal: LegalClock,
        machine: MachineClock,
    ) -> None:
        super().__init__("sending", machine)
        self._sender = sender
        self._log = log
        self._projections = projections
        self._legal = legal
        self._seen = -1
        self._progress = Signal()

    @property
    def seen(self) -> int:
        """Up to where the log was looked at."""
        return self._seen

    async def next_due_at(self) -> Instant | None:
        """When the next attempt is due, as far as the views know."""
        return await self._sender.next_attempt_at()

    async def worked_through(self, position: int, now: Instant) -> bool:
        """Wait until what the log holds up to `position` was looked at; whether no attempt is due at `now`."""
        await self._progress.until(lambda: self._seen >= position)
        next_at = await self.next_due_at()
        return next_at is None or next_at > now

    async def step(self) -> None:
        """Send until nothing is due, then wait for the log to grow, or for the next attempt."""
        head = await self._log.head()
        now = self._legal.now()
        await self._projections.reached(head)
        if await self._sender.send_due():
            return
        self._seen = head
        self._progress.notify()
        waits: list[Coroutine[Any, Any, object]] = [self._log.wait_beyond(head, IDLE_S)]
        next_at = await self.next_due_at()
        if next_at is not None and next_at > now:
            waits.append(self._legal.wait_until(next_at))
        await first_of(*waits)
