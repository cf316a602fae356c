"""The log of a service in one PostgreSQL schema, written by any number of processes.

A write is two round trips in pipeline mode: the lock and everything the batch must know; then the rows and the commit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from shared.eventstore.packing import Packing
from shared.eventstore.postgres_datastore import LedgerDatastore
from shared.eventstore.postgres_presuming import PresumingTransaction
from shared.eventstore.postgres_recorder import PostgresLedgerRecorder
from shared.eventstore.postgres_transaction import PostgresTransaction, errors_named, is_lost
from shared.eventstore.postgres_wire import Session
from shared.eventstore.store import ConnectionLost, NotPresumed, Premise
from shared.eventstore.tables import Row, SqlTables
from shared.kernel.errors import StoreUnavailable
from shared.messages.dictionary import MECHANISM, Dictionary

NOW_S = "SELECT extract(epoch FROM clock_timestamp())::float8"


@lru_cache(maxsize=256)
def _with_placeholders(statement: str) -> bytes:
    return statement.replace("?", "%s").encode()


class PostgresSession:
    """Statements on a cursor."""

    def __init__(self, cursor: psycopg.Cursor[Any], pipeline: psycopg.Pipeline | None = None) -> None:
        self._cursor = cursor
        self._pipeline = pipeline

    def rows(self, statement: str, parameters: Row = ()) -> list[Any]:
        return self._cursor.execute(_with_placeholders(statement), parameters).fetchall()

    def run(self, statement: str, parameters: Row = ()) -> int:
        self._cursor.execute(_with_placeholders(statement), parameters)
        if self._pipeline:
            self._pipeline.sync()
        return self._cursor.rowcount

    def many(self, statement: str, parameters: Sequence[Row]) -> None:
        self._cursor.executemany(_with_placeholders(statement), parameters)

    def now_s(self) -> float:
        return float(self.rows(NOW_S)[0][0])


class PostgresStore(SqlTables):
    """One schema, one service."""

    labels_of_document = "jsonb_array_elements_text(d.labels) AS e (value)"
    label_of_element = "split_part(e.value, chr(31), 1)"
    place_of_element = "nullif(split_part(e.value, chr(31), 2), '')"

    def __init__(self, datastore: LedgerDatastore, dictionary: Dictionary = MECHANISM) -> None:
        self._datastore = datastore
        self._writing: Session | None = None
        self.packing = Packing(dictionary, self.dictionary)
        with errors_named():
            self.recorder = PostgresLedgerRecorder(datastore, self.packing)
            self.recorder.create_table()
            self.bring(dictionary)

    @contextmanager
    def write(self) -> Iterator[PostgresTransaction]:
        with self._session() as session:
            yield PostgresTransaction(session, self.recorder.log, self.packing)

    @contextmanager
    def presuming(self, premise: Premise) -> Iterator[PostgresTransaction]:
        with self._session() as session:
            transaction = PresumingTransaction(session, self.recorder.log, self.packing, premise)
            try:
                yield transaction
            except NotPresumed:
                transaction.abandon()
                raise

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """The writer's session, for one transaction."""
        with errors_named():
            if self._writing is None or self._writing.has_ended():
                self._writing = Session(self._datastore.connect())
            session = self._writing
            try:
                yield session
            except (psycopg.OperationalError, StoreUnavailable) as error:
                cause = error if isinstance(error, psycopg.Error) else error.__cause__
                if isinstance(cause, psycopg.Error) and is_lost(session.connection, cause):
                    raise ConnectionLost(str(error)) from error
                raise
            finally:
                # Whatever went wrong is rolled back with the session, and the next write opens a new one.
                if not session.is_idle:
                    session.connection.close()

    @contextmanager
    def reading(self) -> Iterator[PostgresSession]:
        with (
            errors_named(),
            self._datastore.get_connection() as connection,
            connection.cursor(binary=True, row_factory=tuple_row) as cursor,
        ):
            try:
                yield PostgresSession(cursor)
            except psycopg.OperationalError as error:
                if is_lost(connection, error):
                    raise ConnectionLost(str(error)) from error
                raise

    def rows(self, statement: str, parameters: Row = ()) -> list[Any]:
        """One query; where a pooled connection has died others have, so all are looked at before another try."""
        try:
            return super().rows(statement, parameters)
        except ConnectionLost:
            self._datastore.pool.check()
        return super().rows(statement, parameters)

    @contextmanager
    def writing_documents(self) -> Iterator[PostgresSession]:
        with (
            errors_named(),
            self._datastore.get_connection() as connection,
            connection.pipeline() as pipeline,
            connection.transaction(),
            connection.cursor(binary=True, row_factory=tuple_row) as cursor,
        ):
            cursor.execute("SET LOCAL synchronous_commit = off")
            yield PostgresSession(cursor, pipeline)

    def changed(self) -> bool:
        """The newest position is an index away, so it is always worth a look."""
        return True

    has_clock = True

    def now_s(self) -> float:
        return float(self.rows(NOW_S)[0][0])

    def close(self) -> None:
        if self._writing is not None:
            self._writing.connection.close()
        self._datastore.close()
