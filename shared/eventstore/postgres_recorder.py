"""The library's PostgreSQL recorder over the ledger's tables: its tools and its own tests apply to a service's schema.

Positions are handed out under an advisory lock that only writers of this log take, alone in the first statement of a
transaction in READ COMMITTED: the next statement sees what the previous holder committed, so positions are in commit
order and a reader of the tail never passes a gap that is filled later. The library's own lock would also keep VACUUM
and ANALYZE away from the table, and its database functions take no lock at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eventsourcing.persistence import ApplicationRecorder, StoredEvent, Subscription
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg.rows import tuple_row

from shared.eventstore.migrations import pending
from shared.eventstore.packing import Packing
from shared.eventstore.postgres_datastore import LedgerDatastore, lock_key
from shared.eventstore.postgres_statements import INSERT_EVENT
from shared.eventstore.recorder import LedgerRecorder
from shared.kernel.failpoints import failpoint

# First halves of advisory lock keys: what the lock is for.
WRITING = 0x51510001
MIGRATING = 0x51510002

_LOCK = "SELECT pg_advisory_xact_lock(%s, %s)"


class PostgresLedgerRecorder(LedgerRecorder, PostgresApplicationRecorder):
    """Events of one service in one schema."""

    def __init__(self, datastore: LedgerDatastore, packing: Packing) -> None:
        super().__init__(datastore, events_table_name="events")
        self.packing = packing
        self.sql_create_statements.clear()
        self.log = lock_key(datastore.schema)

    def create_table(self) -> None:
        """Bring the tables up to this program's version; several processes may start at once."""
        with (
            self.datastore.transaction(commit=True) as pooled,
            pooled.connection.cursor(row_factory=tuple_row) as cursor,
        ):
            cursor.execute(_LOCK, (MIGRATING, self.log))
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {self.datastore.schema}".encode())
            cursor.execute("CREATE TABLE IF NOT EXISTS migrations (number integer PRIMARY KEY, name text NOT NULL)")
            applied = cursor.execute("SELECT coalesce(max(number), 0) FROM migrations").fetchall()[0][0]
            for migration in pending("postgres", applied):
                for statement in migration.statements:
                    cursor.execute(statement.encode())
                cursor.execute("INSERT INTO migrations VALUES (%s, %s)", (migration.number, migration.name))
            failpoint("store.migrated_before_commit")

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        with (
            self.datastore.transaction(commit=True) as pooled,
            pooled.connection.cursor(row_factory=tuple_row) as cursor,
        ):
            cursor.execute(_LOCK, (WRITING, self.log))
            newest = cursor.execute("SELECT coalesce(max(position), 0) FROM events").fetchall()[0][0]
            rows = [self._row(newest + index, event) for index, event in enumerate(stored_events, start=1)]
            cursor.executemany(INSERT_EVENT, rows)
            return [row.position for row in rows]

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        """Not offered: the library's subscriptions lose wake-ups and do not reconnect; see `EventLog.wait_beyond`."""
        raise NotImplementedError("follow this log with EventLog.wait_beyond")

    def _rows(self, statement: str, parameters: Sequence[Any]) -> list[Any]:
        with (
            self.datastore.get_connection() as connection,
            connection.cursor(row_factory=tuple_row) as cursor,
        ):
            return cursor.execute(statement.replace("?", "%s").encode(), parameters).fetchall()
