"""Puts the database of one service back to an earlier state, as a restore or a fail-over to a late standby does.

A copy is taken in one snapshot while the processes work, and put in the place of the tables in one transaction: under
processes that have been stopped, or under running ones, which then have to end (R-460, decision 22).
"""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import sql

from services.hosting.process import EXIT_WENT_BACK
from shared.kernel.clock import SystemMachineClock
from tests.chaos.schedule import Restore
from tests.support.cluster import Cluster, service_of

COPY: Final = "chaos_copy"
NOTICED_WITHIN_S: Final = 60.0
LOOK_EVERY_S: Final = 0.5

_TABLES: Final = "SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY tablename"


class Restored:
    """Copies and puts back; `found` is what the processes made of it that they should not."""

    def __init__(self, cluster: Cluster, dsn: str, plan: Restore) -> None:
        self.copied_s = float("-inf")
        self.found: list[str] = []
        self._cluster = cluster
        self._dsn = dsn
        self.plan = plan
        self._machine = SystemMachineClock()

    async def copy(self, began_s: float) -> None:
        """Take the copy when its time has come; `copied_s` is when it began."""
        await self._machine.sleep(began_s + self.plan.at_s - time.monotonic())
        self.copied_s = time.monotonic()
        await asyncio.to_thread(self._copy)

    async def put_back(self) -> None:
        """Put it back, and start the service's processes again."""
        names = [name for name in self._cluster.names if service_of(name) == self.plan.service]
        if not self.plan.running:
            for name in names:
                await asyncio.to_thread(self._cluster.stop, name)
        await asyncio.to_thread(self._put_back)
        if self.plan.running:
            for name in names:
                await self._ended(name, self._cluster.processes[name])
        for name in names:
            await asyncio.to_thread(self._cluster.launch, name)

    async def _ended(self, name: str, process: subprocess.Popen[str]) -> None:
        give_up_at = time.monotonic() + NOTICED_WITHIN_S
        while process.poll() is None and time.monotonic() < give_up_at:
            await self._machine.sleep(LOOK_EVERY_S)
        if process.poll() != EXIT_WENT_BACK:
            self.found.append(f"{name}: its database went back, and it ended with {process.poll()}")
        await asyncio.to_thread(self._cluster.stop, name)

    def _copy(self) -> None:
        with self._transaction() as (connection, tables):
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(COPY)))
            for table in tables:
                connection.execute(
                    sql.SQL("CREATE TABLE {} AS SELECT * FROM {}").format(
                        self._name(COPY, table), self._name("", table)
                    )
                )

    def _put_back(self) -> None:
        with self._transaction() as (connection, tables):
            every = sql.SQL(", ").join(self._name("", table) for table in tables)
            connection.execute(sql.SQL("TRUNCATE {}").format(every))
            for table in tables:
                statement = sql.SQL("INSERT INTO {} OVERRIDING SYSTEM VALUE SELECT * FROM {}")
                connection.execute(statement.format(self._name("", table), self._name(COPY, table)))

    @contextmanager
    def _transaction(self) -> Iterator[tuple[psycopg.Connection[Any], Sequence[str]]]:
        with psycopg.connect(self._dsn) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            yield connection, [row[0] for row in connection.execute(_TABLES, (self.plan.service,))]

    def _name(self, schema: str, table: str) -> sql.Identifier:
        return sql.Identifier(schema or self.plan.service, table)
