"""Takes the outbox of one service to the broker, chunk after chunk; the position moves with what is acknowledged.

A chunk is bounded in rows and in bytes, and gets smaller when one has failed, so that every attempt gets further. A row
that the broker refuses is put aside with what follows it in the same feed, and the others go on.

Of all replicas one relays, by a lease that it renews. A replica that was stopped in the middle may still believe in its
lease and send: what it sends twice is recognised by the feeds of the receivers, and the position does not move under
an old lease, nor from where somebody else has left it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager
from itertools import takewhile
from typing import Any, Final, NamedTuple

from opentelemetry.trace import Span, SpanKind

from shared.eventstore.leased import LEASE_LIFE_S, LeasedLoop, LeaseLost
from shared.eventstore.port import OUTBOX_PAGE_BYTES_MAX, EventLog, Lease, OutboxRow
from shared.kernel.clock import LegalClock, MachineClock
from shared.kernel.failpoints import failpoint
from shared.kernel.instants import to_datetime
from shared.kernel.waiting import Signal, first_of
from shared.relay.aside import Aside
from shared.relay.publisher import Publisher, PublishFailed, RecordRefused
from shared.telemetry.metrics import measure
from shared.telemetry.spans import span

CHUNK_MAX: Final = 1000
# A row is smaller than half of it, so a page below that ended because nothing follows.
CHUNK_BYTES_MAX: Final = OUTBOX_PAGE_BYTES_MAX
# What is aside is offered again this often.
ASIDE_RETRY_S: Final = 30.0
# Without growth of the log the outbox is looked at again after this long.
IDLE_S: Final = 1.0
# Waiting rows are counted up to here.
WAITING_SHOWN_MAX: Final = 100
# How soon somebody who waits notices what the relay of another replica has done.
ELSEWHERE_INTERVAL_S: Final = 0.1


_log = logging.getLogger("qizhang.relay")


class _Page(NamedTuple):
    """Rows of the outbox, and how many were asked for."""

    rows: Sequence[OutboxRow]
    limit: int

    @property
    def is_last(self) -> bool:
        """Whether nothing followed when it was read."""
        bytes_ = sum(len(row.envelope.data) for row in self.rows)
        return len(self.rows) < self.limit and bytes_ < CHUNK_BYTES_MAX // 2


class Relayed(NamedTuple):
    """The place in the outbox that is reached, for good, and whether more may wait behind it."""

    reached: int
    more: bool


class Relay(LeasedLoop):
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
        self.position_name = f"relay/{service}"
        super().__init__(f"relay of {service}", self.position_name, log, machine, owner=owner, life_s=lease_life_s)
        self.service = service
        self._log = log
        self._publisher = publisher
        self._legal = legal
        self._chunks = 0
        self._progress = Signal()
        self._sending: Sequence[OutboxRow] = ()
        self._ahead: tuple[int, asyncio.Task[_Page]] | None = None
        self._chunk = CHUNK_MAX
        self.aside = Aside(log, service)
        self._retried_at_s = machine.elapsed()

    def stand_by(self) -> None:
        self._sending = ()

    def term_over(self) -> None:
        self._forget_ahead()

    async def term(self, lease: Lease) -> None:
        """Chunk after chunk, and what is aside again now and then."""
        await self.aside.load()
        position = await self._log.get_position(self.position_name)
        head = 0
        while True:
            if self.aside.count and self.machine.elapsed() - self._retried_at_s >= ASIDE_RETRY_S:
                await self._retry()
            # How far the log reached before the look at the outbox: what comes during the look is not waited for.
            head = await self._log.wait_beyond(head, IDLE_S)
            self.turn()
            more = True
            while more:
                position, more = await self.relay_once(position, lease)
                self.turn()

    async def relay_once(self, position: int, lease: Lease) -> Relayed:
        """Send the next chunk behind a place in the outbox, or put a row of it aside.

        Raises PublishFailed, and LeaseLost when the position could not be moved.
        """
        page = await self._page(position)
        rows = page.rows
        if not rows:
            # Nothing waits, so whatever had failed before is over.
            self.failures = 0
            return Relayed(position, more=False)
        self._sending = rows
        self.report()
        try:
            with self._span(rows):
                reached = await self._publish(rows)
        except PublishFailed as failed:
            # What the broker has is not sent again, and the next chunk is no larger than what it took of this one.
            self._chunk = max(1, failed.acknowledged or len(rows) // 2)
            if failed.acknowledged:
                await self._move(position, rows[failed.acknowledged - 1].position, lease)
            raise
        self._chunk = min(CHUNK_MAX, self._chunk * 2)
        await self._move(position, reached, lease)
        self._sending = ()
        self.report()
        # What was acknowledged is a good step, though the term goes on.
        self.failures = 0
        return Relayed(reached, more=reached < rows[-1].position or not page.is_last)

    async def _publish(self, rows: Sequence[OutboxRow]) -> int:
        """Send rows, or put them aside; returns the place up to which each is one of the two. Raises PublishFailed."""
        sending = list(takewhile(lambda row: not self.aside.holds(row.envelope), rows))
        if not sending:
            await self.aside.put(rows[0], "what comes before it in its feed is aside")
            return rows[0].position
        try:
            await self._publisher.publish([row.envelope for row in sending])
        except RecordRefused as refused:
            row = sending[refused.acknowledged]
            _log.error("the broker refuses a row of %s for %s: %s", self.service, row.envelope.topic, refused)
            await self.aside.put(row, str(refused))
            return row.position
        return sending[-1].position

    async def _move(self, position: int, reached: int, lease: Lease) -> None:
        failpoint("relay.before_position_moved")
        if not await self._log.set_position(self.position_name, position, reached, lease):
            raise LeaseLost(f"the position {self.position_name} was moved by another replica")
        failpoint("relay.position_moved")
        self._chunks += 1
        self._progress.notify()

    async def _retry(self) -> None:
        """Offer what is aside again, feed by feed; a feed whose first row is refused again goes on waiting."""
        self._retried_at_s = self.machine.elapsed()
        refused = set()
        for aside in self.aside.rows:
            if aside.feed in refused:
                continue
            [row] = await self._log.outbox(aside.position - 1, 1)
            try:
                await self._publisher.publish([row.envelope])
            except RecordRefused:
                refused.add(aside.feed)
            else:
                await self.aside.take(aside)
        self.report()

    async def _page(self, position: int) -> _Page:
        """The next chunk. Behind a full one the next is read ahead, while this one is on its way to the broker."""
        if self._ahead and self._ahead[0] == position:
            page = await self._ahead[1]
            self._ahead = None
        else:
            self._forget_ahead()
            page = await self._read(position)
        if not page.is_last:
            after = page.rows[-1].position
            self._ahead = after, asyncio.create_task(self._read(after))
        return page

    async def _read(self, after: int) -> _Page:
        limit = self._chunk
        return _Page(await self._log.outbox(after, limit, CHUNK_BYTES_MAX), limit)

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
        """How many rows are on their way and not acknowledged."""
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
        measure("ledger_outbox_aside", self.aside.count, {"service": self.service})

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
