"""The watch over the clock: against a database's, and where there is none against a clock that nobody sets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.kernel.clock import LegalClock, VirtualLegalClock, VirtualMachineClock
from shared.kernel.errors import StoreUnavailable
from shared.kernel.instants import Instant, plus_seconds, to_datetime, to_instant
from shared.timekeeping import watch as watch_module
from shared.timekeeping.doubt import confirm, remembered
from shared.timekeeping.watch import CLOCK_BOUND_S, JUMP_BOUND_S, MEASURED_MAX_AGE_S, ClockWatch
from tests.support.toy_ledger import COUNTER, START, Add, toy_command

START_S = to_datetime(START).timestamp()
TWO_WEEKS_S = 14 * 86_400.0


class MachineLegal:
    """Legal time by the clock of a machine, as a process has it."""

    def __init__(self, machine: VirtualMachineClock) -> None:
        self._machine = machine

    def now(self) -> Instant:
        return to_instant(datetime.fromtimestamp(self._machine.now(), UTC))

    async def wait_until(self, instant: Instant) -> None:
        raise NotImplementedError


class Database:
    """A log whose database has a clock, of which nobody here sees more than it answers."""

    has_clock = True

    def __init__(self, machine: VirtualMachineClock) -> None:
        self._machine = machine
        self._begins_s = machine.elapsed()
        self.away = False
        self.answers_after_s = 0.0
        self.asked = 0
        self.changed = asyncio.Event()
        self.set_by_s = 0.0
        self.newest: Instant | None = None
        self.newest_read = 0

    async def now_s(self) -> float:
        self.asked += 1
        self.changed.set()
        if self.away:
            raise StoreUnavailable
        self._machine.advance(self.answers_after_s / 2)
        now_s = START_S + self.set_by_s + self._machine.elapsed() - self._begins_s
        self._machine.advance(self.answers_after_s / 2)
        return now_s

    async def head(self) -> int:
        return 0 if self.newest is None else 1

    async def read(self, after: int, limit: int) -> Sequence[SimpleNamespace]:
        self.newest_read += 1
        return [SimpleNamespace(recorded_at=self.newest)]


@pytest.fixture
def machine() -> VirtualMachineClock:
    return VirtualMachineClock(START_S)


async def look(watch: ClockWatch) -> None:
    """What the loop does each second."""
    await watch._look()


def watching(log: Any, machine: VirtualMachineClock, legal: LegalClock | None = None) -> ClockWatch:
    return ClockWatch("counter", cast("EventLog[Any]", log), legal or MachineLegal(machine), machine)


@pytest.mark.parametrize("apart_s", [TWO_WEEKS_S, -TWO_WEEKS_S, CLOCK_BOUND_S + 0.1, -CLOCK_BOUND_S - 0.1])
async def test_a_clock_away_from_the_databases_is_not_believed_until_they_agree_again(
    machine: VirtualMachineClock, apart_s: float
) -> None:
    watch = watching(Database(machine), machine)
    machine.set(machine.now() + apart_s)
    assert watch.trouble(), "what was never compared is not believed"
    await look(watch)
    found = watch.trouble()
    assert found and f"{abs(apart_s):.1f}" in found.en
    machine.set(machine.elapsed())
    await look(watch)
    assert watch.trouble() is None


@pytest.mark.parametrize("apart_s", [CLOCK_BOUND_S - 0.1, -CLOCK_BOUND_S + 0.1])
async def test_a_clock_within_the_bound_is_believed(machine: VirtualMachineClock, apart_s: float) -> None:
    machine.set(machine.now() + apart_s)
    watch = watching(Database(machine), machine)
    await look(watch)
    assert watch.trouble() is None


async def test_a_clock_that_is_set_between_two_looks_is_noticed_at_once(machine: VirtualMachineClock) -> None:
    watch = watching(Database(machine), machine)
    await look(watch)
    machine.set(machine.now() + TWO_WEEKS_S)
    assert watch.trouble()
    machine.set(machine.elapsed())
    assert watch.trouble() is None


async def test_a_legal_clock_of_its_own_is_compared_too(machine: VirtualMachineClock) -> None:
    class Ahead(MachineLegal):
        def now(self) -> Instant:
            return plus_seconds(super().now(), TWO_WEEKS_S)

    watch = watching(Database(machine), machine, Ahead(machine))
    await look(watch)
    assert watch.trouble()


async def test_a_slow_answer_is_not_held_against_the_clock_and_hides_no_difference(
    machine: VirtualMachineClock,
) -> None:
    database = Database(machine)
    watch = watching(database, machine)
    database.answers_after_s = 2 * CLOCK_BOUND_S - 0.2
    await look(watch)
    assert watch.trouble() is None
    machine.set(machine.now() + 2 * CLOCK_BOUND_S)
    database.answers_after_s = 60.0
    await look(watch)
    assert watch.trouble(), "an answer between two far readings says next to nothing"


@pytest.mark.parametrize("behind_s", [CLOCK_BOUND_S + 0.1, TWO_WEEKS_S])
async def test_a_database_whose_clock_lies_before_the_newest_event_is_not_believed_at_a_start(
    machine: VirtualMachineClock, behind_s: float
) -> None:
    """Both clocks were set back while all was off: they agree, and readiness said all is well."""
    database = Database(machine)
    database.newest = plus_seconds(START, behind_s)
    watch = watching(database, machine)
    await look(watch)
    found = watch.trouble()
    assert found and f"{behind_s:.1f}" in found.en and f"{behind_s:.1f}" in found.zh
    machine.advance(behind_s - CLOCK_BOUND_S)
    await look(watch)
    assert watch.trouble() is None


async def test_both_clocks_that_are_set_back_while_all_runs_are_noticed_and_the_log_is_not_read_each_second(
    machine: VirtualMachineClock,
) -> None:
    database = Database(machine)
    database.newest = START
    watch = watching(database, machine)
    for _ in range(5):
        await look(watch)
        machine.advance(1.0)
    assert watch.trouble() is None and database.newest_read == 1
    database.set_by_s = -60.0
    machine.set(machine.now() - 60.0)
    await look(watch)
    assert watch.trouble()
    database.set_by_s = 0.0
    machine.set(machine.elapsed())
    await look(watch)
    assert watch.trouble() is None


async def test_while_the_database_is_away_the_last_comparison_holds_for_a_while(machine: VirtualMachineClock) -> None:
    database = Database(machine)
    watch = watching(database, machine)
    await look(watch)
    database.away = True
    machine.advance(MEASURED_MAX_AGE_S)
    with pytest.raises(StoreUnavailable):
        await look(watch)
    assert watch.trouble() is None
    machine.advance(1.0)
    assert watch.trouble()


async def test_a_process_starts_though_its_database_is_away(machine: VirtualMachineClock) -> None:
    database = Database(machine)
    database.away = True
    async with watching(database, machine) as watch:
        assert watch.trouble()


async def test_virtual_legal_time_has_nothing_to_do_with_the_machines() -> None:
    machine = VirtualMachineClock(START_S)
    watch = watching(Database(machine), machine, VirtualLegalClock(START))
    assert not watch.gates
    await look(watch)
    machine.set(machine.now() + TWO_WEEKS_S)
    assert watch.trouble(), "readiness says so all the same: ages and tokens go by it"


async def test_a_real_machines_clock_is_compared_with_a_database_whatever_legal_time_is() -> None:
    class Real:
        """The clock of a machine that somebody has set."""

        def now(self) -> float:
            return virtual.now()

        def elapsed(self) -> float:
            return virtual.elapsed()

        async def sleep(self, seconds: float) -> None:
            await virtual.sleep(seconds)

    virtual = VirtualMachineClock(START_S)
    watch = ClockWatch("counter", cast("EventLog[Any]", Database(virtual)), VirtualLegalClock(START), Real())
    await look(watch)
    assert watch.gates and watch.trouble() is None
    virtual.set(virtual.now() - TWO_WEEKS_S)
    assert watch.trouble()


class OwnLegal(MachineLegal):
    """A legal clock of its own: what is done to the machine's does not move it."""

    def __init__(self, machine: VirtualMachineClock) -> None:
        super().__init__(machine)
        self.set_by_s = 0.0

    def now(self) -> Instant:
        return to_instant(datetime.fromtimestamp(self._machine.elapsed() + self.set_by_s, UTC))


@pytest.mark.parametrize("clock", ["machine", "legal"])
@pytest.mark.parametrize("by_s", [TWO_WEEKS_S, -TWO_WEEKS_S])
@pytest.mark.parametrize("beside", ["a database with a clock", "no other clock"])
async def test_either_clock_counts_by_itself_whichever_way_it_was_set(
    machine: VirtualMachineClock, log: EventLog[Any], clock: str, by_s: float, beside: str
) -> None:
    """The one that is right makes up for nothing: tokens and ages go by the machine's, receipt by the legal one."""
    legal = OwnLegal(machine)
    watch = watching(log if beside == "no other clock" else Database(machine), machine, legal)
    await look(watch)
    assert watch.trouble() is None
    if clock == "legal":
        legal.set_by_s = by_s
    else:
        machine.set(machine.now() + by_s)
    assert watch.trouble(), "between two looks"
    await look(watch)
    assert watch.trouble()


@pytest.mark.parametrize("step_s", [JUMP_BOUND_S - 1, 1 - JUMP_BOUND_S])
async def test_a_clock_does_not_creep_away_by_being_put_back_almost(
    log: EventLog[Any], machine: VirtualMachineClock, step_s: float
) -> None:
    """What counts is how far it is from where it was last believed, not from where it was put back to."""
    watch = watching(log, machine)
    await look(watch)
    for back_to_s in (step_s, 2 * step_s):
        machine.set(machine.elapsed() + TWO_WEEKS_S)
        await look(watch)
        assert watch.trouble()
        machine.set(machine.elapsed() + back_to_s)
        await look(watch)
    assert watch.trouble(), "two steps within the bound are together beyond it"
    machine.set(machine.elapsed())
    await look(watch)
    await look(watch)
    assert watch.trouble() is None


async def test_what_was_confirmed_is_where_the_next_jump_is_measured_from(
    log: EventLog[Any], machine: VirtualMachineClock
) -> None:
    watch = watching(log, machine)
    machine.set(machine.now() + TWO_WEEKS_S)
    await look(watch)
    assert await confirm(log, "qian", MachineLegal(machine).now())
    await look(watch)
    machine.set(machine.now() - TWO_WEEKS_S)
    assert watch.trouble(), "to where it was before it was confirmed elsewhere"


@pytest.fixture
async def log(machine: VirtualMachineClock) -> AsyncIterator[EventLog[Any]]:
    """A log in a store without a clock of its own, as SQLite's."""
    log = await open_log(COUNTER, "memory:", MachineLegal(machine), machine)
    yield log
    await log.close()


@pytest.mark.parametrize("set_by_s", [TWO_WEEKS_S, -TWO_WEEKS_S, JUMP_BOUND_S + 1])
async def test_a_clock_that_is_set_is_not_believed_until_a_person_confirms_it_and_a_restart_does_not_help(
    log: EventLog[Any], machine: VirtualMachineClock, set_by_s: float
) -> None:
    watch = watching(log, machine)
    await look(watch)
    assert watch.trouble() is None
    before = machine.now()
    machine.set(before + set_by_s)
    assert watch.trouble(), "before anything was written about it"
    await look(watch)
    doubt = await remembered(log)
    assert doubt and doubt.open
    assert to_datetime(doubt.set_from).timestamp() == pytest.approx(before)
    restarted = watching(log, machine)
    for _ in range(3):
        machine.advance(60.0)
        for life in (watch, restarted):
            await look(life)
            assert life.trouble()
    assert await confirm(log, "qian", MachineLegal(machine).now())
    for life in (watch, restarted, watching(log, machine)):
        await look(life)
        assert life.trouble() is None
    settled = await remembered(log)
    assert settled and (settled.open, settled.confirmed_by) == (False, "qian")
    kept = await log.list_documents("clock", "", "confirmed")
    assert len(kept) == 1
    # The next jump is a new one.
    machine.set(machine.now() + TWO_WEEKS_S)
    await look(watch)
    assert watch.trouble()


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_clock_that_is_put_back_is_believed_again(
    log: EventLog[Any], machine: VirtualMachineClock, restarted: bool
) -> None:
    watch = watching(log, machine)
    machine.set(machine.now() + TWO_WEEKS_S)
    await look(watch)
    if restarted:
        watch = watching(log, machine)
        await look(watch)
    assert watch.trouble()
    machine.advance(60.0)
    machine.set(machine.elapsed())
    await look(watch)
    await look(watch)
    assert watch.trouble() is None
    doubt = await remembered(log)
    assert doubt and not doubt.open and not doubt.confirmed_by


async def test_what_a_time_server_corrects_is_no_jump(log: EventLog[Any], machine: VirtualMachineClock) -> None:
    watch = watching(log, machine)
    machine.set(machine.now() + JUMP_BOUND_S - 0.1)
    await look(watch)
    assert watch.trouble() is None


async def test_a_clock_before_the_newest_event_is_not_believed_until_it_has_got_there_or_somebody_confirms(
    log: EventLog[Any], machine: VirtualMachineClock
) -> None:
    machine.advance(TWO_WEEKS_S)
    await log.submit(toy_command("counter/c1", Add(amount=1), "a"))
    machine.set(START_S)
    watch = watching(log, machine)
    await look(watch)
    assert watch.trouble()
    machine.advance(TWO_WEEKS_S + 1)
    await look(watch)
    assert watch.trouble() is None
    machine.set(START_S)
    confirmed = watching(log, machine)
    await look(confirmed)
    await confirm(log, "qian", MachineLegal(machine).now())
    for life in (confirmed, watching(log, machine)):
        await look(life)
        assert life.trouble() is None


async def test_nobody_confirms_what_nobody_doubts(log: EventLog[Any]) -> None:
    assert await confirm(log, "qian", START) is None


async def test_the_watch_looks_by_itself(machine: VirtualMachineClock) -> None:
    database = Database(machine)
    async with watching(database, machine) as watch:
        while database.asked < 2:
            database.changed.clear()
            await database.changed.wait()
        machine.advance(MEASURED_MAX_AGE_S + watch_module.MEASURE_EVERY_S)
        while database.asked < 3:
            database.changed.clear()
            await database.changed.wait()
        assert watch.trouble() is None
