"""How far each partition is read, in the receiver's own database: where its effects are, and restored with them.

A place is written after the effects that it speaks of are durable, so that in every state of the database, an older one
that was put back too, it stands behind nothing that is missing there. What the group has committed with the broker is
for tools that show the lag; it is never where reading goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Protocol

from aiokafka import TopicPartition
from msgspec import Struct

_log = logging.getLogger("qizhang.kafka")


class Positions(Protocol):
    """Named positions of a database."""

    async def get_position(self, name: str) -> int:
        """A position; 0 when it was never set."""

    async def set_position(self, name: str, expected: int, position: int) -> bool:
        """Compare-and-set."""


class Broker(Protocol):
    """What a broker knows of partitions and of the group."""

    async def ends(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Where partitions end."""

    async def committed(self, partition: TopicPartition) -> int | None:
        """The offset of the group; None where it has never committed one."""


class Start(Struct, frozen=True):
    """Where reading a partition begins, and the place that stands in the database."""

    at: int
    saved: int


def place_name(partition: TopicPartition) -> str:
    """The name of its position; names of topics hold no slash."""
    return f"kafka/{partition.topic}/{partition.partition}"


async def starts(
    positions: Positions, broker: Broker, partitions: Iterable[TopicPartition]
) -> dict[TopicPartition, Start]:
    """Where to begin to read these partitions; raises StoreUnavailable and KafkaError.

    A place beyond the end of its partition, or in a partition where the group has never been, is of another broker or
    of a topic made anew: everything is read, from its beginning.
    """
    places = {partition: await positions.get_position(place_name(partition)) for partition in partitions}
    begun = [partition for partition, place in places.items() if place]
    ends = await broker.ends(begun) if begun else {}
    committed = await asyncio.gather(*map(broker.committed, begun))
    for partition, offset in zip(begun, committed, strict=True):
        place, end = places[partition], ends[partition]
        if place > end or offset is None:
            _log.error("%s is not the one that was read to %d: it ends at %d", place_name(partition), place, end)
            if await positions.set_position(place_name(partition), place, 0):
                places[partition] = 0
    return {partition: Start(place, place) for partition, place in places.items()}
