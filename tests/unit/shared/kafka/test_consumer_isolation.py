"""Whatever a record meets on its way through a consumer stops its own feed or partition; the others are read on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import TopicAuthorizationFailedError

from shared.bus.delivery import GAP_AFTER_S, Message
from shared.bus.standing import standing
from shared.eventstore.port import Receipt
from shared.kafka.consumer import OF_ONE_PARTITION
from shared.kafka.places import place_name
from shared.kernel.errors import StoreUnavailable
from shared.relay.publisher import PublishFailed
from tests.support.scripted_group import TOPIC, Database, Group, Member, ScriptedClient, turns

RECORDS = 9
ROUNDS_MAX = 400
BAD, GOOD = TopicPartition(TOPIC, 0), TopicPartition(TOPIC, 1)


class Faulty(Member):
    """A member that meets a defect at a stage, over the records of one partition or of one key."""

    stage = ""
    lost: frozenset[int] | set[int] = frozenset()

    async def read(self, topic: str, record: ConsumerRecord[bytes, bytes]) -> Message | None:
        if record.partition == BAD.partition and record.offset in self.lost:
            return None
        if self.stage == "read" and record.partition == BAD.partition:
            raise RuntimeError("cannot read")
        return await super().read(topic, record)

    async def receive(self, message: Any) -> Receipt:
        if self.stage == "receive" and message.key == f"{BAD.partition}-0":
            raise RuntimeError("cannot be received, cannot be parked")
        return await super().receive(message)


class DeadLetters:
    """Copies that cannot be made, or are counted."""

    def __init__(self) -> None:
        self.fails = False
        self.places: list[str] = []

    async def unreadable(self, topic: str, place: str, reason: str) -> None:
        if self.fails:
            raise PublishFailed("no such topic")
        self.places.append(place)


@asynccontextmanager
async def alone(member: Member, group: Group) -> AsyncIterator[None]:
    """The member has both partitions for itself."""
    group.records = dict.fromkeys(group.partitions, RECORDS)
    async with member.consumer:
        while member.client not in group.members:
            await turns(1)
        group.complete()
        await member.client.learn(0)
        yield


async def until(member: Member, condition: Callable[[], bool]) -> None:
    for _ in range(ROUNDS_MAX):
        if condition():
            return
        member.allow(50)
        member.clock.advance(1.0)
        await turns(10)
    raise AssertionError("not reached")


def troubled(member: Member) -> list[TopicPartition]:
    """The partitions with which something is wrong as a whole."""
    return [lane.partition for lane in member.consumer.lanes if lane.trouble()]


def all_of(database: Database, partition: TopicPartition) -> Callable[[], bool]:
    return lambda: database.first_undecided(partition) == RECORDS


@pytest.mark.parametrize("numbered", [True, False], ids=["feeds", "commands"])
@pytest.mark.parametrize("stage", ["read", "receive"])
async def test_a_record_that_meets_a_defect_stops_its_partition_or_key_and_no_other(stage: str, numbered: bool) -> None:
    group, database = Group(partitions=2), Database()
    member = Faulty(group, database, numbered=numbered)
    member.stage = stage
    async with alone(member, group):
        await until(member, all_of(database, GOOD))
        await until(member, lambda: database.positions.get(place_name(GOOD)) == RECORDS)
        if stage == "receive":
            others = {offset for offset in range(RECORDS) if offset % 3}
            await until(member, lambda: database.decided.get(BAD) == others)
            assert [feed.key for feed in member.consumer.waiting_feeds() if feed.stands] == ["0-0"]
        else:
            assert troubled(member) == [BAD]
        assert database.positions.get(place_name(BAD), 0) == 0
        assert not await member.consumer.has_reached(group.records)
        assert member.consumer.failures == 0
        member.stage = ""
        await until(member, all_of(database, BAD))
        await until(member, lambda: not member.consumer.waiting_feeds() and not troubled(member))


class Unreadable(ScriptedClient):
    """The client cannot read the third record of the first partition."""

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]]:
        at = self.handed_out(BAD)
        asked = BAD not in self.paused() and (not partitions or BAD in partitions)
        if asked and at is not None and at <= 2 < at + max_records:
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "the name of a header")
        return await super().getmany(*partitions, timeout_ms=timeout_ms, max_records=max_records)


async def test_where_what_cannot_be_read_can_not_even_be_noted_only_its_partition_waits() -> None:
    group, database = Group(partitions=2), Database()
    member = Member(group, database, numbered=False)
    member.dead_letters = copies = DeadLetters()
    copies.fails = True

    def new_client() -> Any:
        member.client = Unreadable(group)
        return member.client

    member.consumer._new_client = new_client  # type: ignore[method-assign]
    lives = asyncio.create_task(_keep_giving(group))
    async with alone(member, group):
        await until(member, all_of(database, GOOD))
        assert database.first_undecided(BAD) == 2
        assert troubled(member) == [BAD]
        copies.fails = False
        await until(member, lambda: database.decided[BAD] == set(range(RECORDS)) - {2})
        await until(member, lambda: database.positions.get(place_name(BAD)) == RECORDS)
    lives.cancel()
    assert copies.places == ["0:2"]


class Shut(ScriptedClient):
    """The client cannot read on behind the second record of the first partition: a broken batch, or no right to."""

    error: type[Exception] | None = None

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]]:
        at = self.handed_out(BAD)
        asked = BAD not in self.paused() and (not partitions or BAD in partitions)
        if self.error and asked and at is not None and at <= 2 < at + max_records:
            # What it had in hand of others is gone: they are behind it.
            await super().getmany(*partitions, timeout_ms=timeout_ms, max_records=max_records)
            raise self.error(BAD.topic)
        return await super().getmany(*partitions, timeout_ms=timeout_ms, max_records=max_records)


@pytest.mark.parametrize("error", OF_ONE_PARTITION)
async def test_a_partition_that_the_client_cannot_read_waits_alone_and_is_tried_again(error: type[Exception]) -> None:
    group, database = Group(partitions=2), Database()
    member = Member(group, database, numbered=False)
    client = member.client = Shut(group)
    client.error = error
    member.consumer._new_client = lambda: member.client  # type: ignore[method-assign]
    async with alone(member, group):
        await until(member, all_of(database, GOOD))
        await until(member, lambda: database.first_undecided(BAD) == 2 and troubled(member) == [BAD])
        group.records[GOOD] += 600
        await until(member, lambda: database.first_undecided(GOOD) == RECORDS + 600)
        assert troubled(member) == [BAD]
        assert member.consumer.failures == 0
        client.error = None
        await until(member, all_of(database, BAD))
        await until(member, lambda: not troubled(member))
        await until(member, lambda: not member.consumer._careful)
        # All of it in one life: nobody else's partitions were given anew for it.
        assert group.generation == 1


async def test_a_topic_that_is_opened_again_is_in_order_also_when_nothing_comes() -> None:
    group, database = Group(partitions=2), Database()
    member = Member(group, database, numbered=False)
    client = member.client = Shut(group)
    client.error = TopicAuthorizationFailedError
    member.consumer._new_client = lambda: member.client  # type: ignore[method-assign]
    async with alone(member, group):
        await until(member, lambda: troubled(member) == [BAD])
        client.error = None
        group.records[BAD] = 2
        await until(member, lambda: not troubled(member))


class ShutFromTheBeginning(ScriptedClient):
    """As aiokafka: one that is subscribed does not begin while the broker tells it nothing of one of its topics."""

    subscribed = shut = False

    def subscribe(self, topics: list[str], listener: Any) -> None:
        super().subscribe(topics, listener)
        self.subscribed = True

    async def begin(self) -> None:
        if self.subscribed:
            raise TopicAuthorizationFailedError("ledger.shut.v1")
        await super().begin()

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        return None if self.shut and topic == "ledger.shut.v1" else super().partitions_for_topic(topic)


async def test_a_topic_that_is_shut_at_the_start_is_named_and_the_others_are_read() -> None:
    group, database = Group(partitions=2), Database()
    member = Member(group, database, numbered=False, topics=(TOPIC, "ledger.shut.v1"))
    client = member.client = ShutFromTheBeginning(group)
    client.shut = True
    member.consumer._new_client = lambda: member.client  # type: ignore[method-assign]
    async with alone(member, group):
        await until(member, all_of(database, GOOD))
        assert member.consumer.closed_topics() == ["ledger.shut.v1"]
        named = standing([], [], member.consumer.closed_topics())
        assert named and "ledger.shut.v1" in named.en and "ledger.shut.v1" in named.zh
        client.shut = False
        assert not member.consumer.closed_topics()
    assert standing([], [], []) is None


async def _keep_giving(group: Group) -> None:
    """Each new life of the consumer joins as a new member, and is given everything."""
    while True:
        await turns(1)
        for client in list(group.members):
            if client.generation < 0 and client.listener and client.next is None:
                group.complete()
                await client.learn(0)


async def test_a_gap_in_a_feed_is_named_and_read_again_from_the_beginning() -> None:
    """The place is beyond what was received: nothing that comes later closes that."""
    group, database = Group(partitions=2), Database()
    database.positions[place_name(BAD)] = 5
    group.committed[BAD] = 5
    member = Member(group, database, numbered=True)
    async with alone(member, group):
        await until(member, lambda: bool(member.consumer.waiting_feeds()))
        for _ in range(int(GAP_AFTER_S) + 2):
            member.clock.advance(1.0)
            await turns(20)
        # It is being read again, or is named as a feed that stands.
        assert troubled(member) == [BAD] or any(feed.stands for feed in member.consumer.waiting_feeds())
        await until(member, all_of(database, BAD))
        await until(member, lambda: not member.consumer.waiting_feeds() and not troubled(member))


@pytest.mark.parametrize(("place", "committed"), [(20, 20), (5, None)], ids=["beyond its end", "never committed"])
async def test_a_place_in_another_broker_is_no_place_here(place: int, committed: int | None) -> None:
    group, database = Group(partitions=2), Database()
    database.positions[place_name(BAD)] = place
    if committed is not None:
        group.committed[BAD] = committed
    member = Member(group, database, numbered=False)
    async with alone(member, group):
        await until(member, all_of(database, BAD))


async def test_offsets_that_the_group_has_committed_are_not_where_reading_goes_on() -> None:
    """A database put back to an earlier state: the place there is what counts, not what the group has passed."""
    group, database = Group(partitions=2), Database()
    group.committed = dict.fromkeys(group.partitions, RECORDS)
    database.positions[place_name(BAD)] = 4
    database.decided[BAD] = set(range(4))
    member = Member(group, database, numbered=False)
    async with alone(member, group):
        await until(member, lambda: all_of(database, BAD)() and all_of(database, GOOD)())


async def test_a_gap_that_reading_again_does_not_close_stays_named() -> None:
    group, database = Group(partitions=2), Database()
    database.positions[place_name(BAD)] = 5
    group.committed[BAD] = 5
    member = Faulty(group, database, numbered=True)
    member.lost = {0}
    async with alone(member, group):
        await until(
            member, lambda: any(feed.stands for feed in member.consumer.waiting_feeds()) or bool(troubled(member))
        )
        for _ in range(100):
            member.allow(50)
            member.clock.advance(1.0)
            await turns(20)
            assert troubled(member) or any(feed.stands for feed in member.consumer.waiting_feeds())


async def test_a_database_that_does_not_tell_its_places_does_not_make_a_member_leave_its_group() -> None:
    class Away(Member):
        times = 20

        async def get_position(self, name: str) -> int:
            if self.times:
                self.times -= 1
                raise StoreUnavailable
            return await super().get_position(name)

    group, database = Group(partitions=2), Database()
    member = Away(group, database, numbered=False)
    async with alone(member, group):
        first_life = member.client
        await until(member, lambda: all_of(database, BAD)() and all_of(database, GOOD)())
        assert member.client is first_life
