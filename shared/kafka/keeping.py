"""How far lanes are is written down: into the receiver's database first, and then the group is told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from shared.kafka.client import STOP_TIMEOUT_S, Client
from shared.kafka.lanes import PartitionLane, uncommitted
from shared.kernel.errors import StoreUnavailable
from shared.kernel.failpoints import failpoint

_log = logging.getLogger("qizhang.kafka")


async def keep(client: Client, lanes: Sequence[PartitionLane]) -> set[TopicPartition]:
    """Write into the receiver's database how far these lanes are, and then tell the group.

    Returns the partitions of which the database knows the place that it was told. Where it does not answer nothing is
    known, and more is read again than has to be.
    """
    kept = {lane.partition for lane in lanes}
    try:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            for lane in lanes:
                if not await lane.save():
                    _log.error("the database knows another place of %s than %d: read again", lane.name, lane.saved)
                    kept.remove(lane.partition)
    except (StoreUnavailable, TimeoutError) as error:
        _log.warning("places not kept: %s", error)
    failpoint("consumer.before_commit")
    offsets = uncommitted(lane for lane in lanes if lane.partition in kept)
    if await _commit(client, offsets):
        for lane in lanes:
            lane.committed = max(lane.committed, offsets.get(lane.partition, -1))
    return kept


async def believed(lanes: Sequence[PartitionLane]) -> set[TopicPartition]:
    """The partitions of which the database still knows the place: an older state of it may have been put back."""
    same = {lane.partition for lane in lanes}
    try:
        for lane in lanes:
            if not await lane.is_believed():
                _log.error("the database knows another place of %s than %d: read again", lane.name, lane.saved)
                same.remove(lane.partition)
    except StoreUnavailable as error:
        _log.warning("places not compared: %s", error)
    return same


async def _commit(client: Client, offsets: Mapping[TopicPartition, int]) -> bool:
    """Whether the broker took the offsets; they tell tools of the lag, so that a refusal is no failure."""
    if not offsets:
        return True
    try:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await client.commit(dict(offsets))
    except (KafkaError, TimeoutError) as error:
        _log.warning("offsets not committed: %s", error)
        return False
    return True
