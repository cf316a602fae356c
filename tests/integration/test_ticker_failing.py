"""Deadlines that cannot fire keep no other from firing: each backs off by itself, and somebody is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from msgspec.structs import replace

from shared.commands.command import Command
from shared.commands.decision import Result
from shared.deadlines import ticker as ticker_module
from shared.deadlines.model import DeadlineChange, DeadlineHeld, DeadlineLapsed
from shared.deadlines.ticker import ASK_AGAIN_MAX_S, Backlog, Ticker
from shared.kernel.errors import Refused, StoreUnavailable, Trouble
from shared.kernel.instants import plus_seconds
from tests.support.desk import ASK_AGAIN_S, GRACE_S, Desk, desk_with_log, ids
from tests.support.toy_ledger import COUNTER

Submit = Callable[[Command[Any]], Any]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with desk_with_log() as desk:
        yield desk


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work lists of a few rows a page, so that few deadlines are as many as thousands."""
    monkeypatch.setattr(ticker_module, "PAGE_MAX", 3)
    monkeypatch.setattr(ticker_module, "BATCH", 2)


class Asked:
    """Stands before a log: keeps the keys of what was asked of each deadline, and raises for some."""

    def __init__(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.raising: dict[str, Exception] = {}
        self.asked: dict[str, list[str]] = {}
        self._submit: Submit = desk.log.submit
        monkeypatch.setattr(desk.log, "submit", self.submit)

    async def submit(self, command: Command[Any]) -> Result:
        name = command.body.deadline_id
        self.asked.setdefault(name, []).append(command.context.key)
        if name in self.raising:
            raise self.raising[name]
        result: Result = await self._submit(command)
        return result


@pytest.mark.parametrize("error", [ArithmeticError("a defect"), Refused("no")])
async def test_many_that_fail_at_an_earlier_instant_do_not_keep_a_later_one_waiting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, small_pages: None, error: Exception
) -> None:
    failing = [f"poison-{number}" for number in range(10)]
    for name in failing:
        await desk.start(name, "1wd", legal_effect=False)
    due_at = await desk.start("healthy", "2wd", legal_effect=False)
    asked = Asked(desk, monkeypatch)
    asked.raising = dict.fromkeys(failing, error)
    desk.legal.set(due_at)
    await desk.tick_after_grace()
    assert ids(await desk.events(DeadlineLapsed)) == ["healthy"]
    assert desk.ticker.failing == len(failing)
    # Nobody asks again at once; then each at growing intervals up to a limit, and what is mended goes on.
    assert await desk.tick() == 0
    intervals = []
    for _ in range(9):
        waited = 0.0
        while not await desk.tick():
            desk.machine.advance(ASK_AGAIN_S)
            waited += ASK_AGAIN_S
        intervals.append(waited)
    assert intervals == [60.0 * 2**n for n in range(6)] + [ASK_AGAIN_MAX_S] * 3
    asked.raising = {}
    desk.machine.advance(ASK_AGAIN_MAX_S)
    assert await desk.tick() == len(failing)
    assert desk.ticker.failing == 0
    assert set(ids(await desk.events(DeadlineLapsed))) == {"healthy", *failing}


async def test_all_of_one_instant_wait_one_grace(desk: Desk, small_pages: None) -> None:
    names = [f"d{number}" for number in range(10)]
    for name in names:
        due_at = await desk.start(name)
    desk.legal.set(due_at)
    assert await desk.tick_after_grace() == len(names)
    assert sorted(ids(await desk.events(DeadlineHeld))) == names
    # Held ones are asked again by pages, too.
    desk.machine.advance(ASK_AGAIN_S)
    assert await desk.tick() == len(names)


async def test_more_than_are_watched_is_an_alarm(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, small_pages: None, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ticker_module, "WATCHED_MAX", 3)
    for number in range(5):
        due_at = await desk.start(f"d{number}", legal_effect=False)
    desk.legal.set(due_at)
    assert await desk.tick_after_grace() == 3
    assert desk.ticker.full and "the later ones wait" in caplog.text
    assert await desk.tick_after_grace() == 2
    await desk.tick()
    assert not desk.ticker.full


async def test_a_store_that_was_away_is_asked_again_soon_and_under_the_same_key(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.legal.set(await desk.start("d1"))
    asked = Asked(desk, monkeypatch)
    asked.raising = {"d1": StoreUnavailable("away")}
    with pytest.raises(StoreUnavailable):
        await desk.tick_after_grace()
    asked.raising = {}
    desk.machine.advance(1.0)
    assert await desk.tick() == 1
    assert len(await desk.events(DeadlineHeld)) == 1
    assert len(asked.asked["d1"]) == 2 and len(set(asked.asked["d1"])) == 1
    assert desk.ticker.failing == 0


async def test_a_store_that_is_away_for_one_deadline_keeps_no_other_waiting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, small_pages: None
) -> None:
    for name in ("d1", "d2", "d3"):
        due_at = await desk.start(name)
    desk.legal.set(due_at)
    Asked(desk, monkeypatch).raising = {"d1": StoreUnavailable("for this one only")}
    assert await desk.tick_after_grace() == 2
    assert ids(await desk.events(DeadlineHeld)) == ["d2", "d3"]


async def test_a_deadline_is_asked_under_one_key_by_all_and_under_another_each_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.legal.set(await desk.start("d1"))
    asked = Asked(desk, monkeypatch)
    rival = desk.new_ticker()
    for ticker in (desk.ticker, rival):
        await desk.tick(ticker)
    for wait_s in (GRACE_S, ASK_AGAIN_S, 2 * ASK_AGAIN_S):
        desk.machine.advance(wait_s)
        assert await asyncio.gather(desk.tick(), desk.tick(rival)) == [1, 1]
    keys = asked.asked["d1"]
    assert keys[0::2] == keys[1::2], "two tickers, or one after a crash, ask the same"
    assert len(set(keys)) == 3, "what was answered once is asked anew, not answered again"


async def test_a_deadline_that_stays_at_its_instant_under_a_newer_calendar_is_asked_under_another_key(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first firing is answered "recompute first"; the second must not be answered with that."""
    due_at = await desk.start("d1")
    (row,) = await desk.log.due_deadlines(due_at, 10)
    asked = Asked(desk, monkeypatch)
    for version in ("2026-a", "2026-b"):

        async def due(*_: Any, version: str = version) -> list[DeadlineChange]:
            return [replace(row, calendar_version=version)]

        monkeypatch.setattr(desk.log, "due_deadlines", due)
        ticker = desk.new_ticker()
        await ticker.tick(due_at)
        desk.machine.advance(GRACE_S)
        await ticker.tick(due_at)
    assert len(set(asked.asked["d1"])) == 2


class Backlogs:
    """A topic that can tell of some of its backlogs and not of others."""

    def __init__(self) -> None:
        self.unknown = True
        self.given = 0

    async def backlog(self) -> Backlog:
        self.given += 1
        return _Backlog(self, self.given)


class _Backlog:
    def __init__(self, topic: Backlogs, number: int) -> None:
        self.topic = topic
        self.number = number

    async def is_decided(self) -> bool:
        if self.topic.unknown and self.number == 1:
            raise LookupError("this partition is gone")
        return True


async def test_a_backlog_of_which_nothing_can_be_told_holds_those_only_that_wait_for_it(desk: Desk) -> None:
    first = await desk.start("d1", "1wd")
    second = await desk.start("d2", "2wd")
    topic = Backlogs()
    ticker = Ticker(COUNTER, desk.log, desk.legal, desk.machine, grace_s=GRACE_S, intake=topic)
    desk.legal.set(first)
    await ticker.tick(first)
    desk.machine.advance(GRACE_S)
    with pytest.raises(LookupError):
        await ticker.tick(first)
    desk.legal.set(second)
    with pytest.raises(LookupError):
        await ticker.tick(second)
    desk.machine.advance(GRACE_S)
    with pytest.raises(LookupError):
        await ticker.tick(second)
    assert ids(await desk.events(DeadlineHeld)) == ["d2"]
    topic.unknown = False
    assert await ticker.tick(second) == 1


class Doubt:
    """A clock that is believed until somebody says otherwise."""

    def __init__(self) -> None:
        self.found: Trouble | None = None

    def trouble(self) -> Trouble | None:
        return self.found


async def test_r_409_nothing_is_asked_while_the_clock_is_not_believed(desk: Desk) -> None:
    belief = Doubt()
    ticker = Ticker(COUNTER, desk.log, desk.legal, desk.machine, grace_s=GRACE_S, belief=belief)
    due_at = await desk.start("d1")
    belief.found = Trouble("时钟不准", "the clock is wrong")
    ahead = plus_seconds(due_at, 14 * 86_400)
    for _ in range(3):
        assert await ticker.tick(ahead) == 0
        desk.machine.advance(GRACE_S)
    assert await desk.log.held_deadlines(1) == []
    belief.found = None
    desk.legal.set(due_at)
    await ticker.tick(due_at)
    desk.machine.advance(GRACE_S)
    assert await ticker.tick(due_at) == 1


async def test_r_401_a_machine_whose_clock_is_set_waits_the_whole_grace(desk: Desk) -> None:
    desk.legal.set(await desk.start("d1"))
    await desk.tick()
    desk.machine.set(desk.machine.now() + 86_400)
    assert await desk.tick() == 0
    desk.machine.advance(GRACE_S)
    assert await desk.tick() == 1
