"""A write to PostgreSQL: question and answer in the first round trip, rows and commit in the second."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from eventsourcing.persistence import PersistenceError

from shared.eventstore.postgres_arrays import Texts, columns
from shared.eventstore.postgres_recorder import LOCK, WRITING, PostgresLedgerRecorder
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
    ScopeId,
    Writes,
)
from shared.eventstore.tables import deadline_row
from shared.kernel.errors import StoreUnavailable
from shared.kernel.failpoints import failpoint

_TAIL = f"""
    SELECT coalesce(max(position), 0),
           coalesce((SELECT recorded_at FROM events ORDER BY position DESC LIMIT 1), '{BEGINNING}'),
           extract(epoch FROM clock_timestamp())::float8
    FROM events
"""

_SCOPES = """
    SELECT s.tenant, s.scope, e.position, e.body
    FROM unnest(%b::text[], %b::text[], %b::bigint[]) AS s (tenant, scope, after)
    CROSS JOIN LATERAL (
        SELECT position, body FROM events
        WHERE tenant = s.tenant AND scope = s.scope AND position > s.after ORDER BY position
    ) AS e
    ORDER BY e.position
"""

_SCOPE = "SELECT position, body FROM events WHERE tenant = %s AND scope = %s AND position > %s ORDER BY position"

_RESULTS = """
    SELECT * FROM results
    WHERE tenant = ANY(%b::text[]) AND issuer = ANY(%b::text[]) AND subject = ANY(%b::text[]) AND key = ANY(%b::text[])
"""

_FEEDS = """
    SELECT f.tenant, f.stream, f.n,
           coalesce((SELECT max(version) FROM events e WHERE e.stream = f.stream AND e.tenant = f.tenant), 0),
           (SELECT event_id FROM events e WHERE e.stream = f.stream AND e.tenant = f.tenant AND e.version = f.n),
           (SELECT coalesce(min(p.n), 0) FROM parked p WHERE p.tenant = f.tenant AND p.stream = f.stream),
           (SELECT coalesce(max(p.n), 0) FROM parked p WHERE p.tenant = f.tenant AND p.stream = f.stream)
    FROM unnest(%b::text[], %b::text[], %b::bigint[]) AS f (tenant, stream, n)
"""

_INSERT_RESULTS = """
    INSERT INTO results SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::bytea[])
"""

_SETTLE_RESULT = """
    UPDATE results SET answer = %(answer)s
    WHERE tenant = %(tenant)s AND issuer = %(issuer)s AND subject = %(subject)s AND key = %(key)s
"""

_INSERT_OUTBOX = """
    INSERT INTO outbox (tenant, topic, key, n, head, data)
    SELECT m.tenant, m.topic, m.key,
           coalesce((SELECT max(o.n) FROM outbox o
                     WHERE o.tenant = m.tenant AND o.topic = m.topic AND o.key = m.key), 0)
           + row_number() OVER (PARTITION BY m.tenant, m.topic, m.key ORDER BY m.place),
           m.head, m.data
    FROM unnest(%b::text[], %b::text[], %b::text[], %b::bytea[], %b::bytea[])
         WITH ORDINALITY AS m (tenant, topic, key, head, data, place)
    ORDER BY m.place
"""

_UPSERT_DEADLINES = """
    INSERT INTO deadlines SELECT * FROM unnest(
        %b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::smallint[],
        %b::smallint[], %b::text[], %b::text[])
    ON CONFLICT (tenant, deadline_id) DO UPDATE SET
        scope = excluded.scope, stream = excluded.stream, kind = excluded.kind, status = excluded.status,
        due_at = excluded.due_at, provisional = excluded.provisional, legal_effect = excluded.legal_effect,
        calendar_id = excluded.calendar_id, calendar_version = excluded.calendar_version
"""

_INSERT_PARKED = """
    INSERT INTO parked (tenant, stream, n, event_id, scope, reason, parked_at, envelope)
    SELECT * FROM unnest(%b::text[], %b::text[], %b::bigint[], %b::text[], %b::text[], %b::text[], %b::text[],
                         %b::bytea[])
    ON CONFLICT (tenant, stream, n, event_id) DO UPDATE SET reason = excluded.reason
"""

_OF_MESSAGE = "FROM parked WHERE tenant = %s AND stream = %s AND n = %s AND event_id = %s"


@contextmanager
def errors_named() -> Iterator[None]:
    """The driver's errors, and the library's, as the ledger calls them."""
    try:
        yield
    except psycopg.IntegrityError as error:
        raise InsertRefused(str(error)) from error
    except (psycopg.Error, PersistenceError) as error:
        raise StoreUnavailable(str(error)) from error


class PostgresTransaction:
    """The lock of the log is held from `ask` on."""

    def __init__(
        self, connection: psycopg.Connection[Any], pipeline: psycopg.Pipeline, recorder: PostgresLedgerRecorder
    ) -> None:
        self._connection = connection
        self._pipeline = pipeline
        self._recorder = recorder

    def ask(self, question: Question) -> Known:
        self._execute("BEGIN")
        self._execute(LOCK, (WRITING, self._recorder.log))
        tail = self._execute(_TAIL)
        scopes = self._over(_SCOPES, _known_up_to(question, lambda after: after < question.tail))
        results = self._results(question.keys)
        feeds = self._over(_FEEDS, question.feeds)
        self._pipeline.sync()
        position, recorded_at, machine_s = tail.fetchall()[0]
        events = _fetched(scopes)
        if position != question.tail:
            events += _fetched(self._over(_SCOPES, _known_up_to(question, lambda after: after >= question.tail)))
        found: dict[ResultKey, ResultRow] = {row[:4]: ResultRow(*row) for row in _fetched(results)}
        return Known(
            tail=position,
            recorded_at=recorded_at,
            machine_s=machine_s,
            events=_by_scope(events),
            results={key: found.get(key) for key in question.keys},
            feeds={row[:3]: FeedHead(*row[3:]) for row in _fetched(feeds)},
        )

    @errors_named()
    def scope_events(self, tenant: str, scope: str, after: int) -> Sequence[Body]:
        return self._execute(_SCOPE, (tenant, scope, after)).fetchall()

    @errors_named()
    def result(self, key: ResultKey) -> ResultRow | None:
        return next((ResultRow(*row) for row in _fetched(self._results([key]))), None)

    @errors_named()
    def is_parked(self, parked_id: ParkedId) -> bool:
        return bool(self._execute(f"SELECT 1 {_OF_MESSAGE}", parked_id).fetchall())

    def commit(self) -> None:
        failpoint("writer.inserted_before_commit")
        try:
            self._execute("COMMIT")
            self._pipeline.sync()
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            if self._connection.closed:
                raise OutcomeUnknown(str(error)) from error
            raise

    def insert(self, writes: Writes) -> None:
        self._recorder.insert_rows(self._cursor(), writes.events)
        self._over(_INSERT_RESULTS, list(writes.results.values()))
        for row in writes.settled.values():
            self._execute(_SETTLE_RESULT, row._asdict())
        self._over(_INSERT_OUTBOX, writes.outbox)
        self._over(_UPSERT_DEADLINES, [deadline_row(change) for change in writes.deadlines.values()])
        self._over(_INSERT_PARKED, list(writes.parked.values()))
        for parked_id in writes.unparked:
            self._execute(f"DELETE {_OF_MESSAGE}", parked_id)

    def _results(self, keys: Sequence[ResultKey]) -> psycopg.Cursor[Any] | None:
        """What is stored under any combination of these parts; there are few but keys in a batch."""
        if not keys:
            return None
        return self._execute(_RESULTS, [Texts(dict.fromkeys(part)) for part in zip(*keys, strict=True)])

    def _over(self, statement: str, rows: Sequence[Sequence[Any]]) -> psycopg.Cursor[Any] | None:
        """A statement over rows given as arrays; none at all for no rows."""
        return self._execute(statement, columns(rows)) if rows else None

    def _execute(self, statement: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> psycopg.Cursor[Any]:
        return self._cursor().execute(statement.encode(), parameters, prepare=True)

    def _cursor(self) -> psycopg.Cursor[Any]:
        return self._connection.cursor(binary=True)


def _known_up_to(question: Question, chosen: Callable[[int], bool]) -> list[tuple[str, str, int]]:
    return [(*scope_id, after) for scope_id, after in question.scopes.items() if chosen(after)]


def _fetched(cursor: psycopg.Cursor[Any] | None) -> list[Any]:
    return cursor.fetchall() if cursor else []


def _by_scope(rows: Sequence[Any]) -> dict[ScopeId, list[Body]]:
    events: dict[ScopeId, list[Body]] = defaultdict(list)
    for tenant, scope, position, body in rows:
        events[tenant, scope].append((position, body))
    return events
