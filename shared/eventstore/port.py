"""The port of a service's log: what the rest of the ledger may ask of it, whichever store is behind.

Every implementation passes `tests/contract/test_event_store.py`. All methods are coroutines; the one thread boundary
is behind them. Errors: `StoreUnavailable` when the store cannot be reached (what was answered so was not received, but
for `OutcomeNotKnown`), its kinds `LogWentBack` (nothing is done any more) and `ClockUntrusted`,
`VersionConflict`, `IdempotencyKeyReused`, `RequestTooOld`, and whatever the service's deciders refuse.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeVar

import msgspec
from msgspec import Struct

from shared.commands.command import Command, Rejected
from shared.commands.decision import OutcomeKind, Result
from shared.deadlines.model import FIRST_PLACE, DeadlineChange, Place
from shared.kernel.instants import Instant
from shared.kernel.names import WORK_LIST
from shared.messages.events import Recorded
from shared.public_events.envelope import Envelope

S_co = TypeVar("S_co", covariant=True)

PAGE_MAX = 1000

# What a page of the outbox may hold: rows may be a megabyte each, and pages of them are kept in memory.
OUTBOX_PAGE_BYTES_MAX = 4 * 1024 * 1024

ReceiptKind = Literal["applied", "repeat", "early", "parked", "ignored"]


class Receipt(Struct, frozen=True, kw_only=True):
    """What became of a received public event.

    applied: appended with what follows from it; repeat: known already; early: its predecessor has not arrived, offer
    it again later; parked: it or a predecessor could not be applied (our defect, or a fork) and stands in the table
    of parked messages; ignored: the service has no scope for such messages, and nothing was written.
    """

    kind: ReceiptKind
    position: int = 0
    reason: str = ""


class OutboxRow(Struct, frozen=True, kw_only=True):
    """A numbered public event at its place in the service's outbox (positions are in commit order)."""

    position: int
    envelope: Envelope


class ParkedMessage(Struct, frozen=True, kw_only=True):
    """A received message that waits for an operator: the first of its feed names the reason, followers wait."""

    envelope: Envelope
    reason: str
    parked_at: Instant


class Document(Struct, frozen=True, kw_only=True):
    """A document of a read model: canonical JSON, an order for lists and the labels it can be listed by.

    `places` by label: its place in that list, where it is not `order`. `body` None deletes the document.
    """

    tenant: str
    key: str
    body: bytes | None
    order: str = ""
    labels: tuple[str, ...] = ()
    places: Mapping[str, str] = msgspec.field(default_factory=dict)


def check_work_list(label: str) -> None:
    """Raise ValueError for a label that no index has over every tenant."""
    if not label.startswith(WORK_LIST):
        raise ValueError(
            f"{label!r} is no work list: only labels that begin with {WORK_LIST} have all tenants together"
        )


class Lease(Struct, frozen=True, kw_only=True):
    """The right of one replica to do what only one should do at a time; `epoch` grows with every taking.

    A lease saves work, it does not protect: whoever lost it may believe in it for a while. What he does must be
    harmless, and his positions do not move (`set_position` with a lease).
    """

    name: str
    owner: str
    epoch: int


class EventLog(Protocol[S_co]):
    """The log of one service, written through one group-commit writer per process."""

    async def submit(self, command: Command[Any]) -> Result:
        """Decide and record a command; returns its result, the stored one for a repeat (R-420)."""

    async def answer(self, command: Command[Any]) -> OutcomeKind:
        """Decide a command that came over a topic (`context.asked`); its answer, a refusal too, is in the outbox.

        Raises StoreUnavailable, and what is a defect of ours: then there is no answer yet.
        """

    async def reject(self, rejected: Rejected) -> None:
        """Put into the outbox why a message of a topic became no command; nothing else is recorded."""

    def receive(self, envelope: Envelope) -> Awaitable[Receipt]:
        """Append a public event of another service to its feed, with what `react` makes follow, once and in order.

        To be awaited at once or after others of the same page: most are on their way when this returns (`Begun`).
        """

    async def read(self, after: int, limit: int = PAGE_MAX) -> Sequence[Recorded]:
        """Events with a position greater than `after`, in commit order."""

    async def follow(self, after: int, limit: int = PAGE_MAX) -> Sequence[Recorded]:
        """The same for who follows the log: what this process has just written is not read back.

        A page that is not full is no sign that the log ends there; an empty one is.
        """

    async def read_scope(self, tenant: str, scope: str, after: int = 0, limit: int = PAGE_MAX) -> Sequence[Recorded]:
        """Events of one scope, in log order."""

    async def state(self, tenant: str, scope: str) -> tuple[S_co, int]:
        """The current state of a scope and the position it was folded up to (0: the scope has no events)."""

    async def head(self) -> int:
        """The position of the newest event."""

    async def wait_beyond(self, position: int, timeout_s: float) -> int:
        """Wait until the log has grown beyond `position`; returns how far it is known to reach.

        That is `position` itself when the time is over. Wakes at once when this process writes.
        """

    async def outbox(
        self, after: int, limit: int = PAGE_MAX, bytes_max: int = OUTBOX_PAGE_BYTES_MAX
    ) -> Sequence[OutboxRow]:
        """Public events after a place in the outbox, in commit order.

        A page ends before the row with which it would come to more than `bytes_max`, but holds one row at least. So a
        page that is not full is no sign that the outbox ends there; an empty one is.
        """

    async def due_deadlines(self, now: Instant, limit: int, after: Place = FIRST_PLACE) -> Sequence[DeadlineChange]:
        """Armed, firm deadlines whose due instant is not after `now`, oldest first, behind the place `after`.

        Those with legal effect in a scope with parked messages are left out: they are held until it has none
        (`parked_scopes`).
        """

    async def next_due_at(self) -> Instant | None:
        """The earliest due instant of what `due_deadlines` may answer."""

    async def held_deadlines(self, limit: int, after: Place = FIRST_PLACE) -> Sequence[DeadlineChange]:
        """Deadlines that are due and held, oldest first, behind the place `after`."""

    async def stale_deadlines(
        self, calendar_id: str, version: str, limit: int, after: Place = FIRST_PLACE
    ) -> Sequence[DeadlineChange]:
        """Open deadlines that were computed with another version of the calendar, behind the place `after`."""

    async def feed_heads(self, source: str, topic: str) -> Mapping[tuple[str, str], int]:
        """The last applied number by (tenant, key) of what was received from a topic."""

    async def parked(self, limit: int) -> Sequence[ParkedMessage]:
        """Messages that wait for an operator, oldest first."""

    async def parked_count(self) -> int:
        """How many messages wait for an operator; counted, not read."""

    async def parked_scopes(self, limit: int) -> Sequence[tuple[str, str]]:
        """The scopes (tenant, scope) that have parked messages; their legal deadlines are held."""

    async def discard_parked(self, envelope: Envelope, reason: str) -> None:
        """Give a parked message up on record: it counts as received (without effect) and its followers go on.

        Raises NotFound when it is not parked, Refused while a predecessor of the same feed is.
        """

    async def get_position(self, name: str) -> int:
        """A named position (a view, a follower of another outbox); 0 when it was never set."""

    async def put_documents(self, view: str, documents: Sequence[Document], expected: int, position: int) -> bool:
        """Write documents of a view and move its position from `expected` to `position`, all or nothing.

        False (and nothing written) when the position is no longer `expected`. Raises LogWentBack, as `set_position`
        does, where the log has lost the newest event that this process has seen: what is written may come of it.
        """

    async def set_position(self, name: str, expected: int, position: int, lease: Lease | None = None) -> bool:
        """Compare-and-set of a named position; with a lease only as long as nobody else has taken it."""

    async def acquire_lease(self, name: str, owner: str, life_s: float) -> Lease | None:
        """Take a lease that is free, expired or one's own already; None while somebody else has it."""

    async def renew_lease(self, lease: Lease, life_s: float) -> bool:
        """Keep a lease for `life_s` from now; False when somebody else has taken it."""

    async def release_lease(self, lease: Lease) -> None:
        """Give a lease back, if it is still one's own."""

    async def get_document(self, view: str, tenant: str, key: str) -> bytes | None:
        """One document of a view."""

    async def get_documents(self, view: str, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], bytes]:
        """Several documents of a view by (tenant, key)."""

    async def list_documents(
        self,
        view: str,
        tenant: str | None,
        label: str,
        after: tuple[str, str] = ("", ""),
        limit: int = PAGE_MAX,
    ) -> Sequence[Document]:
        """Documents that carry a label, by (order, key), after a cursor (order, key).

        `tenant` None lists over every tenant: for the ledger's own work lists (`WORK_LIST`), never for an answer to a
        caller.
        """

    async def drop_view(self, view: str) -> None:
        """Delete a view's documents and position (a finished rebuild drops the old version)."""

    @property
    def has_clock(self) -> bool:
        """Whether the store has a clock of its own."""

    async def now_s(self) -> float:
        """The store's own clock, in seconds since the epoch; where it has none, the machine's."""

    async def close(self) -> None:
        """Finish what is being written, then let go of threads and connections. A second time changes nothing."""
