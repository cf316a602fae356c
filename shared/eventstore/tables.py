"""Reads and documents in SQL that SQLite and PostgreSQL both understand; each database only brings its sessions.

Statements are written with `?`; texts sort by bytes in both databases. The hot path of the writer is not here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import accumulate, islice
from typing import Any, Protocol

from shared.deadlines.model import DeadlineChange, Place
from shared.eventstore.believed import NOTHING_SEEN, Believed, Newest
from shared.eventstore.envelopes import decode_envelope, envelope_of, parted
from shared.eventstore.labels import listed_by
from shared.eventstore.packing import Packing, read_dictionary
from shared.eventstore.port import Document, Lease, OutboxRow, ParkedMessage, check_work_list
from shared.eventstore.store import Body, ScopeId
from shared.kernel.errors import StoreUnavailable
from shared.kernel.failpoints import failpoint
from shared.kernel.instants import Instant
from shared.messages.dictionary import Dictionary

Row = Sequence[Any]

# Keys that go into one statement.
KEYS_PER_STATEMENT = 200

_DEADLINE = """
    SELECT tenant, deadline_id, scope, stream, kind, status, due_at, provisional, legal_effect,
           calendar_id, calendar_version
    FROM deadlines
"""

# A page of a work list goes on behind a place (`DeadlineChange.place`).
_BEHIND = "(due_at, deadline_id, tenant) > (?, ?, ?) ORDER BY due_at, deadline_id, tenant LIMIT ?"

# The indexes of open deadlines have this condition, and SQLite takes one only where a question repeats it word by word.
_OPEN = "status <> 'closed'"

# What may fire: armed, firm, and not held because its scope has parked messages.
_MAY_FIRE = f"""
    {_OPEN} AND status = 'armed' AND provisional = 0 AND NOT (legal_effect = 1 AND EXISTS (
        SELECT 1 FROM parked WHERE parked.tenant = deadlines.tenant AND parked.scope = deadlines.scope))
"""

# The index of lists over every tenant has this condition; SQLite takes it as it takes the others.
_OF_ALL_TENANTS = "AND substr(l.label, 1, 1) = '$'"

# Rows as long as those before them do not come to the bytes that a page may hold, so that the first is always there.
_OUTBOX_PAGE = """
    SELECT position, n, head, data FROM (
        SELECT position, n, head, data, sum(length(head) + length(data)) OVER (
            ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - length(head) - length(data) AS before
        FROM outbox WHERE position > ? ORDER BY position LIMIT ?) AS page
    WHERE before < ? ORDER BY position
"""


class Session(Protocol):
    """A transaction of a database, or a single read."""

    def rows(self, statement: str, parameters: Row = ()) -> list[Any]:
        """The rows of a query."""

    def run(self, statement: str, parameters: Row = ()) -> int:
        """The number of rows that a statement changed."""

    def many(self, statement: str, parameters: Sequence[Row]) -> None:
        """One statement for several rows."""

    def now_s(self) -> float:
        """The database's clock, or the machine's where it has none."""


class SqlTables(ABC):
    """Everything of a `Store` but the writing of events."""

    packing: Packing

    labels_of_document: str
    """The labels of a row `d` of documents, as rows of `e`."""
    label_of_element: str
    place_of_element: str
    """What `listed_by` made of a label and its own place, taken apart; the place NULL where it is the document's."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[Session]:
        """A session for reads; raises StoreUnavailable."""

    @abstractmethod
    def writing_documents(self) -> AbstractContextManager[Session]:
        """A transaction for documents and positions, committed at the end of the block; raises StoreUnavailable.

        It need not be flushed to disk: documents can be rebuilt, and positions are moved together with them.
        """

    def rows(self, statement: str, parameters: Row = ()) -> list[Any]:
        """One query in a session of its own."""
        with self.reading() as session:
            return session.rows(statement, parameters)

    def bring(self, dictionary: Dictionary) -> None:
        """Keep the dictionary that rows are packed with; raises StoreUnavailable where another has its number."""
        number, body = dictionary.number, read_dictionary(dictionary)
        found = self.dictionary(number)
        if found is None:
            insert = "INSERT INTO dictionaries (number, body) VALUES (?, ?) ON CONFLICT DO NOTHING"
            with self.writing_documents() as session:
                session.many(insert, [(number, body)])
            found = self.dictionary(number)
        if found != body:
            raise StoreUnavailable(f"the dictionary {number} of this database is not this program's")

    def dictionary(self, number: int) -> bytes | None:
        """What rows that name this number are unpacked with."""
        rows = self.rows("SELECT body FROM dictionaries WHERE number = ?", (number,))
        return bytes(rows[0][0]) if rows else None

    def read(self, after: int, limit: int) -> Sequence[Body]:
        rows = self.rows(
            "SELECT position, body FROM events WHERE position > ? ORDER BY position LIMIT ?", (after, limit)
        )
        return unpacked(self.packing, rows)

    def read_scope(self, tenant: str, scope: str, after: int, limit: int | None) -> Sequence[Body]:
        statement = (
            "SELECT position, body FROM events WHERE tenant = ? AND scope = ? AND position > ? ORDER BY position"
        )
        if limit is None:
            return unpacked(self.packing, self.rows(statement, (tenant, scope, after)))
        return unpacked(self.packing, self.rows(f"{statement} LIMIT ?", (tenant, scope, after, limit)))

    def newest(self, position: int) -> Newest:
        rows = self.rows(
            """SELECT coalesce((SELECT max(position) FROM events), 0),
                      (SELECT event_id FROM events WHERE position = (SELECT max(position) FROM events)),
                      (SELECT event_id FROM events WHERE position = ?)""",
            (position,),
        )
        return Newest(*rows[0])

    def outbox(self, after: int, limit: int, bytes_max: int) -> Sequence[OutboxRow]:
        rows = self.rows(_OUTBOX_PAGE, (after, limit, bytes_max))
        # The database counts what is stored; what is kept in memory is larger.
        before = accumulate((self.packing.size(row[2]) + self.packing.size(row[3]) for row in rows), initial=0)
        rows = [row for row, bytes_ in zip(rows, before, strict=False) if bytes_ < bytes_max]
        heads = self.packing.unpack_all(row[2] for row in rows)
        data = self.packing.unpack_all(row[3] for row in rows)
        return [
            OutboxRow(position=row[0], envelope=envelope_of(row[1], *parted(head, content)))
            for row, head, content in zip(rows, heads, data, strict=True)
        ]

    def due_deadlines(self, now: Instant, limit: int, after: Place) -> Sequence[DeadlineChange]:
        return self._deadlines(f"{_DEADLINE} WHERE {_MAY_FIRE} AND due_at <= ? AND {_BEHIND}", (now, *after, limit))

    def next_due_at(self) -> Instant | None:
        due_at: Instant | None = self.rows(f"SELECT min(due_at) FROM deadlines WHERE {_MAY_FIRE}")[0][0]
        return due_at

    def held_deadlines(self, limit: int, after: Place) -> Sequence[DeadlineChange]:
        return self._deadlines(f"{_DEADLINE} WHERE {_OPEN} AND status = 'held' AND {_BEHIND}", (*after, limit))

    def stale_deadlines(self, calendar_id: str, version: str, limit: int, after: Place) -> Sequence[DeadlineChange]:
        # No index answers "another version", two questions on either side of it do.
        behind, _, in_order = _BEHIND.partition(" ORDER")
        sides = [
            f"{_DEADLINE} WHERE {_OPEN} AND calendar_id = ? AND calendar_version {side} ? AND {behind}" for side in "<>"
        ]
        asked = (calendar_id, version, *after)
        return self._deadlines(f"{' UNION ALL '.join(sides)} ORDER{in_order}", (*asked, *asked, limit))

    def _deadlines(self, statement: str, parameters: Row) -> Sequence[DeadlineChange]:
        return [_deadline(row) for row in self.rows(statement, parameters)]

    def feed_heads(self, prefix: str) -> Mapping[tuple[str, str], int]:
        rows = self.rows(
            "SELECT tenant, stream, max(version) FROM events WHERE stream >= ? AND stream < ? GROUP BY tenant, stream",
            (prefix, prefix + "\U0010ffff"),
        )
        return {(tenant, stream[len(prefix) :]): version for tenant, stream, version in rows}

    def parked(self, limit: int) -> Sequence[ParkedMessage]:
        rows = self.rows("SELECT envelope, reason, parked_at FROM parked ORDER BY position LIMIT ?", (limit,))
        return [
            ParkedMessage(envelope=decode_envelope(self.packing.unpack(envelope)), reason=reason, parked_at=parked_at)
            for envelope, reason, parked_at in rows
        ]

    def parked_count(self) -> int:
        return int(self.rows("SELECT count(*) FROM parked")[0][0])

    def parked_scopes(self, limit: int) -> Sequence[ScopeId]:
        rows = self.rows("SELECT DISTINCT tenant, scope FROM parked ORDER BY tenant, scope LIMIT ?", (limit,))
        return [(tenant, scope) for tenant, scope in rows]

    def is_parked_in(self, tenant: str, stream: str, scope: str) -> bool:
        statement = "SELECT 1 FROM parked WHERE tenant = ? AND stream = ? AND scope = ? LIMIT 1"
        return bool(self.rows(statement, (tenant, stream, scope)))

    def get_position(self, name: str) -> int:
        rows = self.rows("SELECT position FROM positions WHERE name = ?", (name,))
        return rows[0][0] if rows else 0

    def set_position(
        self, name: str, expected: int, position: int, lease: Lease | None = None, seen: Believed = NOTHING_SEEN
    ) -> bool:
        with self.writing_documents() as session:
            _check(session, seen)
            return (lease is None or _holds(session, lease)) and _move(session, name, expected, position)

    def acquire_lease(self, name: str, owner: str, life_s: float) -> Lease | None:
        with self.writing_documents() as session:
            now_s = session.now_s()
            expires_s = now_s + life_s
            taken = session.run(
                """UPDATE leases SET owner = ?, epoch = epoch + 1, expires_s = ?
                   WHERE name = ? AND (owner = ? OR expires_s <= ?)""",
                (owner, expires_s, name, owner, now_s),
            ) or session.run(
                "INSERT INTO leases (name, owner, epoch, expires_s) VALUES (?, ?, 1, ?) ON CONFLICT DO NOTHING",
                (name, owner, expires_s),
            )
            if not taken:
                return None
            epoch = session.rows("SELECT epoch FROM leases WHERE name = ?", (name,))[0][0]
            return Lease(name=name, owner=owner, epoch=epoch)

    def renew_lease(self, lease: Lease, life_s: float | None) -> bool:
        with self.writing_documents() as session:
            return _holds(session, lease, 0.0 if life_s is None else session.now_s() + life_s)

    def put_documents(
        self,
        view: str,
        documents: Sequence[Document],
        expected: int,
        position: int,
        seen: Believed = NOTHING_SEEN,
    ) -> bool:
        with self.writing_documents() as session:
            _check(session, seen)
            if not _move(session, view, expected, position):
                return False
            self._replace(session, view, documents)
            failpoint("documents.before_commit")
        failpoint("documents.after_commit")
        return True

    def get_documents(self, view: str, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], bytes]:
        found: dict[tuple[str, str], bytes] = {}
        for tenant, some in _pieces(keys):
            # Tenant by tenant: SQLite looks for pairs by reading all documents of the view.
            rows = self.rows(
                f"""SELECT key, body FROM documents
                    WHERE view = ? AND tenant = ? AND key IN ({", ".join("?" * len(some))})""",
                (view, tenant, *some),
            )
            bodies = self.packing.unpack_all(row[1] for row in rows)
            found.update({(tenant, row[0]): body for row, body in zip(rows, bodies, strict=True)})
        return found

    def list_documents(
        self, view: str, tenant: str | None, label: str, after: tuple[str, str], limit: int
    ) -> Sequence[Document]:
        if tenant is None:
            check_work_list(label)
        of_tenant = _OF_ALL_TENANTS if tenant is None else "AND l.tenant = ?"
        rows = self.rows(
            f"""SELECT d.tenant, d.key, d.body, l.place FROM document_labels l
                JOIN documents d ON d.view = l.view AND d.tenant = l.tenant AND d.key = l.key
                WHERE l.view = ? AND l.label = ? {of_tenant} AND (l.place, l.key) > (?, ?)
                ORDER BY l.place, l.key, l.tenant LIMIT ?""",
            (view, label, *(() if tenant is None else (tenant,)), *after, limit),
        )
        bodies = self.packing.unpack_all(row[2] for row in rows)
        return [
            Document(tenant=row[0], key=row[1], body=body, order=row[3], labels=(label,))
            for row, body in zip(rows, bodies, strict=True)
        ]

    def _replace(self, session: Session, view: str, documents: Sequence[Document]) -> None:
        documents = list({(document.tenant, document.key): document for document in documents}.values())
        kept = [(document, document.body) for document in documents if document.body is not None]
        bodies = self.packing.pack_all([body for _, body in kept])
        of_document = [(view, document.tenant, document.key) for document in documents]
        session.many(
            f"""DELETE FROM document_labels WHERE (view, label, tenant, place, key) IN (
                    SELECT d.view, {self.label_of_element}, d.tenant, coalesce({self.place_of_element}, d.place), d.key
                    FROM documents d, {self.labels_of_document}
                    WHERE d.view = ? AND d.tenant = ? AND d.key = ?)""",
            of_document,
        )
        session.many(
            "DELETE FROM documents WHERE view = ? AND tenant = ? AND key = ?",
            [(view, document.tenant, document.key) for document in documents if document.body is None],
        )
        session.many(
            """INSERT INTO documents (view, tenant, key, body, place, labels) VALUES (?, ?, ?, ?, ?, ?)
               ON CONFLICT (view, tenant, key) DO UPDATE SET
                   body = excluded.body, place = excluded.place, labels = excluded.labels""",
            [
                (view, document.tenant, document.key, body, document.order, listed_by(document))
                for (document, _), body in zip(kept, bodies, strict=True)
            ],
        )
        session.many(
            "INSERT INTO document_labels (view, label, tenant, place, key) VALUES (?, ?, ?, ?, ?)",
            [
                (view, label, document.tenant, document.places.get(label, document.order), document.key)
                for document, _ in kept
                for label in dict.fromkeys(document.labels)
            ],
        )

    def drop_view(self, view: str) -> None:
        with self.writing_documents() as session:
            for table, column in (("document_labels", "view"), ("documents", "view"), ("positions", "name")):
                session.run(f"DELETE FROM {table} WHERE {column} = ?", (view,))


def unpacked(packing: Packing, rows: Sequence[Row]) -> list[Body]:
    """(position, body) of rows whose first columns are these."""
    bodies = packing.unpack_all([row[1] for row in rows])
    return [(row[0], body) for row, body in zip(rows, bodies, strict=True)]


def _deadline(row: Row) -> DeadlineChange:
    tenant, deadline_id, scope, stream, kind, status, due_at, provisional, legal_effect, calendar, version = row
    return DeadlineChange(
        tenant=tenant,
        deadline_id=deadline_id,
        scope=scope,
        stream=stream,
        kind=kind,
        status=status,
        due_at=due_at,
        provisional=bool(provisional),
        legal_effect=bool(legal_effect),
        calendar_id=calendar,
        calendar_version=version,
    )


def deadline_row(change: DeadlineChange) -> Row:
    """The columns of a deadline row."""
    return (
        change.tenant,
        change.deadline_id,
        change.scope,
        change.stream,
        change.kind,
        change.status,
        change.due_at,
        int(change.provisional),
        int(change.legal_effect),
        change.calendar_id,
        change.calendar_version,
    )


def _check(session: Session, seen: Believed) -> None:
    """Raise LogWentBack unless the log still has what was seen."""
    if seen.position:
        found = session.rows("SELECT event_id FROM events WHERE position = ?", (seen.position,))
        seen.check(found[0][0] if found else None)


def _holds(session: Session, lease: Lease, expires_s: float | None = None) -> bool:
    """Whether nobody else has taken the lease. Its row stays locked to the end of the transaction."""
    held = session.run(
        "UPDATE leases SET expires_s = coalesce(?, expires_s) WHERE name = ? AND owner = ? AND epoch = ?",
        (expires_s, lease.name, lease.owner, lease.epoch),
    )
    return held == 1


def _move(session: Session, name: str, expected: int, position: int) -> bool:
    """Compare-and-set of a position; a name that was never set is at 0."""
    moved = session.run("UPDATE positions SET position = ? WHERE name = ? AND position = ?", (position, name, expected))
    if not moved and expected == 0:
        moved = session.run(
            "INSERT INTO positions (name, position) VALUES (?, ?) ON CONFLICT DO NOTHING", (name, position)
        )
    return moved == 1


def _pieces(keys: Sequence[tuple[str, str]]) -> Iterator[tuple[str, list[str]]]:
    """(tenant, keys) for each statement."""
    of_tenants: dict[str, dict[str, None]] = {}
    for tenant, key in keys:
        of_tenants.setdefault(tenant, {})[key] = None
    for tenant, of_tenant in of_tenants.items():
        rest = iter(of_tenant)
        while some := list(islice(rest, KEYS_PER_STATEMENT)):
            yield tenant, some
