"""Rows (i): what a command and a contract take of disk, against the limits of decision 37."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import uvloop

from shared.eventstore.log import open_log
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock
from shared.testing import backends
from tests.benchmarks.notebook import NOTEBOOKS, NOW
from tests.benchmarks.row import Row, at_most
from tests.support.disk import COMMAND_BYTES_MAX, CONTRACT_BYTES_MAX, EVENT_BYTES, bytes_a_contract, commands

COMMANDS = 20_000
IN_FLIGHT = 1_000
CONTRACTS = 200

TABLES = ("events", "outbox", "results")


def rows() -> Iterator[Row]:
    """Measure; needs a PostgreSQL server, which it starts."""
    with backends.postgres(os.environ) as dsn, backends.temporary_schema(dsn) as schema:
        uvloop.run(_written(f"{dsn}{'&' if '?' in dsn else '?'}schema={schema}"))
        with psycopg.connect(dsn, autocommit=True, options=f"-c search_path={schema}") as connection:
            sizes = [connection.execute("SELECT pg_total_relation_size(%s)", (table,)).fetchall() for table in TABLES]
        yield at_most(
            f"i bytes of disk a command, events of {EVENT_BYTES} bytes with message and answer / limit",
            ours=sum(size[0][0] for size in sizes) / COMMANDS,
            baseline=COMMAND_BYTES_MAX,
            unit="bytes",
            goal=1,
        )
    with tempfile.TemporaryDirectory() as folder:
        ours = uvloop.run(bytes_a_contract(Path(folder), CONTRACTS))
    yield at_most(
        "i bytes of disk a contract, nine commands through the embedded ledger / limit",
        ours=ours,
        baseline=CONTRACT_BYTES_MAX,
        unit="bytes",
        goal=1,
    )


async def _written(location: str) -> None:
    log = await open_log(NOTEBOOKS, location, VirtualLegalClock(NOW), SystemMachineClock())
    waiting = list(commands(COMMANDS))
    for start in range(0, COMMANDS, IN_FLIGHT):
        await asyncio.gather(*(log.submit(command) for command in waiting[start : start + IN_FLIGHT]))
    await log.close()
