"""What PostgreSQL can do to the store: maintenance beside it, lost connections, a stopped holder of the lock."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import psycopg
import pytest

from shared.eventstore import postgres_datastore
from shared.eventstore.log import open_log
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock
from shared.kernel.errors import StoreUnavailable
from shared.kernel.failpoints import Block, arm, at_passing
from tests.support.logs import in_schema, opened
from tests.support.postgres_proxy import wire
from tests.support.toy_service import NOW, TOY, Add, command, envelope

Place = tuple[str, str]

MAINTENANCE = ("VACUUM events, results, outbox", "ANALYZE events, results, outbox")


def maintain(place: Place) -> None:
    """VACUUM and ANALYZE the log's tables; raises when they would have to wait."""
    dsn, schema = place
    with psycopg.connect(dsn, autocommit=True, options=f"-c search_path={schema} -c lock_timeout=500ms") as session:
        for statement in MAINTENANCE:
            session.execute(statement.encode())


async def test_vacuum_and_analyze_do_not_wait_for_a_writer(fresh_schema: Place) -> None:
    async with opened(in_schema(*fresh_schema)) as log:
        await log.submit(command(Add(amount=1), "k1"))
        block = Block()
        with arm("writer.inserted_before_commit", block):
            writing = asyncio.create_task(log.submit(command(Add(amount=1), "k2")))
            await asyncio.to_thread(block.wait_reached)
            await asyncio.to_thread(maintain, fresh_schema)
            block.released.set()
            assert (await writing).version == 2


async def test_a_writer_does_not_wait_for_vacuum_and_analyze(fresh_schema: Place) -> None:
    dsn, schema = fresh_schema
    async with opened(in_schema(dsn, schema)) as log:
        await log.submit(command(Add(amount=1), "k1"))
        with psycopg.connect(dsn, options=f"-c search_path={schema}") as session:
            # Holds what VACUUM and ANALYZE hold while they work, until the end of the transaction.
            session.execute("LOCK TABLE events, results, outbox IN SHARE UPDATE EXCLUSIVE MODE")
            assert (await log.submit(command(Add(amount=1), "k2"))).version == 2


async def test_maintenance_would_wait_for_a_lock_on_the_table(fresh_schema: Place) -> None:
    """The planted violation: the lock that the library's recorder takes."""
    dsn, schema = fresh_schema
    async with opened(in_schema(dsn, schema)):
        with psycopg.connect(dsn, options=f"-c search_path={schema}") as session:
            session.execute("LOCK TABLE events IN EXCLUSIVE MODE")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                await asyncio.to_thread(maintain, fresh_schema)


async def test_a_lost_commit_reply_is_found_out_by_the_keys(fresh_schema: Place) -> None:
    dsn, schema = fresh_schema
    # A short path: the names of Unix sockets are.
    with tempfile.TemporaryDirectory() as folder:
        async with wire(dsn, Path(folder)) as (line, behind), opened(in_schema(behind, schema)) as log:
            await log.submit(command(Add(amount=1), "k1"))
            line.swallow_commit_reply = True
            result, receipt = await asyncio.gather(
                log.submit(command(Add(amount=2), "k2", expected_version=1)), log.receive(envelope(1))
            )
            assert (line.cut, result.version, result.outcome.kind) == (1, 2, "done")
            assert receipt.kind == "repeat"
            state, _ = await log.state("t1", "counter/c1")
            assert (state.total, state.echoed, len(await log.outbox(0))) == (3, 1, 2)


def terminate_writers(dsn: str, schema: str) -> None:
    """End every session of the log's own, as a failover or an administrator does."""
    with psycopg.connect(dsn, autocommit=True) as session:
        session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
            (f"qizhang {schema}",),
        )


@pytest.mark.parametrize("point", ["writer.under_lock", "writer.decided", "writer.inserted_before_commit"])
async def test_a_connection_lost_at_any_point_costs_nothing_but_time(fresh_schema: Place, point: str) -> None:
    dsn, schema = fresh_schema

    def cut() -> None:
        terminate_writers(dsn, schema)

    async with opened(in_schema(dsn, schema)) as log:
        await log.submit(command(Add(amount=1), "k1"))
        terminate_writers(dsn, schema)
        with arm(point, at_passing(1, cut)):
            results = await asyncio.gather(*(log.submit(command(Add(amount=1), f"k{n}")) for n in (2, 3)))
        assert sorted(result.version for result in results) == [2, 3]
        assert (await log.state("t1", "counter/c1"))[0].total == 3


@pytest.mark.parametrize("point", ["writer.under_lock", "writer.decided"])
async def test_a_writer_that_stopped_with_the_lock_does_not_stop_the_others(
    fresh_schema: Place, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    location = in_schema(*fresh_schema)
    async with opened(location) as other:
        await other.submit(command(Add(amount=4), "k0"))
        monkeypatch.setattr(postgres_datastore, "IDLE_WITH_LOCK_MAX_S", 1)
        monkeypatch.setattr(postgres_datastore, "TRANSACTION_MAX_S", 1)
        async with opened(location) as stopped:
            block = Block()
            with arm(point, at_passing(1, block)):
                late = asyncio.create_task(stopped.submit(command(Add(amount=1), "k1")))
                await asyncio.to_thread(block.wait_reached)
                assert (await other.submit(command(Add(amount=2), "k2"))).version == 2
                block.released.set()
                assert (await late).version == 3
            assert (await stopped.state("t1", "counter/c1"))[0].total == 7


async def test_many_processes_may_start_on_an_empty_database_at_once(postgres_dsn: str, fresh_schema: Place) -> None:
    dsn, schema = fresh_schema
    location = in_schema(dsn, f"{schema}_new")
    try:
        logs = await asyncio.gather(
            *(open_log(TOY, location, VirtualLegalClock(NOW), SystemMachineClock()) for _ in range(6))
        )
        results = await asyncio.gather(
            *(log.submit(command(Add(amount=1), str(number))) for number, log in enumerate(logs))
        )
        assert sorted(result.position for result in results) == [1, 2, 3, 4, 5, 6]
        await asyncio.gather(*(log.close() for log in logs))
    finally:
        with psycopg.connect(dsn, autocommit=True) as session:
            session.execute(f"DROP SCHEMA {schema}_new CASCADE".encode())


async def test_two_services_in_one_database_do_not_meet(postgres_dsn: str, fresh_schema: Place) -> None:
    dsn, schema = fresh_schema
    neighbour = in_schema(dsn, f"{schema}_two")
    try:
        async with opened(in_schema(dsn, schema)) as one, opened(neighbour) as two:
            block = Block()
            with arm("writer.decided", at_passing(1, block)):
                held = asyncio.create_task(one.submit(command(Add(amount=1), "k1")))
                await asyncio.to_thread(block.wait_reached)
                assert (await two.submit(command(Add(amount=1), "k1"))).position == 1
                block.released.set()
                assert (await held).position == 1
    finally:
        with psycopg.connect(dsn, autocommit=True) as session:
            session.execute(f"DROP SCHEMA {schema}_two CASCADE".encode())


def durable(session: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    return session.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", (list(SETTINGS),)).fetchall()


SETTINGS = {"synchronous_commit": "on", "transaction_isolation": "read committed"}


async def test_the_sessions_of_a_log_have_the_settings_the_guarantees_rest_on(fresh_schema: Place) -> None:
    datastore = postgres_datastore.LedgerDatastore(*fresh_schema)
    try:
        with datastore.connect() as own, datastore.get_connection() as pooled:
            pooled.row_factory = psycopg.rows.tuple_row
            assert dict(durable(own)) == dict(durable(pooled)) == SETTINGS
    finally:
        datastore.close()


@pytest.mark.parametrize("location", ["postgresql://localhost/x", "postgresql://localhost/x?schema=Robert;"])
async def test_a_log_in_postgresql_needs_a_proper_schema(location: str) -> None:
    with pytest.raises(ValueError, match="schema"):
        await open_log(TOY, location, VirtualLegalClock(NOW), SystemMachineClock())


async def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_datastore, "CONNECT_TIMEOUT_S", 1)
    with pytest.raises(StoreUnavailable):
        await open_log(TOY, f"postgresql:///x?host={tmp_path}&schema=s", VirtualLegalClock(NOW), SystemMachineClock())


@pytest.mark.parametrize(
    ("location", "dsn"),
    [
        ("postgresql://u:p@h/d?schema=s", "postgresql://u:p@h/d"),
        ("postgresql://h/d?options=-c%20work_mem%3D4MB&schema=s", "postgresql://h/d?options=-c%20work_mem%3D4MB"),
        ("postgresql://h/d?schema=s&application_name=a+b%2Bc&x=", "postgresql://h/d?application_name=a+b%2Bc&x="),
        ("postgresql://h/d?host=%2Frun%2Fpg%20sockets&schema=s", "postgresql://h/d?host=%2Frun%2Fpg%20sockets"),
    ],
)
def test_what_a_location_says_reaches_the_driver_as_it_was_given(location: str, dsn: str) -> None:
    assert postgres_datastore.split_location(location) == (dsn, "s")


async def test_a_parameter_with_a_space_is_one(fresh_schema: Place) -> None:
    """Before, it became a literal plus, which PostgreSQL does not understand."""
    dsn, schema = fresh_schema
    async with opened(in_schema(f"{dsn}&options=-c%20work_mem%3D4MB", schema)) as log:
        assert await log.head() == 0
