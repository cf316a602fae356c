"""Whose clock counts: the database's, for leases and for what may be recorded; another one decides nothing."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from shared.commands import legal_time
from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.kernel.clock import (
    CLOCK_BOUND_S,
    SystemLegalClock,
    SystemMachineClock,
    VirtualLegalClock,
    VirtualMachineClock,
)
from shared.kernel.errors import ClockUntrusted
from shared.kernel.instants import Instant, to_datetime, to_instant
from tests.support.logs import in_schema, opened
from tests.support.toy_service import TOY, Add, command, envelope

HOUR_S = 3600.0
TWO_WEEKS_S = 14 * 24 * HOUR_S


class SetMachine(SystemMachineClock):
    """A machine whose clock somebody has set."""

    def __init__(self, by_s: float) -> None:
        self.by_s = by_s

    def now(self) -> float:
        return super().now() + self.by_s


class SetLegal(SystemLegalClock):
    """Legal time as that machine has it."""

    def __init__(self, machine: SetMachine) -> None:
        self._machine = machine

    def now(self) -> Instant:
        return to_instant(datetime.now(UTC) + timedelta(seconds=self._machine.by_s))


@pytest.fixture
async def replicas(fresh_schema: tuple[str, str]) -> AsyncIterator[dict[float, EventLog[Any]]]:
    """Logs of one schema by how far the clock of their machine is ahead."""
    async with AsyncExitStack() as stack:
        logs: dict[float, EventLog[Any]] = {}
        for by_s in (0.0, HOUR_S, -HOUR_S, TWO_WEEKS_S, CLOCK_BOUND_S / 4):
            machine = SetMachine(by_s)
            log = await open_log(TOY, in_schema(*fresh_schema), SetLegal(machine), machine)
            stack.push_async_callback(log.close)
            logs[by_s] = log
        yield logs


@pytest.mark.parametrize("by_s", [HOUR_S, -HOUR_S, TWO_WEEKS_S])
async def test_r_409_a_replica_beyond_the_clock_bound_decides_and_records_nothing(
    replicas: dict[float, EventLog[Any]], by_s: float
) -> None:
    """Before, recorded_at of every later event was two weeks in the future."""
    right, wrong = replicas[0.0], replicas[by_s]
    await right.submit(command(Add(amount=1), "k1"))
    with pytest.raises(ClockUntrusted):
        await wrong.submit(command(Add(amount=1), "k2"))
    with pytest.raises(ClockUntrusted):
        await wrong.receive(envelope(1))
    await right.submit(command(Add(amount=1), "k2"))
    [first, second] = await right.read(0)
    assert to_datetime(second.recorded_at).timestamp() <= time.time() + CLOCK_BOUND_S
    assert first.recorded_at <= second.recorded_at
    assert await right.parked(10) == []


async def test_under_virtual_legal_time_a_replica_whose_machine_is_beyond_the_bound_writes_nothing(
    fresh_schema: tuple[str, str],
) -> None:
    machine, location = SetMachine(0.0), in_schema(*fresh_schema)
    log = await open_log(TOY, location, VirtualLegalClock("2024-01-08T00:00:00.000Z"), machine)
    await log.submit(command(Add(amount=1), "k1"))
    machine.by_s = -HOUR_S
    with pytest.raises(ClockUntrusted):
        await log.submit(command(Add(amount=1), "k2"))
    machine.by_s = 0.0
    assert (await log.submit(command(Add(amount=1), "k2"))).position == 2
    await log.close()


async def test_within_the_bound_a_replica_writes(replicas: dict[float, EventLog[Any]]) -> None:
    assert (await replicas[CLOCK_BOUND_S / 4].submit(command(Add(amount=1), "k1"))).position == 1


async def test_a_clock_that_is_put_right_is_believed_at_once(fresh_schema: tuple[str, str]) -> None:
    machine = SetMachine(HOUR_S)
    log = await open_log(TOY, in_schema(*fresh_schema), SetLegal(machine), machine)
    with pytest.raises(ClockUntrusted):
        await log.submit(command(Add(amount=1), "k1"))
    machine.by_s = 0.0
    assert (await log.submit(command(Add(amount=1), "k1"))).position == 1
    await log.close()


async def test_a_process_that_had_no_processor_is_not_taken_for_one_that_is_ahead(
    fresh_schema: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first look comes long after the answer, the second does not."""
    machine = SetMachine(0.0)
    looks = legal_time.LegalTime._check_machine

    def late(self: Any, known: Any, database_s: Any) -> None:
        known = type(known)(**{**known.__dict__, "machine_s": known.machine_s - HOUR_S})
        looks(self, known, database_s)

    monkeypatch.setattr(legal_time.LegalTime, "_check_machine", late)
    log = await open_log(TOY, in_schema(*fresh_schema), SetLegal(machine), machine)
    assert (await log.submit(command(Add(amount=1), "k1"))).position == 1
    await log.close()


async def test_nothing_is_recorded_behind_an_event_from_the_future(fresh_schema: tuple[str, str]) -> None:
    """An older build, or a database whose clock was wrong: recorded_at never decreases, so all would go on there."""
    dsn, schema = fresh_schema
    machine = SetMachine(0.0)
    log = await open_log(TOY, in_schema(dsn, schema), SetLegal(machine), machine)
    await log.submit(command(Add(amount=1), "k1"))
    future = to_instant(datetime.now(UTC) + timedelta(days=14))
    with psycopg.connect(dsn, autocommit=True) as session:
        session.execute(f"UPDATE {schema}.events SET recorded_at = %s".encode(), (future,))
    with pytest.raises(ClockUntrusted, match="ahead of the database"):
        await log.submit(command(Add(amount=1), "k2"))
    await log.close()


async def test_clocks_that_are_set_by_hand_have_nothing_to_do_with_the_databases(
    fresh_schema: tuple[str, str],
) -> None:
    async with opened(in_schema(*fresh_schema), machine=VirtualMachineClock()) as log:
        assert (await log.submit(command(Add(amount=1), "k1"))).position == 1


async def test_a_replica_ahead_takes_no_lease_from_the_living_and_one_behind_takes_the_dead_ones(
    replicas: dict[float, EventLog[Any]], fresh_schema: tuple[str, str]
) -> None:
    dsn, schema = fresh_schema
    right, ahead, behind = replicas[0.0], replicas[HOUR_S], replicas[-HOUR_S]
    assert await right.acquire_lease("relay", "right", 60.0)
    assert await ahead.acquire_lease("relay", "ahead", 60.0) is None
    with psycopg.connect(dsn, autocommit=True) as session:
        session.execute(f"UPDATE {schema}.leases SET expires_s = expires_s - 61".encode())
    lease = await behind.acquire_lease("relay", "behind", 60.0)
    assert lease is not None
    assert await behind.renew_lease(lease, 60.0)
    assert await right.acquire_lease("relay", "right", 60.0) is None
    await behind.release_lease(lease)
    assert await ahead.acquire_lease("relay", "ahead", 60.0)
