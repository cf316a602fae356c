"""The log of a service in the memory of one process: the model that the databases are compared with, and fast tests.

Everything is a plain dict or list under one lock; a transaction gathers nothing and changes nothing until it commits.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import accumulate

from msgspec.structs import replace

from shared.deadlines.model import DeadlineChange, Place
from shared.eventstore.believed import NOTHING_SEEN, Believed, Newest
from shared.eventstore.envelopes import decode_envelope, envelope_of
from shared.eventstore.memory_recorder import MemoryRecorder
from shared.eventstore.port import Document, Lease, OutboxRow, ParkedMessage, check_work_list
from shared.eventstore.store import (
    BEGINNING,
    Body,
    EventRow,
    FeedHead,
    Known,
    OutboxMessage,
    ParkedId,
    ParkedRow,
    Question,
    ResultKey,
    ResultRow,
    ScopeId,
    Writes,
)
from shared.kernel.clock import MachineClock
from shared.kernel.failpoints import failpoint
from shared.kernel.instants import Instant

OutboxKey = tuple[str, str, str]


class MemoryStore:
    """One service, for as long as the process lives."""

    def __init__(self, machine: MachineClock) -> None:
        self._machine = machine
        self._lock = threading.RLock()
        self._inserted: list[Writes] = []
        self.recorder = MemoryRecorder(self._lock)
        self._results: dict[ResultKey, ResultRow] = {}
        self._outbox: list[tuple[int, OutboxMessage]] = []
        self._outbox_heads: dict[OutboxKey, int] = defaultdict(int)
        self._deadlines: dict[tuple[str, str], DeadlineChange] = {}
        self._parked: dict[ParkedId, ParkedRow] = {}
        self._positions: dict[str, int] = defaultdict(int)
        self._leases: dict[str, tuple[Lease, float]] = {}
        self._documents: dict[str, dict[tuple[str, str], Document]] = defaultdict(dict)

    @contextmanager
    def write(self) -> Iterator[MemoryStore]:
        with self._lock:
            self._inserted = []
            yield self

    presuming = None

    def ask(self, question: Question) -> Known:
        newest = self.recorder.newest()
        return Known(
            newest=self.newest(question.tail.position),
            recorded_at=newest.recorded_at if newest else BEGINNING,
            machine_s=self._machine.now(),
            has_clock=False,
            events={scope_id: self.scope_events(*scope_id, after) for scope_id, after in question.scopes.items()},
            results={key: self._results.get(key) for key in question.keys},
            feeds={feed: self._feed(*feed) for feed in question.feeds},
        )

    def scope_events(self, tenant: str, scope: str, after: int) -> Sequence[Body]:
        return self.read_scope(tenant, scope, after, None)

    def result(self, key: ResultKey) -> ResultRow | None:
        return self._results.get(key)

    def is_parked(self, parked_id: ParkedId) -> bool:
        return parked_id in self._parked

    def insert(self, writes: Writes, *, more: bool = False) -> None:
        self._inserted.append(writes)

    def commit(self) -> None:
        failpoint("writer.inserted_before_commit")
        self.recorder.append([row for writes in self._inserted for row in writes.events])
        for writes in self._inserted:
            self._take(writes)
        failpoint("writer.committed_before_reply")

    def _take(self, writes: Writes) -> None:
        self._results.update(writes.results)
        self._results.update(writes.settled)
        for message in writes.outbox:
            key = (message.tenant, message.topic, message.key)
            self._outbox_heads[key] += 1
            self._outbox.append((self._outbox_heads[key], message))
        self._deadlines.update(writes.deadlines)
        for parked_id, row in writes.parked.items():
            first = self._parked.get(parked_id, row)
            self._parked[parked_id] = first._replace(reason=row.reason)
        for parked_id in writes.unparked:
            self._parked.pop(parked_id, None)

    def read(self, after: int, limit: int) -> Sequence[Body]:
        with self._lock:
            return [_body(row) for row in self.recorder.rows[after : after + limit]]

    def read_scope(self, tenant: str, scope: str, after: int, limit: int | None) -> Sequence[Body]:
        with self._lock:
            rows = self.recorder.by_scope.get((tenant, scope), [])
            start = bisect_right(rows, after, key=lambda row: row.position)
            return [_body(row) for row in rows[start : None if limit is None else start + limit]]

    def newest(self, position: int) -> Newest:
        with self._lock:
            rows = self.recorder.rows
            there = rows[position - 1].event_id if 0 < position <= len(rows) else None
            return Newest(len(rows), rows[-1].event_id if rows else None, there)

    def changed(self) -> bool:
        return False

    def outbox(self, after: int, limit: int, bytes_max: int) -> Sequence[OutboxRow]:
        with self._lock:
            rows = self._outbox[after : after + limit]
        before = (0, *accumulate(len(message.head) + len(message.data) for _, message in rows))
        rows = rows[: bisect_left(before, bytes_max)]
        return [
            OutboxRow(position=position, envelope=envelope_of(n, message.head, message.data))
            for position, (n, message) in enumerate(rows, start=after + 1)
        ]

    def due_deadlines(self, now: Instant, limit: int, after: Place) -> Sequence[DeadlineChange]:
        return [row for row in self._may_fire() if row.due_at <= now and row.place > after][:limit]

    def next_due_at(self) -> Instant | None:
        return next((row.due_at for row in self._may_fire()), None)

    def held_deadlines(self, limit: int, after: Place) -> Sequence[DeadlineChange]:
        return [row for row in self._by_due() if row.status == "held" and row.place > after][:limit]

    def stale_deadlines(self, calendar_id: str, version: str, limit: int, after: Place) -> Sequence[DeadlineChange]:
        return [
            row
            for row in self._by_due()
            if row.place > after
            and row.status != "closed"
            and row.calendar_id == calendar_id
            and row.calendar_version != version
        ][:limit]

    def feed_heads(self, prefix: str) -> Mapping[tuple[str, str], int]:
        with self._lock:
            return {
                (row.tenant, row.stream.removeprefix(prefix)): row.version
                for row in self.recorder.rows
                if row.stream.startswith(prefix)
            }

    def parked(self, limit: int) -> Sequence[ParkedMessage]:
        with self._lock:
            rows = list(self._parked.values())[:limit]
        return [
            ParkedMessage(envelope=decode_envelope(row.envelope), reason=row.reason, parked_at=row.parked_at)
            for row in rows
        ]

    def parked_count(self) -> int:
        return len(self._parked)

    def parked_scopes(self, limit: int) -> Sequence[ScopeId]:
        with self._lock:
            return sorted({(row.tenant, row.scope) for row in self._parked.values()})[:limit]

    def is_parked_in(self, tenant: str, stream: str, scope: str) -> bool:
        with self._lock:
            return any((row.tenant, row.stream, row.scope) == (tenant, stream, scope) for row in self._parked.values())

    def get_position(self, name: str) -> int:
        return self._positions.get(name, 0)

    def set_position(
        self, name: str, expected: int, position: int, lease: Lease | None = None, seen: Believed = NOTHING_SEEN
    ) -> bool:
        with self._lock:
            seen.check(self.newest(seen.position).there)
            if self.get_position(name) != expected or (lease and not self._holds(lease)):
                return False
            self._positions[name] = position
            return True

    def acquire_lease(self, name: str, owner: str, life_s: float) -> Lease | None:
        with self._lock:
            now_s = self.now_s()
            last, until_s = self._leases.get(name, (Lease(name=name, owner=owner, epoch=0), 0.0))
            if last.owner != owner and until_s > now_s:
                return None
            lease = Lease(name=name, owner=owner, epoch=last.epoch + 1)
            self._leases[name] = (lease, now_s + life_s)
            return lease

    def renew_lease(self, lease: Lease, life_s: float | None) -> bool:
        with self._lock:
            if not self._holds(lease):
                return False
            self._leases[lease.name] = (lease, 0.0 if life_s is None else self.now_s() + life_s)
            return True

    def _holds(self, lease: Lease) -> bool:
        return lease.name in self._leases and self._leases[lease.name][0] == lease

    def put_documents(
        self,
        view: str,
        documents: Sequence[Document],
        expected: int,
        position: int,
        seen: Believed = NOTHING_SEEN,
    ) -> bool:
        failpoint("documents.before_commit")
        with self._lock:
            if not self.set_position(view, expected, position, seen=seen):
                return False
            for document in documents:
                if document.body is None:
                    self._documents[view].pop((document.tenant, document.key), None)
                else:
                    self._documents[view][document.tenant, document.key] = document
        failpoint("documents.after_commit")
        return True

    def get_documents(self, view: str, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], bytes]:
        with self._lock:
            found = ((key, self._documents[view].get(key)) for key in keys)
            return {key: document.body for key, document in found if document and document.body is not None}

    def list_documents(
        self, view: str, tenant: str | None, label: str, after: tuple[str, str], limit: int
    ) -> Sequence[Document]:
        if tenant is None:
            check_work_list(label)
        with self._lock:
            listed = [
                replace(document, order=document.places.get(label, document.order), labels=(label,), places={})
                for document in self._documents[view].values()
                if label in document.labels and tenant in (None, document.tenant)
            ]
        documents = [document for document in listed if (document.order, document.key) > after]
        return sorted(documents, key=lambda document: (document.order, document.key, document.tenant))[:limit]

    def drop_view(self, view: str) -> None:
        with self._lock:
            self._documents.pop(view, None)
            self._positions.pop(view, None)

    has_clock = False

    def now_s(self) -> float:
        return self._machine.now()

    def close(self) -> None:
        """Nothing is open."""

    def _by_due(self) -> list[DeadlineChange]:
        with self._lock:
            return sorted(self._deadlines.values(), key=lambda row: row.place)

    def _may_fire(self) -> list[DeadlineChange]:
        held = set(self.parked_scopes(len(self._parked)))
        return [
            row
            for row in self._by_due()
            if row.status == "armed"
            and not row.provisional
            and not (row.legal_effect and (row.tenant, row.scope) in held)
        ]

    def _feed(self, tenant: str, stream: str, n: int) -> FeedHead:
        numbers = [row.n for row in self._parked.values() if (row.tenant, row.stream) == (tenant, stream)]
        row = self.recorder.by_stream.get((tenant, stream, n))
        return FeedHead(
            last=self.recorder.versions.get((tenant, stream), 0),
            event_id=row.event_id if row else None,
            parked_from=min(numbers, default=0),
            parked_to=max(numbers, default=0),
        )


def _body(row: EventRow) -> Body:
    return row.position, row.body
