"""The partitions that a consumer has been given: a lane each, and the offsets that are safe to commit.

A place in a lane is the offset behind a record, which is what Kafka commits: everything before it is with the receiver.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final

from aiokafka import TopicPartition

from shared.bus.delivery import Delivery, PartitionDelivery
from shared.bus.follower import EARLY_RETRY_S, Lane
from shared.kafka.receiver import Receiver
from shared.kernel.clock import MachineClock
from shared.kernel.waiting import Signal

# A lane with this many messages queued is given no more. What is fetched already still fits into its queue: one lane
# that is slow must not stop the reading for the others.
LANE_FULL: Final = 1000
LANE_QUEUE_MAX: Final = 2 * LANE_FULL


class PartitionLane:
    """One partition in the hands of this consumer, from its first record to its being taken away."""

    def __init__(self, name: str, first: int, receiver: Receiver, machine: MachineClock) -> None:
        delivery = PartitionDelivery(receiver.service, receiver, machine, numbered=receiver.numbered)
        self._lane = Lane(name, delivery, LANE_QUEUE_MAX)
        self._lane.start_after(first)
        self._read_up_to = first
        # What the broker knows is not known here; where a lane begins is worth a commit, too.
        self.committed = -1

    @property
    def undelivered(self) -> int:
        """Messages that are read and not yet with the receiver."""
        return self._lane.undelivered

    @property
    def full(self) -> bool:
        """Whether it should be given no more for now.

        What came too early does not count: its predecessor may be among what has not been read.
        """
        return self._lane.queued >= LANE_FULL

    @property
    def reached(self) -> int:
        """The offset up to which nothing has to be read again."""
        return self._lane.delivery.position if self.undelivered else self._read_up_to

    async def put(self, item: Delivery) -> None:
        """Queue a message for delivery."""
        await self._lane.put(item)
        self._read_up_to = item.position

    def skip(self, place: int) -> None:
        """There is nothing to deliver up to this place."""
        self._read_up_to = place

    async def deliver(self) -> None:
        """One round of delivery; waits for something to deliver."""
        await self._lane.deliver(EARLY_RETRY_S)


class Lanes:
    """The lanes of one life of a consumer; each delivers in a task of its own."""

    def __init__(self, tasks: asyncio.TaskGroup, receiver: Receiver, machine: MachineClock) -> None:
        self._group = tasks
        self._receiver = receiver
        self._machine = machine
        self._lanes: dict[TopicPartition, PartitionLane] = {}
        self._tasks: dict[TopicPartition, asyncio.Task[None]] = {}
        self.rebalances = 0
        self.progress = Signal()

    def of(self, partition: TopicPartition, first: int) -> PartitionLane:
        """The lane of a partition; a new one begins at the offset `first`."""
        lane = self._lanes.get(partition)
        if lane is None:
            lane = PartitionLane(f"{partition.topic}/{partition.partition}", first, self._receiver, self._machine)
            self._lanes[partition] = lane
            self._tasks[partition] = self._group.create_task(self._deliver(lane))
        return lane

    async def _deliver(self, lane: PartitionLane) -> None:
        while True:
            await lane.deliver()
            self.progress.notify()

    async def take_away(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """A rebalance begins: stop delivering these partitions; returns the offsets to commit for them."""
        self.rebalances += 1
        reached = {}
        for partition in partitions:
            if lane := self._lanes.pop(partition, None):
                task = self._tasks.pop(partition)
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
                if lane.reached > lane.committed:
                    reached[partition] = lane.reached
        return reached

    def uncommitted(self) -> dict[TopicPartition, int]:
        """Where to read on, for the lanes that have got further since the last commit."""
        return {partition: lane.reached for partition, lane in self._lanes.items() if lane.reached > lane.committed}

    def committed(self, offsets: Mapping[TopicPartition, int]) -> None:
        """These offsets are with the broker."""
        for partition, offset in offsets.items():
            if lane := self._lanes.get(partition):
                lane.committed = offset

    def full(self) -> set[TopicPartition]:
        """The partitions that should be given no more for now."""
        return {partition for partition, lane in self._lanes.items() if lane.full}

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
