"""A new version of a calendar reaches every open deadline, in batches; `verify` derives every deadline again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from msgspec import structs

from shared.commands.command import Command
from shared.commands.decision import Decision, Result
from shared.commands.service import Facts
from shared.deadlines import recompute as recompute_module
from shared.deadlines.commands import DeadlineElapsed
from shared.deadlines.model import DeadlineMoved, DeadlineSet
from shared.deadlines.recompute import RETRY_FIRST_S, Recomputation
from shared.deadlines.verify import deadline_differences, fired_for_review
from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.kernel.clock import VirtualLegalClock
from shared.kernel.errors import Refused, StoreUnavailable, Trouble
from shared.messages.events import NewEvent
from shared.periods import CalendarYear, DayException, calendar_of
from tests.support.clocks import ImpatientClock
from tests.support.toy_ledger import COUNTER, START, TENANT, Counter, StartTimer, calendar_envelope, toy_command

PLAIN = CalendarYear(year=2026, days=(), source="toy")
AMENDED = CalendarYear(
    year=2026, days=(DayException(date=date(2026, 3, 5), kind="statutory_holiday"),), source="toy, amended"
)


def version(year: CalendarYear) -> str:
    return calendar_of("cn", [year]).version


@pytest.fixture
async def log() -> AsyncIterator[EventLog[Any]]:
    log = await open_log(COUNTER, "memory:", VirtualLegalClock(START), ImpatientClock())
    await log.receive(calendar_envelope(1, PLAIN, version(PLAIN)))
    yield log
    await log.close()


def recomputation(log: EventLog[Any]) -> Recomputation:
    return Recomputation(COUNTER, log, VirtualLegalClock(START), ImpatientClock())


async def start(log: EventLog[Any], deadline_id: str, spec: str = "5wd") -> None:
    body = StartTimer(deadline_id=deadline_id, spec=spec)
    await log.submit(toy_command(f"counter/{deadline_id}", body, deadline_id))


async def amend(log: EventLog[Any]) -> None:
    await log.receive(calendar_envelope(2, AMENDED, version(AMENDED), amended="a day off"))


async def test_r_404_an_amended_calendar_moves_the_open_deadlines_that_it_concerns(log: EventLog[Any]) -> None:
    await start(log, "across", "5wd")
    await start(log, "before", "1wd")
    await amend(log)
    assert await recomputation(log).catch_up() == 2
    moved = [event.data for event in await log.read(0) if isinstance(event.data, DeadlineMoved)]
    assert {(m.deadline.deadline_id, m.old_due_at, m.deadline.derivation.due_at) for m in moved} == {
        ("across", "2026-03-09T16:00:00.000Z", "2026-03-10T16:00:00.000Z"),
        ("before", "2026-03-03T16:00:00.000Z", "2026-03-03T16:00:00.000Z"),
    }
    assert await log.stale_deadlines("cn", version(AMENDED), 10) == []


async def test_a_calendar_that_is_worked_through_is_not_worked_through_again(log: EventLog[Any]) -> None:
    await start(log, "d1")
    worker = recomputation(log)
    assert await worker.catch_up() == 0
    await amend(log)
    assert [await worker.catch_up() for _ in range(2)] == [1, 0]
    assert await recomputation(log).catch_up() == 0


async def test_many_deadlines_are_recomputed_in_batches(log: EventLog[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recompute_module, "BATCH", 2)
    for number in range(5):
        await start(log, f"d{number}")
    await amend(log)
    assert await recomputation(log).catch_up() == 5


async def test_a_deadline_that_keeps_its_version_does_not_keep_the_recomputation_busy(
    log: EventLog[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recompute_module, "BATCH", 1)
    for number in range(3):
        await start(log, f"d{number}")
    await amend(log)

    async def take_and_leave(*arguments: Any) -> str:
        """The service takes the command, and the row stays."""
        return ""

    monkeypatch.setattr(recompute_module, "send", take_and_leave)
    worker = recomputation(log)
    assert [await worker.catch_up() for _ in range(2)] == [3, 0]


@pytest.mark.parametrize("error", [ArithmeticError("a defect"), Refused("no")])
async def test_a_deadline_that_cannot_be_recomputed_keeps_no_other_waiting_and_is_tried_again(
    log: EventLog[Any], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(recompute_module, "BATCH", 2)
    for name in ("poison", "d1", "d2"):
        await start(log, name)
    await amend(log)
    submit, keys = log.submit, []

    async def fail_for_one(command: Command[Any]) -> Result:
        if command.body.deadline_id == "poison":
            keys.append(command.context.key)
            if len(keys) < 3:
                raise error
        return await submit(command)

    monkeypatch.setattr(log, "submit", fail_for_one)
    machine = ImpatientClock()
    worker = Recomputation(COUNTER, log, VirtualLegalClock(START), machine)
    assert [await worker.catch_up() for _ in range(2)] == [3, 0]
    assert worker.failing == 1
    assert [row.deadline_id for row in await log.stale_deadlines("cn", version(AMENDED), 10)] == ["poison"]
    for pause_s in (RETRY_FIRST_S, 2 * RETRY_FIRST_S):
        machine.advance(pause_s - 0.001)
        assert await worker.catch_up() == 0
        machine.advance(0.001)
        assert await worker.catch_up() == 1
    assert worker.failing == 0
    assert await log.stale_deadlines("cn", version(AMENDED), 10) == []
    assert len(set(keys)) == 3, "a refusal under a key is the answer for ever"


async def test_a_store_that_is_away_for_one_deadline_keeps_no_other_waiting(
    log: EventLog[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("poison", "d1", "d2"):
        await start(log, name)
    await amend(log)
    submit = log.submit

    async def away_for_one(command: Command[Any]) -> Result:
        if command.body.deadline_id == "poison":
            raise StoreUnavailable("for this one only")
        return await submit(command)

    monkeypatch.setattr(log, "submit", away_for_one)
    worker = recomputation(log)
    assert await worker.catch_up() == 3
    assert worker.failing == 1
    assert [row.deadline_id for row in await log.stale_deadlines("cn", version(AMENDED), 10)] == ["poison"]


async def test_r_409_nothing_is_recomputed_while_the_clock_is_not_believed(log: EventLog[Any]) -> None:
    class Doubt:
        found: Trouble | None = Trouble("时钟不准", "the clock is wrong")

        def trouble(self) -> Trouble | None:
            return self.found

    await start(log, "d1")
    await amend(log)
    doubt = Doubt()
    worker = Recomputation(COUNTER, log, VirtualLegalClock(START), ImpatientClock(), belief=doubt)
    assert await worker.catch_up() == 0
    doubt.found = None
    assert await worker.catch_up() == 1


async def test_a_store_that_is_away_is_no_failure_of_a_deadline(
    log: EventLog[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await start(log, "d1")
    await amend(log)
    worker = recomputation(log)
    with monkeypatch.context() as patch:

        async def away(command: Command[Any]) -> Result:
            raise StoreUnavailable

        patch.setattr(log, "submit", away)
        with pytest.raises(StoreUnavailable):
            await worker.catch_up()
    assert worker.failing == 0
    assert await worker.catch_up() == 1


async def test_r_402_a_clean_log_verifies_also_after_an_amendment(log: EventLog[Any]) -> None:
    await start(log, "d1")
    await start(log, "far", "300wd")
    await amend(log)
    assert await deadline_differences(log, COUNTER) == []
    await recomputation(log).catch_up()
    assert await deadline_differences(log, COUNTER) == []


async def test_r_404_what_fired_before_an_amendment_stands_and_is_listed_for_review(log: EventLog[Any]) -> None:
    for deadline_id, spec in (("concerned", "5wd"), ("before the day off", "1wd")):
        body = StartTimer(deadline_id=deadline_id, spec=spec, legal_effect=False)
        await log.submit(toy_command("counter/C1", body, deadline_id))
    for row in await log.due_deadlines("2026-12-31T00:00:00.000Z", 10):
        elapsed = DeadlineElapsed(deadline_id=row.deadline_id, due_at=row.due_at)
        await log.submit(toy_command("counter/C1", elapsed, f"{row.deadline_id} elapsed"))
    assert await fired_for_review(log, COUNTER) == []
    await amend(log)
    (listed,) = await fired_for_review(log, COUNTER)
    assert listed.deadline.deadline_id == "concerned"
    assert (listed.fired_due_at, listed.due_at_by_newest) == ("2026-03-09T16:00:00.000Z", "2026-03-10T16:00:00.000Z")
    assert await deadline_differences(log, COUNTER) == []


async def test_r_402_a_derivation_that_cannot_be_derived_again_is_found() -> None:
    def forge(state: Counter, command: Command[Any], facts: Facts) -> Decision:
        (honest,) = COUNTER.decide(state, command, facts).events
        assert isinstance(honest.data, DeadlineSet)
        deadline = honest.data.deadline
        derivation = structs.replace(deadline.derivation, due_at="2026-03-31T16:00:00.000Z")
        forged = DeadlineSet(deadline=structs.replace(deadline, derivation=derivation))
        return Decision(events=(NewEvent(stream=honest.stream, data=forged, effective_at=START),))

    service = replace(COUNTER, decide=forge)
    log = await open_log(service, "memory:", VirtualLegalClock(START), ImpatientClock())
    await log.receive(calendar_envelope(1, PLAIN, version(PLAIN)))
    await start(log, "d1")
    (difference,) = await deadline_differences(log, service)
    assert difference.what == "stored 2026-03-31T16:00:00.000Z, derived again 2026-03-09T16:00:00.000Z"
    await log.close()


async def test_r_402_a_calendar_that_the_log_does_not_hold_is_found() -> None:
    log = await open_log(COUNTER, "memory:", VirtualLegalClock(START), ImpatientClock())
    await start(log, "d1")  # Computed with the toy's built-in calendar, which nobody published.
    (difference,) = await deadline_differences(log, COUNTER)
    assert "is not in the log" in difference.what
    await log.close()


async def test_a_row_that_the_log_does_not_give_is_found(log: EventLog[Any]) -> None:
    await start(log, "d1")
    without_rows = replace(COUNTER, deadline_changes=lambda recorded: ())
    (stray,) = await deadline_differences(log, without_rows)
    assert (stray.tenant, stray.deadline_id) == (TENANT, "d1")
    assert stray.what.endswith("by the log None")
