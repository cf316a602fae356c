"""A write to PostgreSQL: question and answer in the first round trip, rows and commit in the second."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from eventsourcing.persistence import PersistenceError
from psycopg.pq.abc import PGresult

from shared.eventstore import postgres_statements as sql
from shared.eventstore.believed import Newest
from shared.eventstore.envelopes import joined
from shared.eventstore.packing import Packing
from shared.eventstore.postgres_recorder import WRITING
from shared.eventstore.postgres_wire import Bulk, Session
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
COMMITTED = b"COMMIT"

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

    def __init__(self, session: Session, log: int, packing: Packing) -> None:
        self._session = session
        self._log = log
        self._packing = packing
        self._ended: list[PGresult] = []

    def ask(self, question: Question) -> Known:
        send, fetched = self._session.send, self._session.fetched
        self._begin()
        believed = question.tail.position
        behind = _known_up_to(question, lambda after: after < believed)
        tail = send(sql.TAIL, (believed,))
        scopes = send(sql.SCOPES, sql.SCOPES.columns(behind)) if behind else None
        results = send(sql.RESULTS, parts_of(question.keys)) if question.keys else None
        feeds = send(sql.FEEDS, sql.FEEDS.columns(question.feeds)) if question.feeds else None
        answers = self._session.sync()
        *newest, recorded_at, machine_s, _ = fetched(answers[tail])[0]
        events = fetched(answers[scopes]) if scopes else []
        if newest[0] != believed:
            events += self._scopes(_known_up_to(question, lambda after: after >= believed))
        found = {row[:4]: row for row in self._results(fetched(answers[results]) if results else [])}
        return Known(
            newest=Newest(*newest),
            recorded_at=recorded_at,
            machine_s=machine_s,
            has_clock=True,
            events=self._by_scope(events),
            results={key: found.get(key) for key in question.keys},
            feeds={row[:3]: FeedHead(*row[3:]) for row in (fetched(answers[feeds]) if feeds else [])},
        )

    @errors_named()
    def scope_events(self, tenant: str, scope: str, after: int) -> Sequence[Body]:
        return unpacked(self._packing, self._session.rows(sql.SCOPE, (tenant, scope, after)))

    @errors_named()
    def result(self, key: ResultKey) -> ResultRow | None:
        return next(iter(self._results(self._session.rows(sql.RESULTS, parts_of([key])))), None)

    @errors_named()
    def is_parked(self, parked_id: ParkedId) -> bool:
        return bool(self._session.rows(sql.IS_PARKED, parked_id))

    def now_s(self) -> float:
        return float(self._session.rows(sql.NOW_S)[0][0])

    def insert(self, writes: Writes, *, more: bool = False) -> None:
        send = self._session.send
        if writes.events or writes.results or writes.outbox:
            outbox = [row._replace(head=b"", data=joined(row)) for row in writes.outbox]
            send(sql.INSERT, self._columns(sql.INSERT, writes.events, list(writes.results.values()), outbox))
        for row in writes.settled.values():
            send(sql.SETTLE_RESULT, (*row[:4], self._packing.pack(row.answer)))
        if writes.deadlines:
            deadlines = [deadline_row(change) for change in writes.deadlines.values()]
            send(sql.UPSERT_DEADLINES, sql.UPSERT_DEADLINES.columns(deadlines))
        if writes.parked:
            send(sql.INSERT_PARKED, self._columns(sql.INSERT_PARKED, list(writes.parked.values())))
        for parked_id in writes.unparked:
            send(sql.DELETE_PARKED, parked_id)
        if more:
            self._session.flush()

    def commit(self) -> None:
        failpoint("writer.inserted_before_commit")
        try:
            commit = self._session.send(sql.COMMIT)
            self._ended = self._session.sync()
            failpoint("writer.committed_before_reply")
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            if is_lost(self._session.connection, error):
                raise OutcomeUnknown(str(error)) from error
            raise
        # To commit a transaction in which a statement has failed is no error to PostgreSQL: it rolls back.
        ended = self._ended[commit].command_status
        if ended != COMMITTED:
            raise StoreUnavailable(f"the transaction had ended before its commit: {ended!r}")

    def _begin(self) -> None:
        """The lock alone in a statement: what comes behind it sees what the previous holder has committed."""
        self._session.send(sql.BEGIN)
        self._session.send(sql.LOCK, (WRITING, self._log))

    def _scopes(self, scopes: list[tuple[str, str, int]]) -> list[Any]:
        return self._session.rows(sql.SCOPES, sql.SCOPES.columns(scopes)) if scopes else []

    def _columns(self, bulk: Bulk, *tables: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
        """Every column of bytes is packed."""
        columns = bulk.columns(*tables)
        for place in bulk.blobs:
            columns[place] = self._packing.pack_all(columns[place])
        return columns

    def _results(self, rows: Sequence[Any]) -> list[ResultRow]:
        answers = self._packing.unpack_all([row[-1] for row in rows])
        return [ResultRow(*row)._replace(answer=answer) for row, answer in zip(rows, answers, strict=True)]

    def _by_scope(self, rows: Sequence[Any]) -> dict[ScopeId, list[Body]]:
        events: dict[ScopeId, list[Body]] = defaultdict(list)
        bodies = self._packing.unpack_all([row[3] for row in rows])
        for (tenant, scope, position, _), body in zip(rows, bodies, strict=True):
            events[tenant, scope].append((position, body))
        return events


def parts_of(keys: Sequence[ResultKey]) -> list[Iterable[str]]:
    """Each part of the keys by itself, as the statements about keys take them."""
    return [dict.fromkeys(part) for part in zip(*keys, strict=True)]


def _known_up_to(question: Question, chosen: Callable[[int], bool]) -> list[tuple[str, str, int]]:
    return [(*scope_id, after) for scope_id, after in question.scopes.items() if chosen(after)]
