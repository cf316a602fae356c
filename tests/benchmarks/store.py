"""Rows (a), (d) and (r): commands and replay through the store on PostgreSQL, fsync on, against the library and
against the driver alone.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, aclosing, contextmanager
from dataclasses import dataclass
from typing import Any, Self

import psycopg
import uvloop
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from psycopg.conninfo import conninfo_to_dict

from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.eventstore.replay import pages
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock
from shared.kernel.memory import tune_garbage_collection
from shared.testing import backends
from tests.benchmarks.notebook import NOTEBOOKS, NOW, TEXT, note
from tests.benchmarks.raw_rows import TABLES, columns_of, insert_of
from tests.benchmarks.row import Row, at_least_in_turns, at_most

IN_FLIGHT = 64
# Ours and the baselines take turns in slices of some tenths of a second, so that all see the same minute.
SLICES = 12
COMMANDS_A_SLICE = 1_920
EVENTS_A_STREAM = 20
LIBRARY_SAVES_A_SLICE = 120
ONE_BY_ONE_A_SLICE = 200
ONE_BY_ONE_A_STREAM = 5
EVENTS_A_REPLAY = 20_000
ROWS_A_FETCH = 1_000
LONG, SHORT = 2_000, 20
COMMANDS_ONE_BY_ONE = 300

SELECT = "SELECT position, body FROM events WHERE position > %s ORDER BY position LIMIT %s"

Slices = list[tuple[float, float]]


def rows() -> Iterator[Row]:
    """Measure; needs a PostgreSQL server of its own with fsync on, which it starts."""
    tune_garbage_collection()
    with backends.postgres(os.environ) as dsn, ExitStack() as stack:
        ours, twin, library = (stack.enter_context(backends.temporary_schema(dsn)) for _ in range(3))
        measured = uvloop.run(_slices(dsn, ours, twin, library))
        yield at_least_in_turns(
            "a1 commands, 64 in flight / the library's: load, decide, Application.save",
            measured.against_library,
            unit="commands/s",
            goal=20,
            python_us=measured.python_us,
        )
        yield at_least_in_turns(
            "a2 commands, 64 in flight / raw INSERT ... unnest, 64 a transaction",
            measured.against_raw,
            unit="commands/s",
            goal=0.6,
            python_us=measured.python_us,
        )
        yield at_least_in_turns(
            "a3 commands, one at a time / one raw row a commit",
            measured.one_by_one,
            unit="commands/s",
            goal=0.5,
            python_us=measured.python_us_one_by_one,
        )
        yield at_least_in_turns(
            "r replay, every event to its struct / raw SELECT of the rows",
            measured.replay,
            unit="events/s",
            goal=0.7,
            python_us=measured.python_us_replay,
        )
        with backends.temporary_schema(dsn) as schema:
            long, short = uvloop.run(_milliseconds_a_command(dsn, schema))
        yield at_most("d one command on 2,000 events / on 20", ours=long, baseline=short, unit="ms", goal=3)


@dataclass(kw_only=True)
class _Measured:
    """Rates of slices, ours first, and the processor time of ours."""

    against_library: Slices
    against_raw: Slices
    one_by_one: Slices
    replay: Slices
    python_us: float
    python_us_one_by_one: float
    python_us_replay: float


class _Timer:
    """Times pieces of work by two clocks: what is passed, and what this process worked of it."""

    def __init__(self) -> None:
        self.worked_us: list[float] = []

    async def rate(self, count: int, work: Awaitable[None]) -> float:
        """How many of `count` a second; remembers the processor time of one."""
        started_s, worked_s = time.perf_counter(), time.process_time()
        await work
        self.worked_us.append((time.process_time() - worked_s) / count * 1e6)
        return count / (time.perf_counter() - started_s)


async def _slices(dsn: str, ours: str, twin: str, library: str) -> _Measured:
    """Ours, the rows that it left behind inserted into a twin by nothing but the driver, and the library, by turns."""
    log, other = await _open(dsn, ours), await _open(dsn, twin)
    await other.close()
    with _Raw(dsn, ours, twin) as raw, _library(dsn, library) as saves:
        commands, singles, reads = _Timer(), _Timer(), _Timer()
        against_raw, against_library, one_by_one, replay = [], [], [], []
        for number in range(SLICES):
            rate = await commands.rate(COMMANDS_A_SLICE, _in_flight(log, number))
            against_raw.append((rate, raw.batches_per_second()))
            against_library.append((rate, saves()))
            rate = await singles.rate(ONE_BY_ONE_A_SLICE, _one_by_one(log, number))
            one_by_one.append((rate, raw.single_rows_per_second()))
        for _ in range(SLICES):
            rate = await reads.rate(EVENTS_A_REPLAY, _replayed(log))
            replay.append((rate, raw.selected_per_second()))
    await log.close()
    worked = (min(timer.worked_us) for timer in (commands, singles, reads))
    return _Measured(
        against_library=against_library,
        against_raw=against_raw,
        one_by_one=one_by_one,
        replay=replay,
        **dict(zip(("python_us", "python_us_one_by_one", "python_us_replay"), worked, strict=True)),
    )


async def _in_flight(log: EventLog[Any], slice: int) -> None:
    # A client has the next command of its contract ready when the last is answered, as 64 callers of the API would.
    waiting = iter(range(COMMANDS_A_SLICE // EVENTS_A_STREAM))

    async def client() -> None:
        for contract in waiting:
            for number in range(EVENTS_A_STREAM):
                await log.submit(note(f"C{slice}.{contract}", number))

    await asyncio.gather(*(client() for _ in range(IN_FLIGHT)))


async def _one_by_one(log: EventLog[Any], slice: int) -> None:
    for number in range(ONE_BY_ONE_A_SLICE):
        await log.submit(note(f"S{slice}.{number // ONE_BY_ONE_A_STREAM}", number % ONE_BY_ONE_A_STREAM))


async def _replayed(log: EventLog[Any]) -> None:
    seen = 0
    async with aclosing(pages(log)) as read:
        async for events in read:
            seen += len(events)
            if seen >= EVENTS_A_REPLAY:
                return
    raise AssertionError(f"the log holds {seen} events")


async def _open(dsn: str, schema: str) -> EventLog[Any]:
    location = f"{dsn}{'&' if '?' in dsn else '?'}schema={schema}"
    return await open_log(NOTEBOOKS, location, VirtualLegalClock(NOW), SystemMachineClock())


class _Raw:
    """What the driver alone does with the same rows, in the same tables of another schema."""

    def __init__(self, dsn: str, ours: str, twin: str) -> None:
        self._theirs = psycopg.connect(dsn, autocommit=True, options=f"-c search_path={ours}")
        self._own = psycopg.connect(dsn, autocommit=True, options=f"-c search_path={twin}")
        self._taken = dict.fromkeys(TABLES, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._theirs.close()
        self._own.close()

    def batches_per_second(self) -> float:
        """Rows that ours has just left behind, one command's of each table, 64 commands a transaction."""
        stored = {table: self._left(table) for table in TABLES}
        statements = {table: insert_of(table) for table in TABLES}
        commands = len(stored["events"])
        started_s = time.perf_counter()
        for start in range(0, commands, IN_FLIGHT):
            with self._own.pipeline(), self._own.transaction():
                for table, statement in statements.items():
                    columns = columns_of(stored[table][start : start + IN_FLIGHT])
                    self._own.cursor(binary=True).execute(statement, columns, prepare=True)
        return commands / (time.perf_counter() - started_s)

    def single_rows_per_second(self) -> float:
        """The rows of the events that ours has just left behind, each a transaction."""
        stored = {table: self._left(table) for table in TABLES}["events"]
        cursor = self._own.cursor(binary=True)
        statement = f"INSERT INTO events VALUES ({', '.join(['%b'] * len(stored[0]))})".encode()
        started_s = time.perf_counter()
        for row in stored:
            cursor.execute(statement, row, prepare=True)
        return len(stored) / (time.perf_counter() - started_s)

    def selected_per_second(self) -> float:
        """The rows of the events that ours replays, as they are stored, in pages."""
        cursor = self._theirs.cursor(binary=True)
        position = seen = 0
        started_s = time.perf_counter()
        while seen < EVENTS_A_REPLAY:
            page = cursor.execute(SELECT, (position, ROWS_A_FETCH), prepare=True).fetchall()
            position = page[-1][0]
            seen += len(page)
        return seen / (time.perf_counter() - started_s)

    def _left(self, table: str) -> list[Any]:
        """What ours has inserted since the last time, in the order in which it did."""
        statement = f"SELECT * FROM {table} ORDER BY ctid OFFSET {self._taken[table]}".encode()
        left = self._theirs.execute(statement, binary=True).fetchall()
        self._taken[table] += len(left)
        return left


class _Notebook(Aggregate):
    @event("Noted")
    def note(self, text: str) -> None:
        self.last = text


@contextmanager
def _library(dsn: str, schema: str) -> Iterator[Callable[[], float]]:
    """The same commands in the library's ordinary way, one by one: load the aggregate, decide, save."""
    given = conninfo_to_dict(dsn)
    application: Application[Any] = Application(
        {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": str(given.get("dbname", "")),
            "POSTGRES_HOST": str(given.get("host", "")),
            "POSTGRES_PORT": str(given.get("port", "5432")),
            "POSTGRES_USER": str(given.get("user", "")),
            "POSTGRES_PASSWORD": str(given.get("password", "")),
            "POSTGRES_SCHEMA": schema,
        }
    )

    def saves_per_second() -> float:
        notebook = _Notebook()
        started_s = time.perf_counter()
        for n in range(LIBRARY_SAVES_A_SLICE):
            if n % EVENTS_A_STREAM == 0:
                notebook = _Notebook()
            else:
                notebook = application.repository.get(notebook.id)
                notebook.note(TEXT)
            application.save(notebook)
        return LIBRARY_SAVES_A_SLICE / (time.perf_counter() - started_s)

    yield saves_per_second
    application.close()


async def _milliseconds_a_command(dsn: str, schema: str) -> tuple[float, float]:
    """Medians of single commands, one after another, on a long and on a short contract by turns."""
    log = await _open(dsn, schema)
    sizes = {"long": LONG, "short": SHORT}
    for contract, size in sizes.items():
        await asyncio.gather(*(log.submit(note(contract, n)) for n in range(size)))
    elapsed_ms: dict[str, list[float]] = {contract: [] for contract in sizes}
    for n in range(COMMANDS_ONE_BY_ONE):
        for contract, size in sizes.items():
            started_s = time.perf_counter()
            await log.submit(note(contract, size + n))
            elapsed_ms[contract].append((time.perf_counter() - started_s) * 1000)
    await log.close()
    return statistics.median(elapsed_ms["long"]), statistics.median(elapsed_ms["short"])
