"""Commands over a topic that cannot be answered yet wait, others of their keys behind them, and no id is burnt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from shared.bus.delivery import Delivery, PartitionDelivery
from shared.commands.command import Command
from shared.commands.decision import OutcomeKind
from shared.eventstore.log import open_log
from shared.eventstore.port import Receipt
from shared.kafka.awaited import FollowedTopics
from shared.kafka.inbound import FEEDS_BEHIND_WAIT_S, NOT_ARRIVED_WAIT_S
from shared.kernel.clock import VirtualLegalClock
from shared.kernel.errors import LogUnintelligible, NotArrivedYet, Unintelligible
from tests.support.clocks import ImpatientClock
from tests.support.inbound import act, record
from tests.support.inbound_reception import Desk
from tests.support.scripted_group import Database, Group, Member, turns
from tests.support.toy_ledger import COUNTER, START


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    log = await open_log(COUNTER, "memory:", VirtualLegalClock(START), ImpatientClock())
    yield Desk(log)
    await log.close()


@pytest.mark.parametrize("error", [LogUnintelligible("a newer build"), Unintelligible("unknown")], ids=repr)
async def test_r_460_a_command_that_waits_for_a_newer_build_is_not_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def newer(command: Command[Any]) -> OutcomeKind:
        raise error

    with monkeypatch.context() as outdated:
        outdated.setattr(desk.log, "answer", newer)
        with pytest.raises(type(error)):
            await desk.take(record(act("1")))
    assert (await desk.told(), desk.copies.reasons) == ([], [])
    await desk.take(record(act("1")))
    assert [answer.outcome for answer in await desk.told()] == ["done"]


async def test_what_has_not_arrived_here_is_waited_for_and_the_id_is_not_burnt(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lag decides nothing: the command waits for a while; sent again after the answer it is decided anew."""

    async def unknown(command: Command[Any]) -> OutcomeKind:
        raise NotArrivedYet

    first = await desk.reception.read("ledger.inbound.counter.v1", record(act("1", amount=3)))
    assert first is not None
    with monkeypatch.context() as lagging:
        lagging.setattr(desk.log, "answer", unknown)
        with pytest.raises(NotArrivedYet):
            await desk.reception.receive(first)
        assert await desk.told() == []
        desk.clock.advance(NOT_ARRIVED_WAIT_S)
        await desk.reception.receive(first)
    (answer,) = await desk.told()
    assert (answer.outcome, answer.code) == ("refused", "NOT_ARRIVED")
    assert answer.title_zh
    await desk.take(record(act("1", amount=3)))
    assert [answer.outcome for answer in await desk.told()] == ["refused", "done"]


PLACE = TopicPartition("ledger.toys.v1", 0)


class Following:
    """A consumer of what others publish: how far it is, and where its topic ends."""

    def __init__(self, end: int) -> None:
        self.place = 0
        self.end = end
        self.away = False
        self.looks = 0

    async def ends(self) -> Mapping[TopicPartition, int]:
        self.looks += 1
        if self.away:
            raise KafkaConnectionError
        return {PLACE: self.end}

    async def reached(self, ends: Mapping[TopicPartition, int]) -> Mapping[TopicPartition, int]:
        return dict.fromkeys(ends, self.place)


async def waited_s(desk: Desk, message: Any, meanwhile: Callable[[], None] = lambda: None) -> float:
    """For how long a command waits before its sender is told; it is looked at every ten seconds."""
    begun_s = desk.clock.elapsed()
    while desk.clock.elapsed() <= begun_s + 2 * FEEDS_BEHIND_WAIT_S:
        try:
            await desk.reception.receive(message)
        except NotArrivedYet:
            desk.clock.advance(10.0)
            meanwhile()
        else:
            return desk.clock.elapsed() - begun_s
    raise AssertionError("nobody was told")


@pytest.fixture
async def lagging(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[pytest.MonkeyPatch]:
    """What commands are about has not arrived, until this is undone."""

    async def unknown(command: Command[Any]) -> OutcomeKind:
        raise NotArrivedYet

    with monkeypatch.context() as lagging:
        lagging.setattr(desk.log, "answer", unknown)
        yield lagging


def follows(desk: Desk, following: Any) -> None:
    desk.reception.follows = FollowedTopics(following, desk.clock)


async def test_a_command_waits_while_its_service_is_behind_and_getting_on(
    desk: Desk, lagging: pytest.MonkeyPatch
) -> None:
    """After a minute its sender was told to send again what our own lag had kept from being decided."""
    following = Following(end=20)
    follows(desk, following)
    message = await desk.reception.read("ledger.inbound.counter.v1", record(act("1")))

    def get_on() -> None:
        following.place += 1
        # What is published after the command was read is nothing that it waits for.
        following.end += 5
        if following.place == 15:
            lagging.undo()

    assert await waited_s(desk, message, get_on) == 150.0 > NOT_ARRIVED_WAIT_S
    assert [answer.outcome for answer in await desk.told()] == ["done"]
    assert following.looks == 1


@pytest.mark.usefixtures("lagging")
async def test_what_has_not_come_with_all_that_stood_there_is_not_waited_for(desk: Desk) -> None:
    following = Following(end=9)
    follows(desk, following)
    message = await desk.reception.read("ledger.inbound.counter.v1", record(act("1")))

    def get_on() -> None:
        following.place, following.end = following.place + 1, following.end + 5

    assert await waited_s(desk, message, get_on) == 90.0
    assert [answer.code for answer in await desk.told()] == ["NOT_ARRIVED"]


@pytest.mark.usefixtures("lagging")
@pytest.mark.parametrize("away", [False, True], ids=["getting on for ever", "a broker that does not tell"])
async def test_no_command_waits_longer_than_the_limit(desk: Desk, away: bool) -> None:
    following = Following(end=10**9)
    following.away = away
    follows(desk, following)
    message = await desk.reception.read("ledger.inbound.counter.v1", record(act("1")))

    def get_on() -> None:
        following.place += 1

    assert await waited_s(desk, message, get_on) == FEEDS_BEHIND_WAIT_S
    assert [answer.code for answer in await desk.told()] == ["NOT_ARRIVED"]


class Asking(Member):
    """Its first message is the question what was received before an instant: it waits for every command (R-401)."""

    def __init__(self, group: Group, database: Database) -> None:
        super().__init__(group, database, numbered=True)
        self.commands_decided = asyncio.Event()

    async def receive(self, message: Any) -> Receipt:
        if not message.record.offset:
            await self.commands_decided.wait()
        return await super().receive(message)


@pytest.mark.usefixtures("lagging")
async def test_r_401_a_command_and_the_question_of_a_deadline_do_not_wait_for_each_other(desk: Desk) -> None:
    """What the command is about stands behind the question, which waits for the command."""
    group, database = Group(partitions=1), Database()
    (partition,) = group.partitions
    group.records[partition] = 3
    member = Asking(group, database)
    member.allow(10)
    async with member.consumer:
        while member.client not in group.members:
            await turns(1)
        group.complete()
        await member.client.learn(0)
        while not member.consumer.undelivered:
            await turns(1)
        follows(desk, member.consumer)
        message = await desk.reception.read("ledger.inbound.counter.v1", record(act("1")))
        assert await waited_s(desk, message) == NOT_ARRIVED_WAIT_S
        assert [answer.code for answer in await desk.told()] == ["NOT_ARRIVED"]
        member.commands_decided.set()
        while database.first_undecided(partition) < 3:
            await turns(1)


async def test_a_command_of_which_not_even_an_answer_can_be_recorded_lets_its_key_wait(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def defect(anything: Any) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(desk.log, "answer", defect)
    monkeypatch.setattr(desk.log, "reject", defect)
    bad = await desk.reception.read("ledger.inbound.counter.v1", record(act("1")))
    good = await desk.reception.read("ledger.inbound.counter.v1", replace(record(act("2")), key=b"other"))
    assert bad is not None and good is not None
    partition = PartitionDelivery("counter", desk.reception, desk.clock, numbered=False)
    await partition.offer([Delivery(position=1, message=bad)])
    monkeypatch.undo()
    await partition.offer([Delivery(position=2, message=good)])
    assert [answer.request_id for answer in await desk.told()] == ["2"]
    assert (partition.position, partition.waiting_feeds()[0].stands) == (0, True)
    desk.clock.advance(60.0)
    await partition.offer_waiting()
    assert [answer.request_id for answer in await desk.told()] == ["2", "1"]
