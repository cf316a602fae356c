"""The library's SQLite recorder over the ledger's tables: its tools and its own tests apply to a service's file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor

from shared.eventstore.migrations import pending
from shared.eventstore.packing import Packing
from shared.eventstore.recorder import LedgerRecorder
from shared.eventstore.sqlite_datastore import LedgerDatastore
from shared.eventstore.store import EventRow
from shared.kernel.failpoints import failpoint

INSERT_EVENT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"

# The newest position ever handed out, which is never smaller than that of the newest event.
_NEWEST = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)"


class SQLiteLedgerRecorder(LedgerRecorder, SQLiteApplicationRecorder):
    """Events of one service in one file."""

    def __init__(self, datastore: LedgerDatastore, packing: Packing) -> None:
        super().__init__(datastore, events_table_name="events")
        self.packing = packing

    def create_table(self) -> None:
        """Bring the tables up to this program's version; several processes may start at once."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute("PRAGMA user_version")
            for migration in pending("sqlite", cursor.fetchone()[0]):
                for statement in migration.statements:
                    cursor.execute(statement)
                cursor.execute(f"PRAGMA user_version = {migration.number}")
            failpoint("store.migrated_before_commit")

    def insert_rows(self, cursor: SQLiteCursor, rows: Sequence[EventRow]) -> None:
        """Insert events whose positions were handed out under the write lock."""
        cursor.executemany(INSERT_EVENT, rows)

    def newest_position(self, cursor: SQLiteCursor) -> int:
        """The newest position handed out; the next event gets the one after it."""
        cursor.execute(_NEWEST)
        newest: int = cursor.fetchone()[0]
        return newest

    def _insert_events(self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        newest = self.newest_position(c)
        rows = [self._row(newest + index, event) for index, event in enumerate(stored_events, start=1)]
        self.insert_rows(c, rows)
        return [row.position for row in rows]

    def _rows(self, statement: str, parameters: Sequence[Any]) -> list[Any]:
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(statement, parameters)
            rows: list[Any] = cursor.fetchall()
            return rows
