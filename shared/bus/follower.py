"""From the outbox of one source to the feeds of one receiver in this process: one reader, a lane a partition.

A lane that fails tries again by itself, one that is full is read on for later: none of them stops another. What the
receiver has already is answered with "repeat".
"""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final

from shared.bus.delivery import Message, PartitionDelivery, WaitingFeed
from shared.bus.lane import WAITING_RETRY_S, Lane, Queued, Rereading
from shared.eventstore.port import EventLog, OutboxRow
from shared.kernel.clock import MachineClock
from shared.kernel.errors import StoreUnavailable
from shared.kernel.failpoints import failpoint
from shared.kernel.loops import Loop
from shared.kernel.waiting import Signal, ended, first_of

PARTITIONS = 8

OUTBOX_PAGE = 500

# What a message takes beside its data.
MESSAGE_OVERHEAD_BYTES: Final = 2048

# Without growth of the source the reader looks again after this long, and writes the positions at most this often.
IDLE_S = 1.0
SAVE_EVERY_S = 1.0


def partition_of(message: Message, partitions: int) -> int:
    """The partition of a message: tenant and key decide, so that the order per key is kept."""
    return zlib.crc32(f"{message.tenant}\n{message.key}".encode()) % partitions


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
        early_retry_s: float = WAITING_RETRY_S,
    ) -> None:
        super().__init__(f"bus from {source} to {receiver_name}", machine)
        self.source = source
        self._outbox = outbox
        self._receiver = receiver
        self._topics = frozenset(topics)
        self._progress = Signal()
        # The number of partitions is in the name: with another number a key may change its partition, and the old
        # positions say nothing about the new partitions.
        self._lanes = [
            Lane(
                f"bus/{source}/{number}-of-{partitions}",
                PartitionDelivery(receiver_name, receiver, machine),
                machine,
                retry_s=early_retry_s,
                progress=self._progress,
            )
            for number in range(partitions)
        ]
        self._tasks: dict[Lane, asyncio.Task[None]] = {}
        self._rereading = {lane: Rereading() for lane in self._lanes}
        # Lanes that were full when something came for them: it is read again once they have room.
        self._behind: set[Lane] = set()
        self._read_up_to = 0
        self._read_at_head = -1
        self._saved_at_s = machine.elapsed()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await super().__aexit__(kind, error, trace)
        # What is not saved is read again.
        with contextlib.suppress(StoreUnavailable):
            await self._save_positions()

    @property
    def undelivered(self) -> int:
        """Messages that were read and are not yet with the receiver."""
        return sum(lane.undelivered for lane in self._lanes)

    def waiting_feeds(self) -> list[WaitingFeed]:
        """The feeds that do not go on."""
        return [feed for lane in self._lanes for feed in lane.waiting_feeds()]

    @property
    def lanes(self) -> Sequence[Lane]:
        """Its partitions."""
        return self._lanes

    async def delivered(self, position: int) -> None:
        """Wait until what the source had published at `position` of its log is with the receiver."""
        await self._progress.until(lambda: self._read_at_head >= position and not self.undelivered and not self._behind)

    async def step(self) -> None:
        """One life of the follower: from the stored positions until the reading fails."""
        self._read_at_head = -1
        self._behind.clear()
        for lane in self._lanes:
            saved = await self._receiver.get_position(lane.name)
            lane.start_after(saved, saved)
        self._read_up_to = min(lane.saved for lane in self._lanes)
        async with asyncio.TaskGroup() as tasks:
            for lane in self._lanes:
                self._tasks[lane] = tasks.create_task(lane.run())
            await self._read(tasks)

    async def _read(self, tasks: asyncio.TaskGroup) -> None:
        head = await self._outbox.head()

        async def grown() -> None:
            nonlocal head
            head = await self._outbox.wait_beyond(head, IDLE_S)

        while True:
            self.turn()
            rows = await self._outbox.outbox(self._read_up_to, OUTBOX_PAGE)
            for row in rows:
                self._put(row)
            for lane in set(self._lanes) - self._behind:
                lane.skip(self._read_up_to)
            if not self._go_back() and not rows:
                self._read_at_head = head
                self._progress.notify()
                # How far the source reached before the next look at its outbox, told by who waits for it.
                await first_of(grown(), self._progress.until(self._has_room_again))
            if self.machine.elapsed() - self._saved_at_s >= SAVE_EVERY_S:
                await self._look_after_lanes(tasks)
            # A round that came to its end is a good one.
            self.failures = 0

    def _put(self, row: OutboxRow) -> None:
        message = row.envelope
        if message.topic in self._topics:
            lane = self._lanes[partition_of(message, len(self._lanes))]
            if row.position > lane.read_up_to:
                if lane.full:
                    self._behind.add(lane)
                if lane not in self._behind:
                    lane.put(Queued(position=row.position, size=_size(row), content=message))
        self._read_up_to = row.position

    def _has_room_again(self) -> bool:
        return any(lane.roomy for lane in self._behind)

    def _go_back(self) -> bool:
        """Whether to read again for lanes that were full, and have room now."""
        roomy = {lane for lane in self._behind if lane.roomy}
        self._behind -= roomy
        self._read_up_to = min([self._read_up_to, *(lane.read_up_to for lane in roomy)])
        return bool(roomy)

    async def _look_after_lanes(self, tasks: asyncio.TaskGroup) -> None:
        for lane in await self._save_positions():
            await self._restart(lane, tasks, await self._receiver.get_position(lane.name))
        for lane in self._lanes:
            if self._rereading[lane].is_due(lane, self.machine.elapsed()):
                lane.read_again(lane.read_up_to)
                await self._restart(lane, tasks, 0)

    async def _restart(self, lane: Lane, tasks: asyncio.TaskGroup, position: int) -> None:
        """Read the partition again behind a position; what its receiver has already it will recognise."""
        await ended(self._tasks[lane])
        lane.start_after(position, await self._receiver.get_position(lane.name))
        self._tasks[lane] = tasks.create_task(lane.run())
        self._read_up_to = min(self._read_up_to, position)

    async def _save_positions(self) -> list[Lane]:
        """Write how far each lane is; returns those of which the receiver's database knows another place."""
        failpoint("bus.before_position_saved")
        self._saved_at_s = self.machine.elapsed()
        lost = []
        for lane in self._lanes:
            reached = lane.reached
            if reached > lane.saved:
                if await self._receiver.set_position(lane.name, lane.saved, reached):
                    lane.saved = reached
                else:
                    lost.append(lane)
        return lost


def _size(row: OutboxRow) -> int:
    return MESSAGE_OVERHEAD_BYTES + len(row.envelope.data)
