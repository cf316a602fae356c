"""One element of a batch never stops another, at whatever stage of the writer it fails, and whatever it raises."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from shared.commands import batch, jobs
from shared.commands.command import Command
from shared.eventstore.store import EventRow, Writes
from shared.kernel.errors import LedgerError, StoreUnavailable
from tests.support.faulty_store import FaultyStore
from tests.support.logs import log_over
from tests.support.toy_service import LIMIT_SCOPE, TOY, Add, CounterChanged, command, envelope

POISON = 13


ERRORS = [RuntimeError("no"), AssertionError(), KeyError("k"), RecursionError(), MemoryError(), StopIteration()]


def poisoned(given: Any) -> bool:
    return isinstance(given, Command) and getattr(given.body, "amount", None) == POISON


Plant = Callable[[pytest.MonkeyPatch, Exception], FaultyStore]


def in_want(monkeypatch: pytest.MonkeyPatch, error: Exception) -> FaultyStore:
    want = jobs.Submit.want

    def fails(job: jobs.Submit, wanted: jobs.Wanted) -> None:
        if poisoned(job.command):
            raise error
        want(job, wanted)

    monkeypatch.setattr(jobs.Submit, "want", fails)
    return FaultyStore()


def in_decide(monkeypatch: pytest.MonkeyPatch, error: Exception) -> FaultyStore:
    decide = TOY.decide

    def fails(state: Any, given: Command[Any], facts: Any) -> Any:
        if poisoned(given):
            raise error
        return decide(state, given, facts)

    monkeypatch.setitem(TOY.__dict__, "decide", fails)
    return FaultyStore()


def in_encode(monkeypatch: pytest.MonkeyPatch, error: Exception) -> FaultyStore:
    """After the events of the job are among the rows: its answer cannot be encoded."""
    encode = batch.encode_answer

    def fails(answer: Any) -> bytes:
        if answer.result.version and answer.result.stream == f"counter-c{POISON}":
            raise error
        return encode(answer)

    monkeypatch.setattr(batch, "encode_answer", fails)
    return FaultyStore()


class RefusesPoison(FaultyStore):
    """Takes no row of the poisoned counter, in the insert or only in the commit."""

    def __init__(self, stage: str, error: Exception) -> None:
        super().__init__()
        self._stage = stage
        self._error = error

    def insert(self, writes: Writes, *, more: bool = False) -> None:
        if self._stage == "insert":
            self._look(writes.events)
        super().insert(writes, more=more)

    def commit(self) -> None:
        if self._stage == "commit":
            self._look([row for writes in self._inserted for row in writes.events])
        super().commit()

    def _look(self, rows: list[EventRow]) -> None:
        if any(row.scope == f"counter/c{POISON}" for row in rows):
            raise self._error


STAGES: dict[str, Plant] = {
    "want": in_want,
    "decide": in_decide,
    "encode": in_encode,
    "insert": lambda _, error: RefusesPoison("insert", error),
    "commit": lambda _, error: RefusesPoison("commit", error),
}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_a_command_that_fails_at_any_stage_fails_alone(
    stage: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = STAGES[stage](monkeypatch, error)
    async with log_over(store) as log:
        told = await asyncio.gather(
            *(log.submit(command(Add(amount=n), f"k{n}", counter=f"c{n}")) for n in range(1, 30)),
            return_exceptions=True,
        )
        failed = [n for n, result in enumerate(told, start=1) if isinstance(result, BaseException)]
        assert failed == [POISON]
        assert not isinstance(told[POISON - 1], LedgerError)
        assert sorted(event.scope for event in await log.read(0)) == sorted(
            f"counter/c{n}" for n in range(1, 30) if n != POISON
        )
        assert await log.state("t1", f"counter/c{POISON}") == (TOY.initial(), 0)
    assert len(store.sizes) <= 8, (
        "found by halving: a poisoned element costs the others a few transactions, not one each"
    )


@pytest.mark.parametrize("stage", ["insert", "commit"])
async def test_a_message_that_fails_at_any_stage_is_parked_and_the_others_go_on(
    stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = STAGES[stage](monkeypatch, RuntimeError("no"))
    async with log_over(store) as log:
        poison = CounterChanged(counter=f"c{POISON}", amount=1, total=1)
        receipt, *results = await asyncio.gather(
            log.receive(envelope(1, poison, key=f"c{POISON}")),
            *(log.submit(command(Add(amount=n), f"k{n}", counter=f"c{n}")) for n in range(1, 10)),
        )
        assert (receipt.kind, [result.version for result in results]) == ("parked", [1] * 9)
        [parked] = await log.parked(10)
        assert (parked.envelope.key, parked.reason) == (f"c{POISON}", "no")


async def test_a_job_that_fails_after_its_rows_were_gathered_leaves_none_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The planted violation: the rows of a failed job stay in the batch of the others."""
    monkeypatch.setattr(batch.Batch, "finish", lambda self, error: True)
    async with log_over(in_encode(monkeypatch, RuntimeError("no"))) as log:
        with pytest.raises(RuntimeError):
            await log.submit(command(Add(amount=POISON), "k", counter=f"c{POISON}"))
        assert await log.head() == 1


async def test_who_publishes_what_was_committed_may_fail_and_everybody_has_his_answer(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with log_over(FaultyStore()) as log:
        with monkeypatch.context() as planted:
            planted.setattr(log._recent, "wrote", lambda events: 1 // 0)  # type: ignore[attr-defined]
            first = await log.submit(command(Add(amount=1), "k1"))
        assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [ZeroDivisionError]
        assert await log.submit(command(Add(amount=1), "k1")) == first
        assert [event.position for event in await log.follow(0)] == [1]


async def test_what_a_decider_calls_unavailable_is_its_commands_answer_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A calendar that has not arrived is no store that is away: before, the whole batch was told so."""
    store = in_decide(monkeypatch, StoreUnavailable("the calendar has not arrived"))
    async with log_over(store) as log:
        told = await asyncio.gather(
            *(log.submit(command(Add(amount=n), f"k{n}", counter=f"c{n}")) for n in range(10, 16)),
            return_exceptions=True,
        )
        assert [isinstance(result, StoreUnavailable) for result in told] == [n == POISON for n in range(10, 16)]


class GoesAway(FaultyStore):
    """Cannot read one scope; its transaction is over then."""

    def scope_events(self, tenant: str, scope: str, after: int) -> Any:
        if scope == LIMIT_SCOPE:
            raise StoreUnavailable("disk I/O error")
        return super().scope_events(tenant, scope, after)


@pytest.mark.parametrize("swallowed", [True, False])
async def test_a_store_that_fails_while_a_job_is_decided_fails_the_batch_whoever_caught_the_error(
    monkeypatch: pytest.MonkeyPatch, swallowed: bool
) -> None:
    decide = TOY.decide

    def asks(state: Any, given: Command[Any], facts: Any) -> Any:
        if not poisoned(given):
            return decide(state, given, {LIMIT_SCOPE: TOY.initial()})
        with contextlib.suppress(StoreUnavailable) if swallowed else contextlib.nullcontext():
            facts[LIMIT_SCOPE]
        return decide(state, given, {LIMIT_SCOPE: TOY.initial()})

    monkeypatch.setitem(TOY.__dict__, "decide", asks)
    async with log_over(GoesAway()) as log:
        await log.submit(command(Add(amount=1), "k"))
        told = await asyncio.gather(
            *(log.submit(command(Add(amount=n), f"k{n}")) for n in (1, 2, POISON)), return_exceptions=True
        )
        assert [getattr(error, "code", "") for error in told] == [StoreUnavailable.code] * 3
        assert await log.head() == 1
