"""Rows (a) and (d): commands through the store on PostgreSQL, fsync on, against the library and against raw inserts."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import uvloop
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from psycopg.conninfo import conninfo_to_dict

from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock
from shared.kernel.memory import tune_garbage_collection
from shared.testing import backends
from tests.benchmarks.notebook import NOTEBOOKS, NOW, TEXT, note
from tests.benchmarks.raw_rows import TABLES, columns_of, insert_of
from tests.benchmarks.row import Row, at_least, at_most

IN_FLIGHT = 64
COMMANDS = 20_000
TURNS = 3
EVENTS_A_STREAM = 20
LIBRARY_SAVES = 1_500
LONG, SHORT = 2_000, 20
COMMANDS_ONE_BY_ONE = 300


def rows() -> Iterator[Row]:
    """Measure; needs a PostgreSQL server of its own with fsync on, which it starts.

    Ours and the baselines take turns, and the best of each counts: what else the machine does slows a turn, never
    speeds it up.
    """
    tune_garbage_collection()
    with backends.postgres(os.environ) as dsn:
        turns = [_turn(dsn) for _ in range(TURNS)]
        ours, raw, library = (max(measured) for measured in zip(*turns, strict=True))
        yield at_least(
            "a1 commands, 64 in flight / the library's: load, decide, Application.save",
            ours=ours,
            baseline=library,
            unit="commands/s",
            goal=20,
        )
        yield at_least(
            "a2 commands, 64 in flight / raw INSERT ... unnest, 64 a transaction",
            ours=ours,
            baseline=raw,
            unit="commands/s",
            goal=0.6,
        )
        with backends.temporary_schema(dsn) as schema:
            long, short = uvloop.run(_milliseconds_a_command(dsn, schema))
        yield at_most("d one command on 2,000 events / on 20", ours=long, baseline=short, unit="ms", goal=3)


def _turn(dsn: str) -> tuple[float, float, float]:
    """Commands per second: ours, raw inserts of the rows that ours left behind, the library's."""
    with backends.temporary_schema(dsn) as schema:
        ours = uvloop.run(_commands_per_second(dsn, schema))
        raw = _raw_per_second(dsn, schema)
    with backends.temporary_schema(dsn) as schema:
        return ours, raw, _library_per_second(dsn, schema)


async def _open(dsn: str, schema: str) -> EventLog[Any]:
    location = f"{dsn}{'&' if '?' in dsn else '?'}schema={schema}"
    return await open_log(NOTEBOOKS, location, VirtualLegalClock(NOW), SystemMachineClock())


async def _commands_per_second(dsn: str, schema: str) -> float:
    log = await _open(dsn, schema)
    commands = [note(f"C{n // EVENTS_A_STREAM}", n % EVENTS_A_STREAM) for n in range(COMMANDS)]
    # A client has the next command of its contract ready when the last is answered, as 64 callers of the API would.
    waiting = iter([commands[n : n + EVENTS_A_STREAM] for n in range(0, COMMANDS, EVENTS_A_STREAM)])

    async def client() -> None:
        for of_one_contract in waiting:
            for command in of_one_contract:
                await log.submit(command)

    started_s = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(IN_FLIGHT)))
    elapsed_s = time.perf_counter() - started_s
    await log.close()
    return COMMANDS / elapsed_s


def _raw_per_second(dsn: str, schema: str) -> float:
    """The rows that the commands left behind, inserted into the same tables by nothing but the driver."""
    with psycopg.connect(dsn, autocommit=True, options=f"-c search_path={schema}") as connection:
        cursor = connection.cursor(binary=True)
        stored = {table: cursor.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in TABLES}
        connection.execute(f"TRUNCATE {', '.join(TABLES)}")
        statements = {table: insert_of(table) for table in TABLES}
        started_s = time.perf_counter()
        for start in range(0, COMMANDS, IN_FLIGHT):
            with connection.pipeline(), connection.transaction():
                for table, statement in statements.items():
                    columns = columns_of(stored[table][start : start + IN_FLIGHT])
                    connection.cursor(binary=True).execute(statement, columns, prepare=True)
        return COMMANDS / (time.perf_counter() - started_s)


class _Notebook(Aggregate):
    @event("Noted")
    def note(self, text: str) -> None:
        self.last = text


def _library_per_second(dsn: str, schema: str) -> float:
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
    notebook = _Notebook()
    started_s = time.perf_counter()
    for n in range(LIBRARY_SAVES):
        if n % EVENTS_A_STREAM == 0:
            notebook = _Notebook()
        else:
            notebook = application.repository.get(notebook.id)
            notebook.note(TEXT)
        application.save(notebook)
    elapsed_s = time.perf_counter() - started_s
    application.close()
    return LIBRARY_SAVES / elapsed_s


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
