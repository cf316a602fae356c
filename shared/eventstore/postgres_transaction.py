"""A write to PostgreSQL: question and answer in the first round trip, rows and commit in the second."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from eventsourcing.persistence import PersistenceError

from shared.eventstore import postgres_statements as sql
from shared.eventstore.believed import Newest
from shared.eventstore.packing import Packing
from shared.eventstore.postgres_arrays import Array, Blobs, Bulk, Texts
from shared.eventstore.postgres_recorder import WRITING, PostgresLedgerRecorder
from shared.eventstore.store import (
    Body,
    FeedHead,
    InsertRefused,
    Known,
    OutcomeUnknown,
    ParkedId,
    Question,
    ResultKey,
    ResultRow,
    ScopeId,
    ValuesRefused,
    Writes,
)
from shared.eventstore.tables import deadline_row, unpacked
from shared.kernel.errors import StoreUnavailable
from shared.kernel.failpoints import failpoint

# What PostgreSQL says of a commit that was one.
COMMITTED = "COMMIT"

# The states that PostgreSQL leaves with: connection exceptions, operator intervention, time-outs of the transaction.
SESSION_IS_OVER = ("08", "57P", "25P03", "25P04")


# The class of states in which PostgreSQL says that something is larger than it can be, such as a row of an index.
LIMIT_EXCEEDED = "54"


@contextmanager
def errors_named() -> Iterator[None]:
    """The driver's errors, and the library's, as the ledger calls them."""
    try:
        yield
    except (psycopg.errors.UniqueViolation, psycopg.errors.ExclusionViolation) as error:
        raise InsertRefused(str(error)) from error
    except (psycopg.IntegrityError, psycopg.DataError, UnicodeError, struct.error, OverflowError) as error:
        raise ValuesRefused(str(error)) from error
    except (psycopg.Error, PersistenceError) as error:
        if isinstance(error, psycopg.Error) and (error.sqlstate or "").startswith(LIMIT_EXCEEDED):
            raise ValuesRefused(str(error)) from error
        raise StoreUnavailable(str(error)) from error


def is_lost(connection: psycopg.Connection[Any], error: psycopg.Error) -> bool:
    """Whether an error means that the session is over, even where its end has not arrived yet."""
    state = error.sqlstate
    return connection.closed or state is None or state.startswith(SESSION_IS_OVER)


class PostgresTransaction:
    """The lock of the log is held from `ask` on."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        pipeline: psycopg.Pipeline,
        recorder: PostgresLedgerRecorder,
        packing: Packing,
    ) -> None:
        self._connection = connection
        self._pipeline = pipeline
        self._recorder = recorder
        self._packing = packing

    def ask(self, question: Question) -> Known:
        self._execute("BEGIN")
        self._execute(sql.LOCK, (WRITING, self._recorder.log))
        believed = question.tail.position
        tail = self._execute(sql.TAIL, (believed,))
        scopes = self._bulk(sql.SCOPES, _known_up_to(question, lambda after: after < believed))
        results = self._results(question.keys)
        feeds = self._bulk(sql.FEEDS, question.feeds)
        self._pipeline.sync()
        *newest, recorded_at, machine_s = tail.fetchall()[0]
        events = _fetched(scopes)
        if newest[0] != believed:
            events += _fetched(self._bulk(sql.SCOPES, _known_up_to(question, lambda after: after >= believed)))
        found = {row[:4]: row for row in self._answers(results)}
        return Known(
            newest=Newest(*newest),
            recorded_at=recorded_at,
            machine_s=machine_s,
            has_clock=True,
            events=self._by_scope(events),
            results={key: found.get(key) for key in question.keys},
            feeds={row[:3]: FeedHead(*row[3:]) for row in _fetched(feeds)},
        )

    @errors_named()
    def scope_events(self, tenant: str, scope: str, after: int) -> Sequence[Body]:
        return unpacked(self._packing, self._execute(sql.SCOPE, (tenant, scope, after)).fetchall())

    @errors_named()
    def result(self, key: ResultKey) -> ResultRow | None:
        return next(iter(self._answers(self._results([key]))), None)

    @errors_named()
    def is_parked(self, parked_id: ParkedId) -> bool:
        return bool(self._execute(sql.IS_PARKED, parked_id).fetchall())

    def now_s(self) -> float:
        return float(self._execute(sql.NOW_S).fetchall()[0][0])

    def commit(self) -> None:
        failpoint("writer.inserted_before_commit")
        try:
            ended = self._execute("COMMIT")
            self._pipeline.sync()
            failpoint("writer.committed_before_reply")
        except psycopg.errors.PipelineAborted as error:
            # A statement before the commit failed, so that the server passed over it.
            raise StoreUnavailable(str(error)) from error
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            if is_lost(self._connection, error):
                raise OutcomeUnknown(str(error)) from error
            raise
        # To commit a transaction in which a statement has failed is no error to PostgreSQL: it rolls back.
        if ended.statusmessage != COMMITTED:
            raise StoreUnavailable(f"the transaction had ended before its commit: {ended.statusmessage}")

    def insert(self, writes: Writes) -> None:
        if writes.events or writes.results or writes.outbox:
            self._bulk(sql.INSERT, writes.events, list(writes.results.values()), writes.outbox)
        for row in writes.settled.values():
            self._execute(sql.SETTLE_RESULT, {**row._asdict(), "answer": self._packing.pack(row.answer)})
        self._bulk(sql.UPSERT_DEADLINES, [deadline_row(change) for change in writes.deadlines.values()])
        self._bulk(sql.INSERT_PARKED, list(writes.parked.values()))
        for parked_id in writes.unparked:
            self._execute(sql.DELETE_PARKED, parked_id)

    def _results(self, keys: Sequence[ResultKey]) -> psycopg.Cursor[Any] | None:
        if not keys:
            return None
        return self._execute(sql.RESULTS, [Texts(dict.fromkeys(part)) for part in zip(*keys, strict=True)])

    def _bulk(self, bulk: Bulk, *tables: Sequence[Sequence[Any]]) -> psycopg.Cursor[Any] | None:
        """A statement over rows; nothing at all where there are none."""
        if not any(tables):
            return None
        arrays = [self._packed(array) for array in bulk.parameters(*tables)]
        return self._connection.cursor(binary=True).execute(bulk.statement, arrays, prepare=True)

    def _packed(self, array: Array) -> Array:
        """Every column of bytes is packed."""
        return Blobs(self._packing.pack_all(array)) if isinstance(array, Blobs) else array

    def _answers(self, cursor: psycopg.Cursor[Any] | None) -> list[ResultRow]:
        rows = [ResultRow(*row) for row in _fetched(cursor)]
        answers = self._packing.unpack_all([row.answer for row in rows])
        return [row._replace(answer=answer) for row, answer in zip(rows, answers, strict=True)]

    def _by_scope(self, rows: Sequence[Any]) -> dict[ScopeId, list[Body]]:
        events: dict[ScopeId, list[Body]] = defaultdict(list)
        bodies = self._packing.unpack_all([row[3] for row in rows])
        for (tenant, scope, position, _), body in zip(rows, bodies, strict=True):
            events[tenant, scope].append((position, body))
        return events

    def _execute(self, statement: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> psycopg.Cursor[Any]:
        return self._connection.cursor(binary=True).execute(statement.encode(), parameters, prepare=True)


def _known_up_to(question: Question, chosen: Callable[[int], bool]) -> list[tuple[str, str, int]]:
    return [(*scope_id, after) for scope_id, after in question.scopes.items() if chosen(after)]


def _fetched(cursor: psycopg.Cursor[Any] | None) -> list[Any]:
    return cursor.fetchall() if cursor else []
