"""What the databases themselves do to a write: rows they refuse, statements they break off, commits nobody hears of."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import random
import resource
import sqlite3
import string
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from shared.commands import runner
from shared.eventstore import names, postgres_transaction, sqlite_store
from shared.eventstore.port import EventLog
from shared.eventstore.postgres_wire import Statement
from shared.eventstore.store import ValuesRefused
from shared.kernel.actors import CATALOG_TENANT
from shared.kernel.errors import InvalidRequest, LedgerError, OutcomeNotKnown, StoreUnavailable
from shared.kernel.failpoints import Block, arm, at_passing
from tests.support.logs import BACKENDS, DURABLE, Backend, in_schema, location_of, opened
from tests.support.postgres_proxy import wire
from tests.support.toy_service import ALICE, LIMIT_SCOPE, TOY, Add, CounterChanged, command, envelope, react

# What an index compresses is not too large for it, so this must look like chance.
LONG = "".join(random.Random(1).choices(string.ascii_letters + string.digits, k=6000))
NOT_STORABLE = {"long": LONG, "nul": "a\0b", "chinese": "合同" * 400}


async def gathered(log: EventLog[Any], *work: Callable[[], Any]) -> list[Any]:
    """The outcomes of what is written in one transaction; errors are outcomes."""
    block = Block()
    with arm("writer.before_lock", at_passing(1, block)):
        first = asyncio.create_task(log.submit(command(Add(amount=0), "first")))
        await asyncio.to_thread(block.wait_reached)
        others = [asyncio.ensure_future(one()) for one in work]
        await asyncio.wait(others, timeout=0)
        block.released.set()
        await first
        return list(await asyncio.gather(*others, return_exceptions=True))


def adds(log: EventLog[Any], count: int = 20, amount: int = 1) -> list[Callable[[], Any]]:
    """Commands for as many counters."""
    return [partial(log.submit, command(Add(amount=amount), f"k{n}", counter=f"n{n}")) for n in range(count)]


@pytest.fixture(params=BACKENDS)
def location(request: pytest.FixtureRequest) -> str:
    return location_of(request.param, request)


@pytest.mark.parametrize("kind", NOT_STORABLE)
@pytest.mark.parametrize("place", ["key", "tenant", "event_id"])
async def test_a_message_that_no_index_takes_is_parked_and_the_others_commit(
    location: str, kind: str, place: str
) -> None:
    async with opened(location) as log:
        text = NOT_STORABLE[kind]
        message = envelope(1, CounterChanged(counter="c", amount=1, total=1), **{place: text})
        receipt, *results = await gathered(log, lambda: log.receive(message), *adds(log))
        assert [result.version for result in results] == [1] * 20
        if place == "event_id" and "\0" not in text:
            # It stands in no index: a message is known by an id of ours, derived from it.
            assert receipt.kind == "applied"
            return
        assert receipt.kind == "parked" or (receipt.kind == "applied" and place == "event_id")
        if receipt.kind == "parked":
            assert [found.envelope for found in await log.parked(10)] == [message]
            assert (await log.receive(message)).kind == "parked"
            await log.discard_parked(message, "no name of ours")
            assert await log.parked(10) == []


@pytest.mark.parametrize("kind", NOT_STORABLE)
async def test_a_command_with_a_name_that_no_index_takes_is_refused_and_the_others_commit(
    location: str, kind: str
) -> None:
    bad = NOT_STORABLE[kind]
    actor = type(ALICE)(issuer=ALICE.issuer, subject=bad, organisation="acme")
    async with opened(location) as log:
        *refused, last = await gathered(
            log,
            lambda: log.submit(command(Add(amount=1), bad)),
            lambda: log.submit(command(Add(amount=1), "k", counter=bad)),
            lambda: log.submit(command(Add(amount=1), "k", actor=actor)),
            *adds(log, 1),
        )
        assert last.version == 1
        assert all(isinstance(error, Exception) for error in refused)
        # Where the database itself cannot read the name, it is the database that refuses.
        assert all(isinstance(error, InvalidRequest) for error in refused) or kind == "nul"
        assert not any(isinstance(error, StoreUnavailable) for error in refused)


async def test_an_index_row_that_is_too_large_is_refused_by_the_database_itself(
    fresh_schema: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a name had come past every door."""
    monkeypatch.setattr(names, "NAME_BYTES_MAX", 100_000)
    async with opened(in_schema(*fresh_schema)) as log:
        refused, *results = await gathered(log, lambda: log.submit(command(Add(amount=1), LONG)), *adds(log))
        assert isinstance(refused, ValuesRefused)
        assert [result.version for result in results] == [1] * 20


REFUSE_ONE_STREAM = {
    "postgres": "ALTER TABLE {schema}.events ADD CHECK (stream NOT IN ('counter-bad', 'echo-bad'))",
    "sqlite": """CREATE TRIGGER refuse BEFORE INSERT ON events WHEN new.stream IN ('counter-bad', 'echo-bad')
                 BEGIN SELECT RAISE(ABORT, 'no such stream'); END""",
}


@pytest.mark.parametrize("backend", DURABLE)
async def test_rows_that_the_database_refuses_are_their_elements_alone(
    backend: Backend, request: pytest.FixtureRequest
) -> None:
    async with opened(location_of(backend, request)) as log:
        if backend == "postgres":
            dsn, schema = request.getfixturevalue("fresh_schema")
            with psycopg.connect(dsn, autocommit=True) as session:
                session.execute(REFUSE_ONE_STREAM[backend].format(schema=schema).encode())
        else:
            with sqlite3.connect(request.getfixturevalue("tmp_path") / "log.db") as connection:
                connection.execute(REFUSE_ONE_STREAM[backend])
            connection.close()
        refused, receipt, *results = await gathered(
            log,
            lambda: log.submit(command(Add(amount=1), "bad", counter="bad")),
            lambda: log.receive(envelope(1, key="bad")),
            *adds(log),
        )
        assert isinstance(refused, Exception) and not isinstance(refused, LedgerError)
        assert receipt.kind == "parked"
        assert [result.version for result in results] == [1] * 20
        assert await log.state("t1", "counter/bad") == (TOY.initial(), 0)


def asks_for_a_fact(state: Any, recorded: Any, facts: Any) -> Any:
    assert facts[LIMIT_SCOPE].limit
    return react(state, recorded, facts)


@contextmanager
def a_read_that_ends_the_transaction(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """SQLite rolls back by itself when a page cannot be read."""
    rows = sqlite_store.SQLiteSession.rows

    def fails(session: Any, statement: str, parameters: Any = ()) -> Any:
        if parameters and CATALOG_TENANT in parameters:
            session._cursor.execute("ROLLBACK")
            raise sqlite3.OperationalError("disk I/O error")
        return rows(session, statement, parameters)

    with monkeypatch.context() as planted:
        planted.setattr(sqlite_store.SQLiteSession, "rows", fails)
        yield


async def test_a_store_that_is_away_is_no_verdict_on_a_message_and_nothing_is_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before, the reaction's error was taken for the message's, and 16 commands were acknowledged and not stored."""
    location = f"sqlite:///{tmp_path}/log.db"
    async with opened(location) as log:
        await log.submit(command(Add(amount=1), "k"))
    # Nothing is cached: the fact is read while the message is decided. The commands need none.
    service = dataclasses.replace(TOY, react=asks_for_a_fact)
    async with opened(location, service=service) as log:
        with a_read_that_ends_the_transaction(monkeypatch):
            told = await gathered(log, *adds(log, 16, amount=0), lambda: log.receive(envelope(1)))
            assert [type(error) for error in told] == [StoreUnavailable] * 17
        assert await log.parked(10) == []
        assert (await log.receive(envelope(1))).kind == "applied"
    with sqlite3.connect(tmp_path / "log.db") as connection:
        assert connection.execute("SELECT count(*) FROM results").fetchall() == [(2,)]
    connection.close()


async def test_a_commit_commits_a_transaction_or_says_that_there_was_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second line, should anything but a failed statement ever end the transaction."""
    location = f"sqlite:///{tmp_path}/log.db"
    commit = sqlite_store.SQLiteTransaction.commit

    def ended(transaction: Any) -> None:
        transaction._cursor.execute("ROLLBACK")
        commit(transaction)

    async with opened(location) as log:
        with monkeypatch.context() as planted:
            planted.setattr(sqlite_store.SQLiteTransaction, "commit", ended)
            with pytest.raises(StoreUnavailable, match="had ended"):
                await log.submit(command(Add(amount=1), "k1"))
        assert (await log.submit(command(Add(amount=1), "k1"))).position == 1


@contextmanager
def no_room(first: int, last: int) -> Iterator[None]:
    """From the `first` commit to the `last` no file of this process may grow: the log cannot be flushed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    passed = 0

    def limit() -> None:
        nonlocal passed
        passed += 1
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096 if first <= passed <= last else soft, hard))

    try:
        with arm("writer.inserted_before_commit", limit):
            yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_commit_that_cannot_be_written_is_tried_again_until_it_is_known(tmp_path: Path) -> None:
    async with opened(f"sqlite:///{tmp_path}/log.db") as log:
        await log.submit(command(Add(amount=1), "k1"))
        with no_room(1, 2):
            assert (await log.submit(command(Add(amount=2), "k2"))).version == 2
        assert (await log.state("t1", "counter/c1"))[0].total == 3
        assert await log.head() == 2


@pytest.mark.parametrize("left_behind", [True, False])
async def test_while_commits_cannot_be_flushed_nobody_is_told_that_nothing_was_received(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left_behind: bool
) -> None:
    """What a failed flush has left in the file is read by the next recovery, or it is not; the key tells."""
    monkeypatch.setattr(runner, "UNKNOWN_OUTCOME_WAIT_S", 0.05)
    location = f"sqlite:///{tmp_path}/log.db"
    async with opened(location) as log:
        if left_behind:

            def flush_fails() -> None:
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
                raise error

            with arm("writer.committed_before_reply", flush_fails), pytest.raises(OutcomeNotKnown):
                await log.submit(command(Add(amount=1), "k1"))
        else:
            with no_room(1, 1000), pytest.raises(OutcomeNotKnown):
                await log.submit(command(Add(amount=1), "k1"))
    async with opened(location) as log:
        assert await log.head() == int(left_behind)
        assert (await log.submit(command(Add(amount=1), "k1"))).position == 1
        assert await log.head() == 1


async def cancelled_while_it_waits(dsn: str, schema: str) -> None:
    """Cancel the statement of the writer of a schema as soon as it waits for a lock."""
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as session:
        while True:
            found = await session.execute(
                """SELECT pg_cancel_backend(pid) FROM pg_stat_activity
                   WHERE application_name = %s AND wait_event_type = 'Lock'""",
                (f"qizhang {schema}",),
            )
            if await found.fetchall():
                return
            await session.execute("SELECT pg_sleep(0.01)")


async def test_a_cancelled_statement_is_known_to_have_committed_nothing(fresh_schema: tuple[str, str]) -> None:
    dsn, schema = fresh_schema
    async with opened(in_schema(dsn, schema)) as log:
        await log.submit(command(Add(amount=1), "k1"))
        with psycopg.connect(dsn) as session:
            session.execute(f"LOCK TABLE {schema}.outbox IN EXCLUSIVE MODE".encode())
            writing = asyncio.create_task(log.submit(command(Add(amount=1), "k2")))
            await cancelled_while_it_waits(dsn, schema)
            started_s = time.monotonic()
            with pytest.raises(StoreUnavailable) as caught:
                await writing
            assert caught.value.code == StoreUnavailable.code
            assert time.monotonic() - started_s < runner.UNKNOWN_OUTCOME_WAIT_S / 2
        assert (await log.submit(command(Add(amount=1), "k2"))).version == 2


@pytest.mark.parametrize("heard_of_it", [True, False])
async def test_a_commit_of_an_aborted_transaction_is_none(
    fresh_schema: tuple[str, str], monkeypatch: pytest.MonkeyPatch, heard_of_it: bool
) -> None:
    """PostgreSQL answers such a COMMIT with ROLLBACK and no error, or passes over it: the second line, as above."""
    commit = postgres_transaction.PostgresTransaction.commit

    def aborted(transaction: Any) -> None:
        transaction._session.send(Statement("SELECT 1 / 0"))
        if heard_of_it:
            with contextlib.suppress(psycopg.DataError):
                transaction._session.sync()
        commit(transaction)

    async with opened(in_schema(*fresh_schema)) as log:
        with monkeypatch.context() as planted:
            planted.setattr(postgres_transaction.PostgresTransaction, "commit", aborted)
            with pytest.raises((StoreUnavailable, ValuesRefused)) as caught:
                await log.submit(command(Add(amount=1), "k1"))
            assert not isinstance(caught.value, OutcomeNotKnown)
        assert (await log.submit(command(Add(amount=1), "k1"))).position == 1


async def test_a_database_that_stays_away_after_a_commit_leaves_the_outcome_open(
    fresh_schema: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn, schema = fresh_schema
    monkeypatch.setattr(runner, "UNKNOWN_OUTCOME_WAIT_S", 0.05)
    with tempfile.TemporaryDirectory() as folder:
        async with wire(dsn, Path(folder)) as (line, behind), opened(in_schema(behind, schema)) as log:
            await log.submit(command(Add(amount=1), "k1"))
            line.swallow_commit_reply = line.goes_with_it = True
            with pytest.raises(OutcomeNotKnown):
                await log.submit(command(Add(amount=2), "k2"))
            with pytest.raises(StoreUnavailable) as caught:
                await log.submit(command(Add(amount=2), "k3"))
            assert caught.value.code == StoreUnavailable.code
            line.away = False
            assert (await log.submit(command(Add(amount=2), "k2"))).position == 2
            assert await log.head() == 2
