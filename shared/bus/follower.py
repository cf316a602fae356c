"""From the outbox of one source to the feeds of one receiver in this process: one reader, a lane a partition.

When anything fails the whole follower begins again behind the positions that it knows to be delivered; what the
receiver has already is answered with "repeat".
"""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections import deque
from collections.abc import Sequence
from itertools import islice
from types import TracebackType
from typing import Any

from shared.bus.delivery import Delivery, Message, PartitionDelivery
from shared.eventstore.port import EventLog
from shared.kernel.clock import MachineClock
from shared.kernel.errors import StoreUnavailable
from shared.kernel.failpoints import failpoint
from shared.kernel.loops import Loop
from shared.kernel.waiting import Signal

PARTITIONS = 8
OUTBOX_PAGE = 500
LANE_QUEUE_MAX = 200

# So many messages of a partition are on their way to the receiver at a time. What several partitions offer together
# should stay well below what a writer takes into its queue: there are commands in it, too.
OFFERED_MAX = 100

# Without growth of the source the reader looks again after this long, and writes the positions at most this often.
IDLE_S = 1.0
SAVE_EVERY_S = 1.0

# How often messages that came before their predecessor are offered again.
EARLY_RETRY_S = 0.5


def partition_of(message: Message, partitions: int) -> int:
    """The partition of a message: tenant and key decide, so that the order per key is kept."""
    return zlib.crc32(f"{message.tenant}\n{message.key}".encode()) % partitions


class Lane:
    """The queue of one partition, and the delivery behind it. An item leaves the queue once it is delivered."""

    def __init__(self, name: str, delivery: PartitionDelivery, queue_max: int = LANE_QUEUE_MAX) -> None:
        self.name = name
        self.delivery = delivery
        self.saved = 0
        self._queue_max = queue_max
        self._queue: deque[Delivery] = deque()
        self._changed = Signal()

    def start_after(self, position: int) -> None:
        """Begin again behind a stored position."""
        self.saved = position
        self.delivery.start_after(position)
        self._queue.clear()

    @property
    def undelivered(self) -> int:
        """Messages queued, being offered, or waiting for a predecessor."""
        return len(self._queue) + self.delivery.waiting

    @property
    def queued(self) -> int:
        """Messages queued or being offered."""
        return len(self._queue)

    async def put(self, item: Delivery) -> None:
        """Queue a message; waits while the queue is full."""
        await self._changed.until(lambda: len(self._queue) < self._queue_max)
        self._queue.append(item)
        self._changed.notify()

    async def deliver(self, early_retry_s: float) -> None:
        """Offer the next messages, or once more what came too early; returns when one round is done."""
        if await self._arrived(early_retry_s if self.delivery.waiting else None):
            page = tuple(islice(self._queue, OFFERED_MAX))
            await self.delivery.offer(page)
            for _ in page:
                self._queue.popleft()
            self._changed.notify()
        else:
            await self.delivery.offer_early()

    async def _arrived(self, timeout_s: float | None) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._changed.until(lambda: bool(self._queue))
        return bool(self._queue)


class Follower(Loop):
    """Keeps a receiver up to date with the topics that it takes from one source."""

    def __init__(
        self,
        source: str,
        outbox: EventLog[Any],
        receiver_name: str,
        receiver: EventLog[Any],
        topics: Sequence[str],
        machine: MachineClock,
        *,
        partitions: int = PARTITIONS,
        early_retry_s: float = EARLY_RETRY_S,
    ) -> None:
        super().__init__(f"bus from {source} to {receiver_name}", machine)
        self.source = source
        self._outbox = outbox
        self._receiver = receiver
        self._topics = frozenset(topics)
        self._early_retry_s = early_retry_s
        # The number of partitions is in the name: with another number a key may change its partition, and the old
        # positions say nothing about the new partitions.
        self._lanes = [
            Lane(f"bus/{source}/{number}-of-{partitions}", PartitionDelivery(receiver_name, receiver, machine))
            for number in range(partitions)
        ]
        self._read_up_to = 0
        self._read_at_head = -1
        self._saved_at_s = machine.elapsed()
        self._progress = Signal()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await super().__aexit__(kind, error, trace)
        # The positions are a hint: without them the next life reads more than it has to.
        with contextlib.suppress(StoreUnavailable):
            await self._save_positions()

    @property
    def undelivered(self) -> int:
        """Messages that were read and are not yet with the receiver."""
        return sum(lane.undelivered for lane in self._lanes)

    async def delivered(self, position: int) -> None:
        """Wait until what the source had published at `position` of its log is with the receiver."""
        await self._progress.until(lambda: self._read_at_head >= position and not self.undelivered)

    async def step(self) -> None:
        """One life of the follower: from the stored positions until something fails."""
        await self._start()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._read())
            for lane in self._lanes:
                tasks.create_task(self._deliver(lane))

    async def _start(self) -> None:
        self._read_at_head = -1
        for lane in self._lanes:
            lane.start_after(await self._receiver.get_position(lane.name))
        self._read_up_to = min(lane.saved for lane in self._lanes)

    async def _read(self) -> None:
        while True:
            head = await self._outbox.head()
            rows = await self._outbox.outbox(self._read_up_to, OUTBOX_PAGE)
            for row in rows:
                await self._put(Delivery(position=row.position, message=row.envelope))
            if not rows:
                self._read_at_head = head
                self._progress.notify()
                await self._outbox.wait_beyond(head, IDLE_S)
            if self.machine.elapsed() - self._saved_at_s >= SAVE_EVERY_S:
                await self._save_positions()

    async def _put(self, item: Delivery) -> None:
        if item.message.topic in self._topics:
            lane = self._lanes[partition_of(item.message, len(self._lanes))]
            if item.position > lane.saved:
                await lane.put(item)
        self._read_up_to = item.position

    async def _deliver(self, lane: Lane) -> None:
        while True:
            await lane.deliver(self._early_retry_s)
            if not lane.undelivered:
                self._progress.notify()

    async def _save_positions(self) -> None:
        failpoint("bus.before_position_saved")
        self._saved_at_s = self.machine.elapsed()
        for lane in self._lanes:
            # A lane with nothing on its way is as far as the reader, though its own last message may be older.
            reached = lane.delivery.position if lane.undelivered else self._read_up_to
            if reached > lane.saved and await self._receiver.set_position(lane.name, lane.saved, reached):
                lane.saved = reached
