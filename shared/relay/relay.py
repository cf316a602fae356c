"""Takes the outbox of one service to the broker, chunk after chunk; the position moves when a chunk is acknowledged.

Of all replicas one relays, by a lease that it renews. A replica that was stopped in the middle may still believe in its
lease and send: what it sends twice is recognised by the feeds of the receivers, and the position does not move under
an old lease, nor from where somebody else has left it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any, Final

from opentelemetry.trace import Span, SpanKind

from shared.eventstore.port import EventLog, Lease, OutboxRow
from shared.kernel.clock import LegalClock, MachineClock
from shared.kernel.errors import StoreUnavailable
from shared.kernel.failpoints import failpoint
from shared.kernel.instants import to_datetime
from shared.kernel.loops import Loop
from shared.kernel.waiting import Signal, first_of
from shared.relay.publisher import Publisher
from shared.telemetry.metrics import measure
from shared.telemetry.spans import span

CHUNK_MAX: Final = 1000
LEASE_LIFE_S: Final = 10.0
# A third of its life, so that one renewal may fail.
RENEWALS_PER_LIFE: Final = 3

# Without growth of the log the outbox is looked at again after this long.
IDLE_S: Final = 1.0
# Waiting rows are counted up to here.
WAITING_SHOWN_MAX: Final = 100
# How soon somebody who waits notices what the relay of another replica has done.
ELSEWHERE_INTERVAL_S: Final = 0.1


class LeaseLost(Exception):
    """Another replica relays now."""


class Relay(Loop):
    """The relay of one service in one process. `owner` names the process, and no other of its kind."""

    def __init__(
        self,
        service: str,
        log: EventLog[Any],
        publisher: Publisher,
        legal: LegalClock,
        machine: MachineClock,
        *,
        owner: str,
        lease_life_s: float = LEASE_LIFE_S,
    ) -> None:
        super().__init__(f"relay of {service}", machine)
        self.service = service
        self.position_name = f"relay/{service}"
        self.active = False
        self._log = log
        self._publisher = publisher
        self._legal = legal
        self._owner = owner
        self._life_s = lease_life_s
        self._chunks = 0
        self._progress = Signal()
        self._sending: Sequence[OutboxRow] = ()
        self._ahead: tuple[int, asyncio.Task[Sequence[OutboxRow]]] | None = None

    async def step(self) -> None:
        """One term as the active relay, from taking the lease to losing it; or a short wait as the standby."""
        lease = await self._log.acquire_lease(self.position_name, self._owner, self._life_s)
        if lease is None:
            # What waits is another replica's to send, and to tell of.
            self._sending = ()
            await self.machine.sleep(self._life_s / RENEWALS_PER_LIFE)
            return
        self.active = True
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep(lease))
                tasks.create_task(self._relay(lease))
        finally:
            self.active = False
            self._forget_ahead()
            # A store that cannot be reached forgets the lease by itself.
            with suppress(StoreUnavailable):
                await self._log.release_lease(lease)

    async def _keep(self, lease: Lease) -> None:
        while True:
            await self.machine.sleep(self._life_s / RENEWALS_PER_LIFE)
            if not await self._log.renew_lease(lease, self._life_s):
                raise LeaseLost(f"the lease {lease.name} of epoch {lease.epoch} was taken by another replica")

    async def _relay(self, lease: Lease) -> None:
        position = await self._log.get_position(self.position_name)
        head = 0
        while True:
            # How far the log reached before the look at the outbox: what comes during the look is not waited for.
            head = await self._log.wait_beyond(head, IDLE_S)
            self.turn()
            full = True
            while full:
                reached = await self.relay_once(position, lease)
                # Behind a chunk that was not full there was nothing; every row moves the place by one at least.
                full = reached - position >= CHUNK_MAX
                position = reached
                self.turn()

    async def relay_once(self, position: int, lease: Lease) -> int:
        """Send the rows behind a place in the outbox; returns the place that is reached, for good.

        Raises PublishFailed, and LeaseLost when the position could not be moved.
        """
        rows = await self._rows(position)
        if not rows:
            # Nothing waits, so whatever had failed before is over.
            self.failures = 0
            return position
        self._sending = rows
        self.report()
        with self._span(rows):
            await self._publisher.publish([row.envelope for row in rows])
        failpoint("relay.before_position_moved")
        reached = rows[-1].position
        if not await self._log.set_position(self.position_name, position, reached, lease):
            raise LeaseLost(f"the position {self.position_name} was moved by another replica")
        failpoint("relay.position_moved")
        self._sending = ()
        self.report()
        # What was acknowledged is a good step, though the term goes on.
        self.failures = 0
        self._chunks += 1
        self._progress.notify()
        return reached

    async def _rows(self, position: int) -> Sequence[OutboxRow]:
        """The next chunk. Behind a full one the next is read ahead, while this one is on its way to the broker."""
        ahead, self._ahead = self._ahead, None
        if ahead and ahead[0] == position:
            rows = await ahead[1]
        else:
            rows = await self._log.outbox(position, CHUNK_MAX)
        if len(rows) == CHUNK_MAX:
            after = rows[-1].position
            self._ahead = after, asyncio.create_task(self._log.outbox(after, CHUNK_MAX))
        return rows

    def _forget_ahead(self) -> None:
        if self._ahead:
            self._ahead[1].cancel()
            self._ahead = None

    def _span(self, rows: Sequence[OutboxRow]) -> AbstractContextManager[Span]:
        """One span for the chunk, linked to whatever made its events: they belong to traces of their own."""
        return span(
            f"send outbox of {self.service}",
            kind=SpanKind.CLIENT,
            links=[traceparent for row in rows if (traceparent := row.envelope.traceparent)],
            semantic={
                "messaging.system": "kafka",
                "messaging.operation.name": "send",
                "messaging.operation.type": "send",
                "messaging.batch.message_count": len(rows),
            },
        )

    @property
    def pending(self) -> int:
        """How many rows are on their way and not acknowledged; CHUNK_MAX stands for so many or more."""
        return len(self._sending)

    @property
    def oldest_age_s(self) -> float:
        """How long the oldest row that is not acknowledged has waited; 0 when nothing waits."""
        if not self._sending:
            return 0.0
        recorded = to_datetime(self._sending[0].envelope.recorded_at)
        return max(0.0, (to_datetime(self._legal.now()) - recorded).total_seconds())

    def report(self) -> None:
        """Set the gauges."""
        measure("ledger_outbox_pending", self.pending, {"service": self.service})
        measure("ledger_outbox_oldest_age_seconds", self.oldest_age_s, {"service": self.service})

    async def waiting(self) -> int:
        """How many rows of the outbox no replica has had acknowledged; WAITING_SHOWN_MAX stands for so many or more."""
        return len(await self._waiting(WAITING_SHOWN_MAX))

    async def _waiting(self, limit: int) -> Sequence[OutboxRow]:
        return await self._log.outbox(await self._log.get_position(self.position_name), limit)

    async def relayed(self) -> None:
        """Wait until whatever is in the outbox now has been acknowledged, by this replica or another."""
        chunks = self._chunks
        while await self._waiting(1):
            await first_of(self._sent_more_than(chunks), self.machine.sleep(ELSEWHERE_INTERVAL_S))
            chunks = self._chunks

    async def _sent_more_than(self, chunks: int) -> None:
        await self._progress.until(lambda: self._chunks > chunks)
