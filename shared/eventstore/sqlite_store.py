"""The log of a service in one SQLite file.

Every cursor is closed by whoever opened it. One that is left to the garbage collector is reset on whichever thread
collects it, and waits there for its connection: a thread that holds the write lock must never wait for one that wants
it.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

from eventsourcing.persistence import PersistenceError
from eventsourcing.sqlite import SQLiteCursor

from shared.eventstore.believed import Newest
from shared.eventstore.envelopes import joined
from shared.eventstore.packing import Packing
from shared.eventstore.sqlite_datastore import LedgerDatastore
from shared.eventstore.sqlite_recorder import SQLiteLedgerRecorder
from shared.eventstore.store import (
    BEGINNING,
    Body,
    FeedHead,
    InsertRefused,
    Known,
    OutcomeUnknown,
    ParkedId,
    Question,
    ResultKey,
    ResultRow,
    ValuesRefused,
    Writes,
)
from shared.eventstore.tables import Row, SqlTables, deadline_row, unpacked
from shared.kernel.clock import MachineClock
from shared.kernel.errors import StoreUnavailable
from shared.kernel.failpoints import failpoint
from shared.messages.dictionary import MECHANISM, Dictionary

_INSERT_OUTBOX = """
    INSERT INTO outbox (tenant, topic, key, n, head, data)
    VALUES (:tenant, :topic, :key,
            (SELECT coalesce(max(n), 0) + 1 FROM outbox WHERE tenant = :tenant AND topic = :topic AND key = :key),
            :head, :data)
"""
_SETTLE_RESULT = """
    UPDATE results SET answer = :answer
    WHERE tenant = :tenant AND issuer = :issuer AND subject = :subject AND key = :key
"""
_FEED_HEAD = """
    SELECT coalesce((SELECT max(version) FROM events WHERE stream = :stream AND tenant = :tenant), 0),
           (SELECT event_id FROM events WHERE stream = :stream AND tenant = :tenant AND version = :n),
           (SELECT coalesce(min(n), 0) FROM parked WHERE tenant = :tenant AND stream = :stream),
           (SELECT coalesce(max(n), 0) FROM parked WHERE tenant = :tenant AND stream = :stream)
"""


# How SQLite says that a key is taken, in a rowid table and in one without.
_TAKEN = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID)

# What the driver says of values that have no place in a statement or a column.
_NO_SUCH_VALUES = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.InterfaceError,
    OverflowError,
    UnicodeError,
)


@contextmanager
def _errors_named() -> Iterator[None]:
    """The driver's errors, and the library's, as the ledger calls them."""
    try:
        yield
    except _NO_SUCH_VALUES as error:
        if isinstance(error, sqlite3.IntegrityError) and error.sqlite_errorcode in _TAKEN:
            raise InsertRefused(str(error)) from error
        raise ValuesRefused(str(error)) from error
    except (sqlite3.Error, PersistenceError) as error:
        raise StoreUnavailable(str(error)) from error


def _packed(packing: Packing, writes: Writes) -> Writes:
    """The rows as they are stored."""
    bodies = packing.pack_all([row.body for row in writes.events])
    messages = packing.pack_all([joined(row) for row in writes.outbox])
    return replace(
        writes,
        events=[row._replace(body=body) for row, body in zip(writes.events, bodies, strict=True)],
        outbox=[row._replace(head=b"", data=data) for row, data in zip(writes.outbox, messages, strict=True)],
        results=_packed_answers(packing, writes.results),
        settled=_packed_answers(packing, writes.settled),
        parked={id: row._replace(envelope=packing.pack(row.envelope)) for id, row in writes.parked.items()},
    )


def _packed_answers(packing: Packing, rows: dict[ResultKey, ResultRow]) -> dict[ResultKey, ResultRow]:
    answers = packing.pack_all([row.answer for row in rows.values()])
    return {key: row._replace(answer=answer) for (key, row), answer in zip(rows.items(), answers, strict=True)}


_PRIMARY = 0xFF
"""The part of an extended error code that says which kind of error it is."""


class SQLiteSession:
    """Statements on a cursor."""

    def __init__(self, cursor: sqlite3.Cursor, machine: MachineClock) -> None:
        self._cursor = cursor
        self._machine = machine

    def rows(self, statement: str, parameters: Row | dict[str, Any] = ()) -> list[Any]:
        return self._cursor.execute(statement, parameters).fetchall()

    def run(self, statement: str, parameters: Row = ()) -> int:
        return self._cursor.execute(statement, parameters).rowcount

    def many(self, statement: str, parameters: Sequence[Any]) -> None:
        self._cursor.executemany(statement, parameters)

    def now_s(self) -> float:
        return self._machine.now()


class SQLiteTransaction:
    """The write lock of the file is held."""

    def __init__(
        self, cursor: sqlite3.Cursor, recorder: SQLiteLedgerRecorder, packing: Packing, machine: MachineClock
    ) -> None:
        self._cursor = cursor
        self._session = SQLiteSession(cursor, machine)
        self._recorder = recorder
        self._packing = packing
        self._machine = machine

    def ask(self, question: Question) -> Known:
        tail = self._recorder.newest_position(SQLiteCursor(self._cursor))
        newest = self._session.rows("SELECT recorded_at, event_id, position FROM events ORDER BY position DESC LIMIT 1")
        _, newest_id, newest_position = newest[0] if newest else (BEGINNING, None, 0)
        there = newest_id
        if question.tail.position != newest_position:
            found = self._session.rows("SELECT event_id FROM events WHERE position = ?", (question.tail.position,))
            there = found[0][0] if found else None
        events = {
            scope_id: self.scope_events(*scope_id, after) for scope_id, after in question.scopes.items() if after < tail
        }
        return Known(
            newest=Newest(tail, newest_id if newest_position == tail else None, there),
            recorded_at=newest[0][0] if newest else BEGINNING,
            machine_s=self._machine.now(),
            has_clock=False,
            events=events,
            results={key: self.result(key) for key in question.keys},
            feeds={feed: self._feed(*feed) for feed in question.feeds},
        )

    @_errors_named()
    def scope_events(self, tenant: str, scope: str, after: int) -> Sequence[Body]:
        rows = self._session.rows(
            "SELECT position, body FROM events WHERE tenant = ? AND scope = ? AND position > ? ORDER BY position",
            (tenant, scope, after),
        )
        return unpacked(self._packing, rows)

    @_errors_named()
    def result(self, key: ResultKey) -> ResultRow | None:
        rows = self._session.rows(
            "SELECT * FROM results WHERE tenant = ? AND issuer = ? AND subject = ? AND key = ?", key
        )
        if not rows:
            return None
        row = ResultRow(*rows[0])
        return row._replace(answer=self._packing.unpack(row.answer))

    @_errors_named()
    def is_parked(self, parked_id: ParkedId) -> bool:
        statement = "SELECT 1 FROM parked WHERE tenant = ? AND stream = ? AND n = ? AND event_id = ?"
        return bool(self._session.rows(statement, parked_id))

    def now_s(self) -> float:
        return self._machine.now()

    def insert(self, writes: Writes, *, more: bool = False) -> None:
        writes = _packed(self._packing, writes)
        self._recorder.insert_rows(SQLiteCursor(self._cursor), writes.events)
        many = self._session.many
        many("INSERT INTO results VALUES (?, ?, ?, ?, ?, ?)", list(writes.results.values()))
        many(_SETTLE_RESULT, [row._asdict() for row in writes.settled.values()])
        many(_INSERT_OUTBOX, [row._asdict() for row in writes.outbox])
        many(
            "INSERT OR REPLACE INTO deadlines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [deadline_row(change) for change in writes.deadlines.values()],
        )
        many(
            """INSERT INTO parked (tenant, stream, n, event_id, scope, reason, parked_at, envelope)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)
               ON CONFLICT (tenant, stream, n, event_id) DO UPDATE SET reason = excluded.reason""",
            list(writes.parked.values()),
        )
        many("DELETE FROM parked WHERE tenant = ? AND stream = ? AND n = ? AND event_id = ?", writes.unparked)

    def commit(self) -> None:
        failpoint("writer.inserted_before_commit")
        connection = self._cursor.connection
        # The driver commits nothing, without a word, when SQLite has rolled back by itself.
        if not connection.in_transaction:
            raise StoreUnavailable("the transaction had ended before its commit")
        try:
            connection.commit()
            failpoint("writer.committed_before_reply")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY == sqlite3.SQLITE_BUSY:
                raise
            # What a failed flush has left in the file may be read by the next recovery, or be overwritten.
            raise OutcomeUnknown(str(error)) from error

    def _feed(self, tenant: str, stream: str, n: int) -> FeedHead:
        return FeedHead(*self._session.rows(_FEED_HEAD, {"tenant": tenant, "stream": stream, "n": n})[0])


class SQLiteStore(SqlTables):
    """One file, one service."""

    labels_of_document = "json_each(d.labels) AS e"
    label_of_element = "substr(e.value, 1, instr(e.value || char(31), char(31)) - 1)"
    place_of_element = "CASE WHEN instr(e.value, char(31)) THEN substr(e.value, instr(e.value, char(31)) + 1) END"

    def __init__(self, datastore: LedgerDatastore, machine: MachineClock, dictionary: Dictionary = MECHANISM) -> None:
        self._datastore = datastore
        self._machine = machine
        self._seen_version = -1
        self.packing = Packing(dictionary, self.dictionary)
        self.recorder = SQLiteLedgerRecorder(datastore, self.packing)
        with _errors_named():
            self.recorder.create_table()
            self.bring(dictionary)
            # A connection of its own, because data_version tells of the changes that *other* connections made.
            self._watching = datastore.lend()
            self._watching_cursor = self._watching.raw.cursor()
            self._looking = threading.Lock()

    @contextmanager
    def write(self) -> Iterator[SQLiteTransaction]:
        with _errors_named(), self._datastore.get_connection(commit=True) as connection:
            try:
                with closing(connection.raw.cursor()) as cursor:
                    cursor.execute("BEGIN IMMEDIATE")
                    yield SQLiteTransaction(cursor, self.recorder, self.packing, self._machine)
            except BaseException:  # loop edge: raised as it is
                # Whatever went wrong is rolled back with its connection, and the next write opens a new one: what one
                # believes of the file after a failed flush is not to be built on.
                connection.close()
                raise
            if connection.raw.in_transaction:
                connection.rollback()

    presuming = None

    @contextmanager
    def reading(self) -> Iterator[SQLiteSession]:
        with (
            _errors_named(),
            self._datastore.get_connection(commit=False) as connection,
            closing(connection.raw.cursor()) as cursor,
        ):
            yield SQLiteSession(cursor, self._machine)

    @contextmanager
    def writing_documents(self) -> Iterator[SQLiteSession]:
        with (
            _errors_named(),
            self._datastore.get_connection(commit=True) as connection,
            connection.without_flush(),
            connection.transaction(commit=True) as cursor,
        ):
            yield SQLiteSession(cursor.sqlite_cursor, self._machine)

    def changed(self) -> bool:
        # Several threads may look at once, and a cursor belongs to one at a time: shared, it crashes the interpreter.
        with _errors_named(), self._looking:
            version: int = SQLiteSession(self._watching_cursor, self._machine).rows("PRAGMA data_version")[0][0]
        before, self._seen_version = self._seen_version, version
        return version != before

    has_clock = False

    def now_s(self) -> float:
        return self._machine.now()

    def close(self) -> None:
        self._watching_cursor.close()
        self._datastore.pool.put_connection(self._watching)
        self._datastore.close()
