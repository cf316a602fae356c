"""The log of a service in one PostgreSQL schema, written by any number of processes.

A write is two round trips in pipeline mode: the lock and everything the batch must know; then the rows and the commit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

import psycopg
from eventsourcing.persistence import PersistenceError
from psycopg.rows import tuple_row

from shared.eventstore.postgres_datastore import LedgerDatastore
from shared.eventstore.postgres_recorder import PostgresLedgerRecorder
from shared.eventstore.postgres_transaction import PostgresTransaction
from shared.eventstore.store import InsertRefused
from shared.eventstore.tables import Row, SqlTables
from shared.kernel.errors import StoreUnavailable


@contextmanager
def _errors_named() -> Iterator[None]:
    """The driver's errors, and the library's, as the ledger calls them."""
    try:
        yield
    except psycopg.IntegrityError as error:
        raise InsertRefused(str(error)) from error
    except (psycopg.Error, PersistenceError) as error:
        raise StoreUnavailable(str(error)) from error


@lru_cache(maxsize=256)
def _with_placeholders(statement: str) -> bytes:
    return statement.replace("?", "%s").encode()


class PostgresSession:
    """Statements on a cursor."""

    def __init__(self, cursor: psycopg.Cursor[Any]) -> None:
        self._cursor = cursor

    def rows(self, statement: str, parameters: Row = ()) -> list[Any]:
        return self._cursor.execute(_with_placeholders(statement), parameters).fetchall()

    def run(self, statement: str, parameters: Row = ()) -> int:
        return self._cursor.execute(_with_placeholders(statement), parameters).rowcount

    def many(self, statement: str, parameters: Sequence[Row]) -> None:
        self._cursor.executemany(_with_placeholders(statement), parameters)


class PostgresStore(SqlTables):
    """One schema, one service."""

    def __init__(self, datastore: LedgerDatastore) -> None:
        self._datastore = datastore
        self._writing: psycopg.Connection[Any] | None = None
        with _errors_named():
            self.recorder = PostgresLedgerRecorder(datastore)
            self.recorder.create_table()

    @contextmanager
    def write(self) -> Iterator[PostgresTransaction]:
        with _errors_named():
            if self._writing is None or self._writing.closed:
                self._writing = self._datastore.connect()
            connection = self._writing
            transaction = PostgresTransaction(connection, self.recorder)
            try:
                yield transaction
            finally:
                # A connection on which not even this works is found closed by the next write.
                with suppress(psycopg.Error):
                    transaction.end()

    @contextmanager
    def reading(self) -> Iterator[PostgresSession]:
        with (
            _errors_named(),
            self._datastore.get_connection() as connection,
            connection.cursor(binary=True, row_factory=tuple_row) as cursor,
        ):
            yield PostgresSession(cursor)

    @contextmanager
    def writing_documents(self) -> Iterator[PostgresSession]:
        with (
            _errors_named(),
            self._datastore.get_connection() as connection,
            connection.transaction(),
            connection.cursor(binary=True, row_factory=tuple_row) as cursor,
        ):
            cursor.execute("SET LOCAL synchronous_commit = off")
            yield PostgresSession(cursor)

    def changed(self) -> bool:
        """The newest position is an index away, so it is always worth a look."""
        return True

    def close(self) -> None:
        if self._writing is not None:
            self._writing.close()
        self._datastore.close()
