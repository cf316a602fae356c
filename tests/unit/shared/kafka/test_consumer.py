"""What a consumer makes of a client that gives it nothing, rightly or not, and of records in hand at a rebalance."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from shared.kafka.consumer import Consumer, Silent
from shared.kafka.lanes import Lanes
from shared.kafka.settings import KafkaSettings
from tests.support.clocks import ImpatientClock

PARTITION = TopicPartition("ledger.toys.v1", 0)
OTHER = TopicPartition("ledger.toys.v1", 1)


class Enough(Exception):
    """The client has been looked at often enough."""


class Idle:
    """A client that has been given one partition, with so many records in it that it has not delivered."""

    def __init__(self, records: int) -> None:
        self.looks_left = 20
        self._records = records

    def assignment(self) -> set[TopicPartition]:
        return {PARTITION}

    def paused(self) -> set[TopicPartition]:
        return set()

    async def ends(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        self.looks_left -= 1
        if not self.looks_left:
            raise Enough
        return dict.fromkeys(partitions, self._records)

    async def position(self, partition: TopicPartition) -> int:
        return 0


def consumer() -> Consumer:
    """One that failed often before its present life; it does not really sleep."""
    receiver: Any = SimpleNamespace(group="toys", service="toys", topics=("ledger.toys.v1",))
    made = Consumer(KafkaSettings(bootstrap="nowhere:1"), receiver, ImpatientClock(), client_id="test")
    made.failures = 7
    return made


async def test_failures_are_over_after_a_life_that_lasts_though_no_record_comes() -> None:
    """A consumer of a topic without records was never ready again once its broker had been away for long."""
    recovered, client = consumer(), Idle(records=0)
    with pytest.raises(Enough):
        await recovered._watch(client)  # type: ignore[arg-type]
    assert recovered.failures == 0


async def test_a_client_that_withholds_records_is_made_anew() -> None:
    client = Idle(records=5)
    with pytest.raises(Silent):
        await consumer()._watch(client)  # type: ignore[arg-type]
    assert client.looks_left


class Handing(Idle):
    """A client that hands out two records in one go, one of either of its partitions, and is then done."""

    def __init__(self) -> None:
        super().__init__(records=1)
        self._records_left = {each: [SimpleNamespace(offset=7)] for each in (PARTITION, OTHER)}

    def assignment(self) -> set[TopicPartition]:
        return {PARTITION, OTHER}

    def pause(self, *partitions: TopicPartition) -> None:
        """There is nothing to pause."""

    resume = pause

    def handed_out(self, partition: TopicPartition) -> int:
        return 12

    async def getmany(self, **limits: int) -> Mapping[TopicPartition, list[Any]]:
        found, self._records_left = self._records_left, {}
        if not found:
            raise Enough
        return found


async def lanes_after_a_fetch(rebalance: bool) -> tuple[list[str], dict[TopicPartition, int]]:
    """What was read of the two records, with or without a rebalance at the first; and what is committed of it."""
    read: list[str] = []

    async def reading(topic: str, record: Any) -> None:
        read.append(topic)
        if rebalance:
            await lanes.take_away({PARTITION, OTHER})

    async def fetch() -> None:
        async with life:
            await made._fetch(Handing(), lanes)  # type: ignore[arg-type]

    made = consumer()
    made._receiver = receiver = SimpleNamespace(  # type: ignore[assignment]
        group="toys", service="toys", topics=("ledger.toys.v1",), numbered=True, read=reading
    )
    life = asyncio.TaskGroup()
    lanes = Lanes(life, receiver, made.machine)  # type: ignore[arg-type]
    with pytest.raises(ExceptionGroup) as ended:
        await fetch()
    assert ended.group_contains(Enough)
    return read, lanes.uncommitted()


async def test_what_holds_no_record_is_passed_by() -> None:
    """Behind the last record stood the marker of a transaction, and who waited for the end waited for ever."""
    read, offsets = await lanes_after_a_fetch(rebalance=False)
    assert len(read) == 2
    assert offsets == {PARTITION: 12, OTHER: 12}


async def test_records_in_hand_are_let_go_when_their_partitions_are_taken_away() -> None:
    """A lane for them would be nobody's, and its offsets would pass over what another member is still to do."""
    read, offsets = await lanes_after_a_fetch(rebalance=True)
    assert len(read) == 1
    assert offsets == {}
