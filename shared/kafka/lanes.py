"""The partitions that a consumer has been given: a lane each, and the places that are with the receiver for good.

A lane is opened where the receiver's database says, by the one who seeks the client there in the same breath; nobody
else opens one. A rebalance lets go of all of them at once, and what is fetched without a lane is nobody's: it is read
again by whoever opens the next one. A place in a lane is the offset behind a record, which is what Kafka commits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from aiokafka import ConsumerRecord, TopicPartition

from shared.bus.delivery import Message, PartitionDelivery, WaitingFeed
from shared.bus.lane import Lane, Queued, Rereading
from shared.kafka.places import Start, place_name
from shared.kafka.receiver import Receiver
from shared.kernel.clock import MachineClock
from shared.kernel.errors import Trouble
from shared.kernel.loops import pause_s
from shared.kernel.waiting import Signal, ended

# What a record takes in memory beside its bytes.
RECORD_OVERHEAD_BYTES: Final = 1024

# A partition that the client could not read, and that has not failed again for so long, is open though nothing came.
REOPENED_AFTER_S: Final = 30.0

Read = Callable[[ConsumerRecord], Awaitable[Message | None]]


class PartitionLane(Lane):
    """One partition in the hands of this consumer, from the place where it begins to its being let go of."""

    def __init__(
        self,
        partition: TopicPartition,
        start: Start,
        receiver: Receiver,
        read: Read,
        machine: MachineClock,
        progress: Signal,
    ) -> None:
        delivery = PartitionDelivery(receiver.service, receiver, machine, numbered=receiver.numbered)
        super().__init__(place_name(partition), delivery, machine, read=read, progress=progress)
        self.start_after(start.at, start.saved)
        self.partition = partition
        # What the broker knows is not known here; where a lane begins is worth a commit, too.
        self.committed = -1
        self.unreadable = 0
        self._positions = receiver.positions
        self._shut_until_s = machine.elapsed()

    def queue(self, records: Sequence[ConsumerRecord]) -> None:
        """Take what was fetched."""
        self.unreadable = 0
        for record in records:
            size = RECORD_OVERHEAD_BYTES + len(record.key or b"") + len(record.value or b"")
            size += sum([len(value) for _, value in record.headers if value])
            self.put(Queued(position=record.offset + 1, size=size, content=record))

    def shut(self, error: Exception) -> None:
        """The client cannot read on here: leave the partition alone for a while."""
        self.unreadable = self.unreadable + 1 if self._is_unreadable else 1
        self.last_error = f"{type(error).__name__}: {error}"
        self._shut_until_s = self._machine.elapsed() + pause_s(self.unreadable)

    def trouble(self) -> Trouble | None:
        """Also that the client cannot read on."""
        if self._is_unreadable:
            return Trouble(f"{self.name} 无法继续读取", f"{self.name} cannot be read on")
        return super().trouble()

    @property
    def _is_unreadable(self) -> bool:
        """Whether it was shut, and has not been asked for long enough since then to know better."""
        return bool(self.unreadable) and self._machine.elapsed() < self._shut_until_s + REOPENED_AFTER_S

    @property
    def hungry(self) -> bool:
        """Whether to fetch more of it."""
        return not self.full and self._machine.elapsed() >= self._shut_until_s

    async def save(self) -> bool:
        """Write into the receiver's database how far it is; False when that knows another place than it was told.

        Somebody else reads the partition then, or an older state of the database was put back.
        """
        reached = self.reached
        if reached > self.saved:
            if not await self._positions.set_position(self.name, self.saved, reached):
                return False
            self.saved = reached
        return True

    async def is_believed(self) -> bool:
        """Whether the receiver's database still knows the place that it was told."""
        return await self._positions.get_position(self.name) == self.saved


class Lanes:
    """The lanes of one life of a consumer; each delivers in a task of its own."""

    def __init__(self, tasks: asyncio.TaskGroup, receiver: Receiver, read: Read, machine: MachineClock) -> None:
        self._group = tasks
        self._receiver = receiver
        self._read = read
        self._machine = machine
        self._given: frozenset[TopicPartition] = frozenset()
        self._lanes: dict[TopicPartition, PartitionLane] = {}
        self._tasks: dict[TopicPartition, asyncio.Task[None]] = {}
        self._rereading: dict[TopicPartition, Rereading] = {}
        # Where partitions with a gap had been read to: they are read again, from their beginning.
        self._from_beginning: dict[TopicPartition, int] = {}
        # Counts the times that the group was given its partitions anew.
        self.tenure = 0
        self.progress = Signal()

    def give(self, partitions: Iterable[TopicPartition]) -> None:
        """A rebalance is over, these are this member's; their lanes are not open yet."""
        self._given = frozenset(partitions)
        self.tenure += 1
        self.progress.notify()

    def missing(self) -> frozenset[TopicPartition]:
        """What was given and has no lane."""
        return self._given - self._lanes.keys()

    def open(self, partition: TopicPartition, start: Start) -> PartitionLane:
        """A lane that begins at `start`, or at the beginning of the partition where a gap has to be closed."""
        again_up_to = self._from_beginning.pop(partition, 0)
        if again_up_to:
            start = Start(0, start.saved)
        lane = PartitionLane(partition, start, self._receiver, self._read, self._machine, self.progress)
        if again_up_to:
            lane.read_again(again_up_to)
        self._lanes[partition] = lane
        self._tasks[partition] = self._group.create_task(lane.run())
        return lane

    def of(self, partition: TopicPartition) -> PartitionLane | None:
        """The lane of a partition, where one is open."""
        return self._lanes.get(partition)

    def all(self) -> list[PartitionLane]:
        """The lanes that are open."""
        return list(self._lanes.values())

    async def let_go(self) -> list[PartitionLane]:
        """A rebalance begins: nothing more is delivered, queued or fetched; returns the lanes there were."""
        self._given = frozenset()
        self.tenure += 1
        return await self.close(list(self._lanes))

    async def close(self, partitions: Iterable[TopicPartition]) -> list[PartitionLane]:
        """End these lanes; those of partitions that are still given are opened anew, where the database says."""
        closed = [(self._lanes.pop(each), self._tasks.pop(each)) for each in partitions if each in self._lanes]
        for _, task in closed:
            task.cancel()
        for _, task in closed:
            await ended(task)
        return [lane for lane, _ in closed]

    async def read_gaps_again(self) -> None:
        """Close the lanes that have had a gap for too long; they are read from the beginning of their partitions."""
        now_s = self._machine.elapsed()
        gaps = [
            partition
            for partition, lane in self._lanes.items()
            if self._rereading.setdefault(partition, Rereading()).is_due(lane, now_s)
        ]
        self._from_beginning.update({partition: self._lanes[partition].read_up_to for partition in gaps})
        await self.close(gaps)

    def hungry(self) -> set[TopicPartition]:
        """The partitions of which more should be fetched."""
        return {partition for partition, lane in self._lanes.items() if lane.hungry}

    async def wanting(self, idle: AbstractSet[TopicPartition]) -> None:
        """Return once there is something to open, or more to fetch of one of these partitions."""
        await self.progress.until(lambda: bool(self.missing() or self.hungry() & idle))

    def reached(self) -> dict[TopicPartition, int]:
        """How far each partition is."""
        return {partition: lane.reached for partition, lane in self._lanes.items()}

    async def moved(self) -> None:
        """Return once a lane has got further."""
        before = self.reached()
        await self.progress.until(lambda: self.reached() != before)

    @property
    def undelivered(self) -> int:
        """Messages that are read and not yet with the receiver."""
        return sum(lane.undelivered for lane in self._lanes.values())

    def waiting_feeds(self) -> list[WaitingFeed]:
        """The feeds that do not go on."""
        return [feed for lane in self._lanes.values() for feed in lane.waiting_feeds()]


def uncommitted(lanes: Iterable[PartitionLane]) -> Mapping[TopicPartition, int]:
    """What to tell the group: the places that stand in the database, where it does not know them yet."""
    return {lane.partition: lane.saved for lane in lanes if lane.saved > lane.committed}
