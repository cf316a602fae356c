"""An act of a party that a defect of ours keeps from being recorded holds the legal deadlines of its scope (R-401)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from msgspec.structs import replace

from shared.commands.command import Asked, Command
from shared.commands.decision import UNCHANGED, Decision
from shared.commands.defects import Hold
from shared.commands.jobs import result_key
from shared.commands.service import Facts
from shared.eventstore.port import EventLog
from shared.eventstore.service_log import ServiceLog
from shared.kernel.actors import system_actor
from shared.kernel.errors import (
    Forbidden,
    IdempotencyKeyReused,
    LedgerError,
    NotFound,
    Refused,
    StoreUnavailable,
    VersionConflict,
)
from shared.kernel.instants import Instant, plus_seconds
from shared.messages.events import FeedDiscarded, Recorded
from tests.support.logs import BACKENDS, Backend, location_of, opened
from tests.support.toy_service import NOW, TOY, Add, Added, OverTheLimit, SetAlarm, command

Log = EventLog[Any]

DUE: Instant = "2026-03-02T16:00:00.000Z"
LATER: Instant = plus_seconds(DUE, 3600)
DEFECT = Add(amount=-1)


@pytest.fixture(params=BACKENDS)
async def log(request: pytest.FixtureRequest) -> AsyncIterator[Log]:
    backend: Backend = request.param
    async with opened(location_of(backend, request)) as log:
        for counter, tenant in (("c1", "t1"), ("c2", "t1"), ("c1", "t2")):
            await log.submit(command(SetAlarm(due_at=DUE), f"legal {counter}", counter=counter, tenant=tenant))
        flag = SetAlarm(due_at=DUE, legal_effect=False)
        await log.submit(command(flag, "flag", counter="c3"))
        yield log


async def due(log: Log) -> set[str]:
    return {f"{row.tenant} {row.scope.removeprefix('counter/')}" for row in await log.due_deadlines(LATER, 10)}


EVERYBODY = {"t1 c1", "t1 c2", "t1 c3", "t2 c1"}


async def fail(log: Log, given: Command[Any] | None = None) -> None:
    with pytest.raises(RuntimeError, match="a defect in the decider"):
        await log.submit(given or command(DEFECT, "act"))


def mended(monkeypatch: pytest.MonkeyPatch, outcome: Exception | int) -> None:
    """The decider takes the act now: it grows by `outcome`, or refuses."""
    decide = TOY.decide

    def fixed(state: Any, given: Command[Any], facts: Facts) -> Decision:
        if given.body != DEFECT:
            return decide(state, given, facts)
        if isinstance(outcome, Exception):
            raise outcome
        if not outcome:
            return UNCHANGED
        return decide(state, replace(given, body=Add(amount=outcome)), facts)

    monkeypatch.setitem(TOY.__dict__, "decide", fixed)


async def test_it_holds_the_legal_deadlines_of_its_scope_and_of_no_other(log: Log) -> None:
    assert await due(log) == EVERYBODY
    await fail(log)
    assert await due(log) == EVERYBODY - {"t1 c1"}
    await fail(log, command(DEFECT, "other", counter="c3"))
    assert await due(log) == EVERYBODY - {"t1 c1"}, "a flag of lateness decides nothing"
    held = await log.parked(10)
    assert [(each.envelope.type, each.reason) for each in held] == [
        ("defect.Add", "RuntimeError: a defect in the decider")
    ] * 2
    assert await log.parked_scopes(10) == [("t1", "counter/c1"), ("t1", "counter/c3")]


async def test_one_act_is_one_hold_however_often_it_is_repeated(log: Log) -> None:
    for _ in range(3):
        await fail(log)
    assert len(await log.parked(10)) == 1
    with pytest.raises(IdempotencyKeyReused):
        await log.submit(command(Add(amount=5), "act"))


@pytest.mark.parametrize("decided", ["done", "refused"])
async def test_an_act_that_another_process_has_decided_meanwhile_is_not_held(
    log: Log, monkeypatch: pytest.MonkeyPatch, decided: str
) -> None:
    """It failed here, and before that was written down its repetition was decided there: its answer stands."""
    act, other = command(DEFECT, "act"), cast(ServiceLog[Any], log)
    mended(monkeypatch, 5 if decided == "done" else OverTheLimit("no"))

    async def ask() -> str:
        try:
            return (await log.submit(act)).outcome.kind
        except Refused:
            return "refused"

    assert await ask() == decided
    await other._writer.submit(Hold(act, result_key(act.context), "RuntimeError: a defect in the decider"))
    assert await log.parked(10) == [] and await due(log) == EVERYBODY
    monkeypatch.undo()
    assert await ask() == decided


@pytest.mark.parametrize("amount", [5, 0])
async def test_repeated_after_the_defect_was_mended_it_counts_from_its_first_receipt_and_holds_no_more(
    log: Log, monkeypatch: pytest.MonkeyPatch, amount: int
) -> None:
    first = command(DEFECT, "act")
    await fail(log, first)
    mended(monkeypatch, amount)
    late = replace(first, context=replace(first.context, received_at=LATER))
    result = await log.submit(late)
    assert await due(log) == EVERYBODY
    assert await log.parked(10) == []
    added = [event for event in await log.read_scope("t1", "counter/c1") if isinstance(event.data, Added)]
    assert [event.effective_at for event in added] == ([NOW] if amount else [])
    assert await log.submit(late) == result


@pytest.mark.parametrize("error", [OverTheLimit("no"), Forbidden("not you")])
async def test_a_refusal_is_a_decision_too(log: Log, monkeypatch: pytest.MonkeyPatch, error: LedgerError) -> None:
    await fail(log)
    mended(monkeypatch, error)
    for _ in range(2):
        with pytest.raises(LedgerError) as refused:
            await log.submit(command(DEFECT, "act"))
        assert refused.value.code == error.code
        assert await due(log) == EVERYBODY


async def test_an_operator_can_end_it_and_the_act_can_still_be_repeated(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fail(log)
    (held,) = await log.parked(10)
    assert (await log.receive(held.envelope)).kind == "parked", "nothing but its repetition decides it"
    await log.discard_parked(held.envelope, "withdrawn by its sender")
    assert await due(log) == EVERYBODY
    with pytest.raises(NotFound):
        await log.discard_parked(held.envelope, "again")
    await fail(log)
    await log.discard_parked(held.envelope, "withdrawn once more")
    assert await due(log) == EVERYBODY
    given_up = [event.data for event in await log.read(0) if isinstance(event.data, FeedDiscarded)]
    assert [(each.type, each.key, each.event_id, each.reason) for each in given_up] == [
        ("defect.Add", "counter/c1", held.envelope.event_id, reason)
        for reason in ("withdrawn by its sender", "withdrawn once more")
    ]
    mended(monkeypatch, 5)
    assert (await log.submit(command(DEFECT, "act"))).outcome.kind == "done"


async def test_a_hold_can_be_ended_though_its_scope_cannot_be_folded(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(state: Any, recorded: Recorded) -> Any:
        raise RuntimeError("a defect in the fold")

    await fail(log)
    (held,) = await log.parked(10)
    cast(ServiceLog[Any], log)._cache.forget()
    monkeypatch.setitem(TOY.__dict__, "evolve", cannot)
    await log.discard_parked(held.envelope, "nothing of the contract can be read")
    assert await log.parked(10) == []


async def test_an_act_that_came_over_a_topic_holds_as_well(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    given = command(DEFECT, "act")
    asked = Asked(source="/crm/north", id="m1", type="toy.add.v1", received_at=NOW)
    given = replace(given, context=replace(given.context, asked=asked))
    with pytest.raises(RuntimeError):
        await log.answer(given)
    assert await due(log) == EVERYBODY - {"t1 c1"}
    mended(monkeypatch, 5)
    assert await log.answer(given) == "done"
    assert await due(log) == EVERYBODY


async def test_what_the_ledger_does_itself_holds_nothing(log: Log) -> None:
    own = command(DEFECT, "act", actor=system_actor("toy"))
    await fail(log, own)
    assert await due(log) == EVERYBODY
    assert await log.parked(10) == []


async def test_what_the_ledger_says_on_purpose_holds_nothing(log: Log) -> None:
    with pytest.raises(OverTheLimit):
        await log.submit(command(Add(amount=2_000_000), "too much"))
    with pytest.raises(VersionConflict):
        await log.submit(command(Add(amount=1), "stale", expected_version=77))
    assert await due(log) == EVERYBODY


async def test_where_not_even_the_hold_can_be_stored_the_act_was_not_received(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = log._writer.submit  # type: ignore[attr-defined]

    async def away_after_the_defect(job: Any) -> Any:
        if type(job).__name__ == "Hold":
            raise StoreUnavailable
        return await submit(job)

    monkeypatch.setattr(log._writer, "submit", away_after_the_defect)  # type: ignore[attr-defined]
    with pytest.raises(StoreUnavailable):
        await log.submit(command(DEFECT, "act"))
