"""The consumer's watch over a client that is given nothing: rightly, or although there is something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from shared.kafka.consumer import Consumer, Silent
from shared.kafka.settings import KafkaSettings
from tests.support.clocks import ImpatientClock

PARTITION = TopicPartition("ledger.toys.v1", 0)


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
