"""The library's SQLite datastore with the ledger's connections: WAL, flushed commits, and writes that lock at once.

One file belongs to one service. Within the process a lock hands the file from writer to writer; between processes
SQLite's own lock does, for which a writer waits up to BUSY_TIMEOUT_S.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import cast

from eventsourcing.persistence import InterfaceError
from eventsourcing.sqlite import (
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteTransaction,
)

BUSY_TIMEOUT_S = 10
READERS_MAX = 8


class ImmediateTransaction(SQLiteTransaction):
    """A transaction that takes the write lock at once.

    A deferred one would take it at its first insert, when somebody else may have written since its first read.
    """

    def __enter__(self) -> SQLiteCursor:
        cursor = self.connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        return cursor


class LedgerConnection(SQLiteConnection):
    """A connection whose transactions for writing are immediate."""

    @property
    def raw(self) -> sqlite3.Connection:
        """The driver's connection."""
        return self._sqlite_conn

    @contextmanager
    def without_flush(self) -> Iterator[None]:
        """Commits in the block are consistent, but a power failure may take the newest of them.

        A connection that does not flush again afterwards is closed: acknowledged commands may be its next.
        """
        self.raw.execute("PRAGMA synchronous = NORMAL").close()
        try:
            yield
        finally:
            try:
                self.raw.execute("PRAGMA synchronous = FULL").close()
            except sqlite3.Error:
                self.close()
                raise

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        transaction = ImmediateTransaction if commit else SQLiteTransaction
        with transaction(self, commit=commit) as cursor, cursor:
            yield cursor


class LedgerConnectionPool(SQLiteConnectionPool):
    """Makes connections with the pragmas that the guarantees rest on."""

    def _create_connection(self) -> LedgerConnection:
        try:
            connection = sqlite3.connect(
                self.db_name, uri=True, check_same_thread=False, isolation_level=None, timeout=BUSY_TIMEOUT_S
            )
        except sqlite3.Error as error:
            raise InterfaceError(error) from error
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        except sqlite3.Error as error:
            connection.close()
            raise InterfaceError(error) from error
        connection.row_factory = sqlite3.Row
        return LedgerConnection(sqlite_conn=connection, max_age=self.max_age)


class LedgerDatastore(SQLiteDatastore):
    """A datastore over one file; `location` is a path or an SQLite URI."""

    def __init__(self, location: str) -> None:
        super().__init__(location, originator_id_type="text", pool_size=READERS_MAX)
        self.pool.close()
        self.pool = LedgerConnectionPool(db_name=location, pool_size=READERS_MAX, max_overflow=READERS_MAX)
        self._writing = threading.Lock()

    @contextmanager
    def get_connection(self, *, commit: bool) -> Iterator[LedgerConnection]:
        """A connection of the pool; with `commit` for the one writer of this process."""
        with self._writing if commit else nullcontext():
            connection = self.lend()
            try:
                yield connection
            finally:
                self.pool.put_connection(connection)

    def lend(self) -> LedgerConnection:
        """A connection of the pool, until it is put back."""
        return cast(LedgerConnection, self.pool.get_connection())
