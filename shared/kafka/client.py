"""aiokafka's consumer where it has to be helped: it begins and ends in time, and says how far it has handed out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition

from shared.kernel.waiting import attempt

START_TIMEOUT_S: Final = 30.0
STOP_TIMEOUT_S: Final = 5.0


class Client(AIOKafkaConsumer):  # type: ignore[misc]
    """A consumer that begins and ends in bounded time, whatever the broker does.

    Where partitions end is asked over a connection of its own: a broker answers the requests of a connection one after
    the other, so behind a fetch that waits for records the question would wait as long.
    """

    def __init__(self, connecting: Mapping[str, Any], **reading: Any) -> None:
        super().__init__(**connecting, **reading)
        self._asker = AIOKafkaConsumer(**{**connecting, "client_id": f"{connecting['client_id']}-ends"})

    async def begin(self) -> None:
        """Connect."""
        async with asyncio.timeout(START_TIMEOUT_S):
            await self._asker.start()
            await self.start()

    async def join(self, topics: Sequence[str], listener: ConsumerRebalanceListener) -> None:
        """Join the group for these topics, once connected; returns when it has given this member its partitions.

        A client that is subscribed before does not connect while one of its topics is not there, or is shut.
        """
        async with asyncio.timeout(START_TIMEOUT_S):
            self.subscribe(topics, listener=listener)
            await self._subscription.wait_for_assignment()

    async def ends(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Where these partitions end now."""
        ends: Mapping[TopicPartition, int] = await self._asker.end_offsets(list(partitions))
        return ends

    def handed_out(self, partition: TopicPartition) -> int | None:
        """The offset up to which `getmany` has nothing more to give; None while the place to begin is not known.

        It may lie behind the last record: transactions leave markers, and old records are deleted.
        """
        state = self._subscription.subscription.assignment.state_value(partition)
        return int(state.position) if state and state.has_valid_position else None

    async def end(self) -> None:
        """Leave the group if it can be done soon, and let go of the broker."""
        for tidy_up in (self._asker.stop, self.stop, self._asker._client.close, self._client.close):
            await attempt(tidy_up(), STOP_TIMEOUT_S)
