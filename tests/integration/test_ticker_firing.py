"""The ticker: never early, never twice, late with the right effective time, held until the question is answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.bus.inprocess import InProcessBus
from shared.commands.command import Command
from shared.commands.decision import Result
from shared.deadlines import ticker as ticker_module
from shared.deadlines.model import DeadlineHeld, DeadlineLapsed
from shared.deadlines.ticker import Ticker
from shared.eventstore.log import open_log
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock
from shared.kernel.errors import Refused
from shared.kernel.instants import plus_seconds
from tests.support.clocks import ImpatientClock
from tests.support.desk import ASK_AGAIN_S, GRACE_S, Desk, desk_with_log, ids
from tests.support.toy_ledger import COUNTER, MIRROR, START, toy_envelope


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with desk_with_log() as desk:
        yield desk


async def test_r_401_a_deadline_does_not_fire_before_its_due_instant(desk: Desk) -> None:
    due_at = await desk.start("d1")
    desk.legal.set(plus_seconds(due_at, -0.001))
    assert await desk.tick_after_grace() == 0
    assert await desk.events(DeadlineHeld) == []


async def test_r_401_a_due_deadline_waits_until_the_grace_is_over(desk: Desk) -> None:
    desk.legal.set(await desk.start("d1"))
    assert await desk.tick() == 0
    desk.machine.advance(GRACE_S - 0.001)
    assert await desk.tick() == 0
    desk.machine.advance(0.001)
    assert await desk.tick() == 1
    assert len(await desk.events(DeadlineHeld)) == 1


async def test_a_held_deadline_stays_held_while_the_question_is_open(desk: Desk) -> None:
    desk.legal.set(await desk.start("d1"))
    await desk.tick_after_grace()
    assert await desk.tick() == 0
    assert [row.deadline_id for row in await desk.log.held_deadlines(10)] == ["d1"]
    assert await desk.events(DeadlineLapsed) == []


async def test_a_held_deadline_is_asked_again_at_growing_intervals(desk: Desk) -> None:
    desk.legal.set(await desk.start("d1"))
    await desk.tick_after_grace()
    asked = []
    for _ in range(12):
        desk.machine.advance(ASK_AGAIN_S / 2)
        asked.append(await desk.tick())
    assert asked == [0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]


async def test_two_tickers_fire_once(desk: Desk) -> None:
    desk.legal.set(await desk.start("d1"))
    rival = desk.new_ticker()
    await desk.tick()
    await desk.tick(rival)
    desk.machine.advance(GRACE_S)
    assert await asyncio.gather(desk.tick(), desk.tick(rival)) == [1, 1]
    assert len(await desk.events(DeadlineHeld)) == 1


async def test_r_401_a_ticker_that_was_down_fires_late_with_the_due_instant_in_effect(desk: Desk) -> None:
    due_at = await desk.start("flag", legal_effect=False)
    desk.legal.set(plus_seconds(due_at, 40 * 86400))
    desk.ticker = desk.new_ticker()
    assert await desk.tick_after_grace() == 1
    (lapsed,) = await desk.events(DeadlineLapsed)
    assert lapsed.effective_at == due_at and lapsed.recorded_at > due_at


async def test_r_403_a_provisional_deadline_never_fires(desk: Desk) -> None:
    due_at = await desk.start("far", "300wd")
    desk.legal.set(plus_seconds(due_at, 86400))
    assert await desk.tick_after_grace() == 0


async def test_a_scope_with_parked_messages_holds_its_legal_deadlines_but_not_its_flags(desk: Desk) -> None:
    await desk.start("legal")
    desk.legal.set(await desk.start("flag", legal_effect=False))
    fork = toy_envelope("c1", 1, 0)
    await desk.log.receive(fork)
    other = toy_envelope("c1", 1, 0, event_id="another")
    assert (await desk.log.receive(other)).kind == "parked"
    assert await desk.tick_after_grace() == 1
    assert ids(await desk.events(DeadlineLapsed)) == ["flag"]
    await desk.log.discard_parked(other, "a fork")
    assert await desk.tick_after_grace() == 1
    assert len(await desk.events(DeadlineHeld)) == 1


async def test_a_round_sends_in_bounded_batches_oldest_first(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticker_module, "BATCH", 2)
    for number in range(5):
        due_at = await desk.start(f"d{number}", f"{5 - number}wd", legal_effect=False)
    desk.legal.set(plus_seconds(due_at, 10 * 86400))
    together = 0
    submit = desk.log.submit

    async def count(command: Command[Any]) -> Result:
        nonlocal together
        together += 1
        assert together <= 2
        try:
            return await submit(command)
        finally:
            together -= 1

    monkeypatch.setattr(desk.log, "submit", count)
    assert await desk.tick_after_grace() == 5
    assert ids(await desk.events(DeadlineLapsed)) == ["d4", "d3", "d2", "d1", "d0"]


async def test_a_refused_deadline_does_not_stop_the_others(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.start("d1")
    desk.legal.set(await desk.start("d2"))
    submit = desk.log.submit

    async def refuse_one(command: Command[Any]) -> Result:
        if command.body.deadline_id == "d1":
            raise Refused
        return await submit(command)

    monkeypatch.setattr(desk.log, "submit", refuse_one)
    assert await desk.tick_after_grace() == 2
    assert ids(await desk.events(DeadlineHeld)) == ["d2"]
    assert await desk.tick() == 0


class Topic:
    """Commands that wait for their decision: `appended` stand in the topic, `decided` of them are decided."""

    def __init__(self) -> None:
        self.appended = 0
        self.decided = 0
        self.away = False
        self.asked = 0

    async def backlog(self) -> Topic.Backlog:
        self.asked += 1
        if self.away:
            raise TimeoutError
        return Topic.Backlog(self, self.appended)

    class Backlog:
        def __init__(self, topic: Topic, end: int) -> None:
            self.topic = topic
            self.end = end

        async def is_decided(self) -> bool:
            return self.topic.decided >= self.end


@pytest.fixture
def topic(desk: Desk) -> Topic:
    topic = Topic()
    desk.ticker = Ticker(COUNTER, desk.log, desk.legal, desk.machine, grace_s=GRACE_S, intake=topic)
    return topic


@pytest.mark.parametrize("legal_effect", [True, False])
async def test_r_401_a_deadline_waits_for_what_stood_in_the_topic_when_its_grace_was_over(
    desk: Desk, topic: Topic, legal_effect: bool
) -> None:
    desk.legal.set(await desk.start("d1", legal_effect=legal_effect))
    await desk.tick()
    topic.appended = 3
    assert topic.asked == 0
    desk.machine.advance(GRACE_S)
    assert await desk.tick() == 0
    # What comes later does not count, so nobody waits for it.
    topic.appended, topic.decided = 10, 2
    assert await desk.tick() == 0
    topic.decided = 3
    assert await desk.tick() == 1
    assert topic.asked == 1
    assert len(await desk.events(DeadlineHeld, DeadlineLapsed)) == 1


async def test_r_401_a_deadline_that_comes_due_later_waits_for_more(desk: Desk, topic: Topic) -> None:
    topic.appended = topic.decided = 1
    first = await desk.start("d1", "1d!")
    later = await desk.start("d2", "2d!")
    desk.legal.set(first)
    assert await desk.tick_after_grace() == 1
    topic.appended = 2
    desk.legal.set(later)
    assert await desk.tick_after_grace() == 0
    topic.decided = 2
    assert await desk.tick() == 1
    assert ids(await desk.events(DeadlineHeld)) == ["d1", "d2"]


async def test_r_401_while_nobody_can_tell_what_waits_nothing_fires(desk: Desk, topic: Topic) -> None:
    desk.legal.set(await desk.start("d1"))
    topic.away = True
    with pytest.raises(TimeoutError):
        await desk.tick_after_grace()
    assert await desk.events(DeadlineHeld) == []
    topic.away = False
    assert await desk.tick() == 1


async def test_a_running_ticker_wakes_when_the_instant_comes_and_the_answer_lets_the_deadline_lapse() -> None:
    legal, machine = VirtualLegalClock(START), SystemMachineClock()
    counter = await open_log(COUNTER, "memory:", legal, machine)
    mirror = await open_log(MIRROR, "memory:", legal, machine)
    bus = InProcessBus(machine)
    await bus.join(COUNTER, counter)
    await bus.join(MIRROR, mirror)
    desk = Desk(counter, legal, ImpatientClock())
    async with Ticker(COUNTER, counter, legal, machine, grace_s=0.001):
        due_at = await desk.start("d1")
        legal.set(due_at)
        while not (lapsed := await desk.events(DeadlineLapsed)):
            head = await counter.head()
            assert await counter.wait_beyond(head, timeout_s=5) > head
    assert [event.effective_at for event in lapsed] == [due_at]
    for part in (bus, counter, mirror):
        await part.close()


TIMERS = st.lists(st.tuples(st.sampled_from(["1wd", "2wd", "3d!", "5wd", "30min"]), st.booleans()), max_size=6)
MOVES = st.lists(st.tuples(st.integers(1, 4 * 86400), st.integers(0, 90), st.booleans()), max_size=12)


@given(TIMERS, MOVES)
@settings(max_examples=40)
def test_r_401_whatever_the_clocks_do_no_deadline_fires_early_or_twice(
    timers: list[tuple[str, bool]], moves: list[tuple[int, int, bool]]
) -> None:
    """Legal and machine time move by chance, two tickers take turns, and one of them is replaced now and then."""

    async def scenario() -> None:
        async with desk_with_log() as desk:
            tickers = [desk.ticker, desk.new_ticker()]
            for number, (spec, legal_effect) in enumerate(timers):
                await desk.start(f"d{number}", spec, legal_effect=legal_effect)
            for legal_s, machine_s, replaced in (*moves, (40 * 86400, 90, False), (1, 90, False)):
                desk.legal.advance(legal_s)
                desk.machine.advance(machine_s)
                if replaced:
                    tickers[0] = desk.new_ticker()
                await asyncio.gather(*(desk.tick(ticker) for ticker in tickers))
            fired = await desk.events(DeadlineHeld, DeadlineLapsed)
            assert len(set(ids(fired))) == len(timers)
            assert all(event.recorded_at >= event.effective_at for event in fired)
            flags = [event for event in fired if isinstance(event.data, DeadlineLapsed)]
            assert len(flags) == sum(not legal_effect for _, legal_effect in timers)

    asyncio.run(scenario())
