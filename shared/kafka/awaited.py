"""Whether what a command waits for may still arrive: its service is behind in topics that it follows, and getting on.

A command names what its sender has seen somewhere, so it stood in a topic when the command was read, or nowhere. What
stood there then is waited for; what is published since then is not, or a service under load would always be behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from aiokafka import TopicPartition

from shared.kafka.consumer import Consumer
from shared.kernel.clock import MachineClock

# A broker that does not tell where a topic ends by then is away.
ENDS_TIMEOUT_S: Final = 10.0

# A partition that has not moved for so long stands: by a defect, a gap, or because a question in it waits for all
# commands to be decided. No command waits for that, or the two would wait for each other.
STANDS_AFTER_S: Final = 60.0


class Awaited:
    """What stood in the topics of a consumer at one moment, and how far it has come since."""

    def __init__(self, consumer: Consumer, machine: MachineClock, ends: Mapping[TopicPartition, int]) -> None:
        self._consumer = consumer
        self._machine = machine
        self._ends = ends
        self._moved: dict[TopicPartition, tuple[int, float]] = {}

    async def may_arrive(self) -> bool:
        """Whether some of it has not been received and is getting on, here or in another replica.

        To be asked more often than each STANDS_AFTER_S: what moves is seen by comparing. Raises StoreUnavailable.
        """
        now_s, arriving = self._machine.elapsed(), False
        for partition, place in (await self._consumer.reached(self._ends)).items():
            before, since_s = self._moved.get(partition, (-1, now_s))
            if place != before:
                since_s = now_s
            self._moved[partition] = place, since_s
            arriving |= place < self._ends[partition] and now_s - since_s < STANDS_AFTER_S
        return arriving


class FollowedTopics:
    """The topics that a service follows, as its commands look at them: those found to wait in one go share a look."""

    def __init__(self, consumer: Consumer, machine: MachineClock) -> None:
        self._consumer = consumer
        self._machine = machine
        self._looking = asyncio.Lock()
        self._newest: Awaited | None = None
        self._looked_at_s = machine.elapsed()

    async def awaited(self, since_s: float) -> Awaited:
        """What stands in them at some moment after `since_s` of elapsed time; raises KafkaError and TimeoutError."""
        async with self._looking:
            if self._newest is None or self._looked_at_s < since_s:
                looked_at_s = self._machine.elapsed()
                async with asyncio.timeout(ENDS_TIMEOUT_S):
                    ends = await self._consumer.ends()
                self._newest, self._looked_at_s = Awaited(self._consumer, self._machine, ends), looked_at_s
            return self._newest
