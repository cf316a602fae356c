"""What a consumer makes of a client that gives it nothing, rightly or not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import TopicPartition

from shared.kafka import client as client_module
from shared.kafka.client import Client
from shared.kafka.consumer import Consumer, Silent, _Rebalance
from shared.kafka.lanes import Lanes
from shared.kafka.places import place_name
from shared.kafka.receiver import Receiver
from shared.kafka.settings import KafkaSettings
from tests.support.clocks import ImpatientClock
from tests.support.scripted_group import TOPIC, Database, Group, Member, ScriptedClient

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


class Handing(ScriptedClient):
    """A client that hands out what it has in one go, and is then done."""

    async def getmany(self, *partitions: TopicPartition, **limits: int) -> dict[TopicPartition, list[Any]]:
        found = await super().getmany(*partitions, timeout_ms=0, max_records=500)
        if not found:
            raise Enough
        for state in self._states.values():
            # Behind the last record stands the marker of a transaction.
            state.position = 12
        return found


async def test_what_holds_no_record_is_passed_by() -> None:
    """Who waits for the end of a partition does not wait for what nobody has to decide."""
    group, database = Group(partitions=2), Database()
    group.records = dict.fromkeys(group.partitions, 7)
    member, client = Member(group, database, numbered=True), Handing(group)
    member.allow(20)
    with pytest.RaisesGroup(Enough, allow_unwrapped=True, flatten_subgroups=True):
        async with asyncio.TaskGroup() as life:
            lanes = Lanes(life, cast(Receiver, member), member.consumer._read, member.clock)
            client.subscribe([TOPIC], _Rebalance(cast(Client, client), lanes))
            group.members.append(client)
            group.complete()
            await client.learn(0)
            await member.consumer._fetch(cast(Client, client), lanes)
    assert {lane.read_up_to for lane in lanes.all()} == {12}


class Slow(Member):
    """Its database tells a place as it was when it was asked, and takes its time."""

    def __init__(self, group: Group, database: Database) -> None:
        super().__init__(group, database, numbered=True)
        self.asked = asyncio.Event()
        self.answers = asyncio.Event()

    async def get_position(self, name: str) -> int:
        found = await super().get_position(name)
        self.asked.set()
        await self.answers.wait()
        return found


async def test_places_that_were_looked_up_before_a_rebalance_open_no_lane() -> None:
    """Meanwhile others have read on, and one of the partitions is another member's."""
    group, database = Group(partitions=2), Database()
    kept, lost = group.partitions
    member, client, another = Slow(group, database), ScriptedClient(group), ScriptedClient(group)
    async with asyncio.TaskGroup() as life:
        lanes = Lanes(life, cast(Receiver, member), member.consumer._read, member.clock)
        client.subscribe([TOPIC], _Rebalance(cast(Client, client), lanes))
        group.members.append(client)
        group.complete()
        await client.learn(0)
        opening = life.create_task(member.consumer._open(cast(Client, client), lanes))
        await member.asked.wait()
        group.members.append(another)
        await client.notice()
        group.complete()
        await client.learn(0)
        database.positions[place_name(kept)] = group.committed[kept] = group.records[kept] = 4
        member.answers.set()
        await opening
        opened = {lane.partition: lane.read_up_to for lane in lanes.all()}
        await lanes.let_go()
    assert opened == {kept: 4} and lost not in client.assignment()


async def test_a_member_that_its_group_gives_nothing_to_does_not_count_as_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A broker that answers and has no coordinator for the group: the life ends, and readiness hears of it."""
    subscribed: list[str] = []

    def subscribe(self: Client, topics: list[str], listener: object) -> None:
        subscribed.extend(topics)

    monkeypatch.setattr(client_module, "START_TIMEOUT_S", 0.01)
    monkeypatch.setattr(Client, "subscribe", subscribe)
    client = Client(KafkaSettings(bootstrap="nowhere:1").client_options("test"), group_id="g")
    listener: Any = object()
    with pytest.raises(TimeoutError):
        await client.join([TOPIC], listener)
    assert subscribed == [TOPIC]
    await client.end()
