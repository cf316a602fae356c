"""The synchronous port behind the log: rows, the two round trips of a write, and reads. One thread uses a transaction.

A write takes the lock of the log, asks everything it needs to know in one round trip (`Question` -> `Known`), and
inserts what was decided (`Writes`) and commits in a second one; or it presumes what it needs to know (`Premise`), and
one round trip is all. Implemented by SQLite, PostgreSQL and
memory; the rows are tuples in column order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from shared.deadlines.model import DeadlineChange, Place
from shared.eventstore.believed import NOTHING_SEEN, Believed, Newest
from shared.eventstore.port import Document, Lease, OutboxRow, ParkedMessage
from shared.kernel.errors import StoreUnavailable
from shared.kernel.instants import Instant

ScopeId = tuple[str, str]
"""(tenant, scope)"""

ResultKey = tuple[str, str, str, str]
"""(tenant, issuer, subject, key): whose idempotency key it is"""

FeedId = tuple[str, str]
"""(tenant, feed stream)"""

Body = tuple[int, bytes]
"""(position, stored bytes) of an event"""

BEGINNING: Instant = "0000-01-01T00:00:00.000Z"
"""Before everything that an empty log can record."""


class InsertRefused(Exception):
    """A uniqueness constraint refused the rows; nothing was written."""


class ValuesRefused(Exception):
    """The database takes no such values (too large for an index, a NUL, out of range); nothing was written.

    The same values are refused again, whoever writes first.
    """


class ConnectionLost(StoreUnavailable):
    """A connection died before a commit was asked for; nothing was written, and another one may do."""


class OutcomeUnknown(Exception):
    """The connection was lost during the commit: it may have happened or not. Look before any retry."""


class Moved(Exception):
    """The log is not as it was presumed to be; nothing was written."""


class NotPresumed(Exception):
    """Something has to be known, or written, that a transaction on a premise cannot; nothing was written."""


class EventRow(NamedTuple):
    position: int
    tenant: str
    scope: str
    stream: str
    version: int
    event_id: str
    type: str
    recorded_at: Instant
    body: bytes


class OutboxMessage(NamedTuple):
    """A public event without its number and place, which the store gives when it inserts."""

    tenant: str
    topic: str
    key: str
    head: bytes
    data: bytes


class ResultRow(NamedTuple):
    tenant: str
    issuer: str
    subject: str
    key: str
    fingerprint: str
    answer: bytes


class ParkedRow(NamedTuple):
    tenant: str
    stream: str
    n: int
    event_id: str
    scope: str
    reason: str
    parked_at: Instant
    envelope: bytes


class ParkedId(NamedTuple):
    tenant: str
    stream: str
    n: int
    event_id: str


class FeedHead(NamedTuple):
    """What a log holds of a feed.

    `last` is its newest number, `event_id` what stands under the number asked for, `parked_from` and `parked_to` are
    the smallest and largest number of its parked messages (0: none).
    """

    last: int
    event_id: str | None
    parked_from: int = 0
    parked_to: int = 0


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a batch must know: scopes with the position they are known up to, keys, and feeds with a number.

    `tail` is where the asker left the tail of the log; scopes known up to there need no look unless it has moved.
    """

    tail: Believed
    scopes: Mapping[ScopeId, int]
    keys: Sequence[ResultKey] = ()
    feeds: Sequence[tuple[str, str, int]] = ()


@dataclass(frozen=True, kw_only=True)
class Known:
    """The answers, read under the lock.

    `machine_s` is the database's clock where it has one of its own (`has_clock`), else the machine's.

    `newest` tells of the tail, and of what stands where the asker believes the tail to be.

    `events` has the scopes that have newer ones; `results` every key that was asked for, None where nothing is stored;
    `feeds` every feed and number that was asked for.
    """

    newest: Newest
    recorded_at: Instant
    machine_s: float
    has_clock: bool
    events: Mapping[ScopeId, Sequence[Body]]
    results: Mapping[ResultKey, ResultRow | None]
    feeds: Mapping[tuple[str, str, int], FeedHead]


@dataclass(frozen=True, kw_only=True)
class Premise:
    """How a log is presumed to be: it ends with the event `tail`, recorded at `recorded_at`, nothing is stored under
    `keys`, and the database's clock is between two readings.
    """

    tail: Believed
    recorded_at: Instant
    keys: Sequence[ResultKey]
    clock_from_s: float
    clock_to_s: float


@dataclass(kw_only=True)
class Writes:
    """The rows of a transaction, gathered command by command. `settled` are answers to keys of earlier transactions."""

    events: list[EventRow] = field(default_factory=list)
    outbox: list[OutboxMessage] = field(default_factory=list)
    results: dict[ResultKey, ResultRow] = field(default_factory=dict)
    settled: dict[ResultKey, ResultRow] = field(default_factory=dict)
    deadlines: dict[tuple[str, str], DeadlineChange] = field(default_factory=dict)
    parked: dict[ParkedId, ParkedRow] = field(default_factory=dict)
    unparked: list[ParkedId] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.events or self.results or self.outbox or self.parked or self.unparked)


class Transaction(Protocol):
    """The lock of the log is held. Everything read here is what the previous holder committed.

    The values of every method are refused with ValuesRefused where the database takes no such values. Whatever a
    method raises, the transaction is not to be committed (`WatchedTransaction` sees to that).
    """

    def ask(self, question: Question) -> Known:
        """Answer everything at once; asked first and once."""

    def scope_events(self, tenant: str, scope: str, after: int) -> Sequence[Body]:
        """Newer events of a scope that nobody asked for (a fact met during a decision)."""

    def result(self, key: ResultKey) -> ResultRow | None:
        """A stored result that nobody asked for."""

    def is_parked(self, parked_id: ParkedId) -> bool:
        """Whether this very message waits for an operator."""

    def now_s(self) -> float:
        """The clock of `Known.machine_s`, once more."""

    def insert(self, writes: Writes, *, more: bool = False) -> None:
        """Hand over rows; when `more` follow, the database may begin while the next commands are decided.

        Raises InsertRefused and ValuesRefused.
        """

    def commit(self) -> None:
        """Make everything inserted durable.

        Raises InsertRefused, ValuesRefused, OutcomeUnknown, and StoreUnavailable: then nothing was committed, for
        example because the transaction had ended before.
        """


class Store(Protocol):
    """Where the log of one service is kept. Methods block; they raise StoreUnavailable. Shapes as in `EventLog`."""

    def write(self) -> AbstractContextManager[Transaction]:
        """Take the lock until the commit; an error in the block rolls back."""

    @property
    def presuming(self) -> Callable[[Premise], AbstractContextManager[Transaction]] | None:
        """A transaction on a premise, where to ask costs a round trip; else None.

        It holds no lock while it is decided. Its commit takes the lock, looks whether the premise holds, inserts and
        commits, in one round trip; it raises Moved where the premise does not hold. Its reads raise NotPresumed.
        """

    def read(self, after: int, limit: int) -> Sequence[Body]: ...

    def read_scope(self, tenant: str, scope: str, after: int, limit: int | None) -> Sequence[Body]: ...

    def newest(self, position: int) -> Newest:
        """The end of the log, and what stands at a position."""

    def changed(self) -> bool:
        """A cheap hint whether the log may have grown since the last call (by any process)."""

    def outbox(self, after: int, limit: int, bytes_max: int) -> Sequence[OutboxRow]: ...

    def due_deadlines(self, now: Instant, limit: int, after: Place) -> Sequence[DeadlineChange]: ...

    def next_due_at(self) -> Instant | None: ...

    def held_deadlines(self, limit: int, after: Place) -> Sequence[DeadlineChange]: ...

    def stale_deadlines(self, calendar_id: str, version: str, limit: int, after: Place) -> Sequence[DeadlineChange]: ...

    def feed_heads(self, prefix: str) -> Mapping[tuple[str, str], int]:
        """The newest version of every stream whose name begins with `prefix`, by (tenant, rest of the name)."""

    def parked(self, limit: int) -> Sequence[ParkedMessage]: ...

    def parked_count(self) -> int: ...

    def parked_scopes(self, limit: int) -> Sequence[ScopeId]: ...

    def is_parked_in(self, tenant: str, stream: str, scope: str) -> bool:
        """Whether something of a feed is parked in a scope."""

    def get_position(self, name: str) -> int: ...

    def set_position(
        self, name: str, expected: int, position: int, lease: Lease | None = None, seen: Believed = NOTHING_SEEN
    ) -> bool:
        """Raises LogWentBack, and moves nothing, where the log has lost what was `seen`: a place speaks of it."""

    def acquire_lease(self, name: str, owner: str, life_s: float) -> Lease | None:
        """Leases live by the store's own clock, which every replica shares."""

    def renew_lease(self, lease: Lease, life_s: float | None) -> bool:
        """None ends the lease."""

    def put_documents(
        self,
        view: str,
        documents: Sequence[Document],
        expected: int,
        position: int,
        seen: Believed = NOTHING_SEEN,
    ) -> bool:
        """Raises LogWentBack, and writes nothing, where the log has lost what was `seen`: documents come of it."""

    def get_documents(self, view: str, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], bytes]: ...

    def list_documents(
        self, view: str, tenant: str | None, label: str, after: tuple[str, str], limit: int
    ) -> Sequence[Document]: ...

    def drop_view(self, view: str) -> None: ...

    @property
    def has_clock(self) -> bool: ...

    def now_s(self) -> float: ...

    def close(self) -> None: ...
