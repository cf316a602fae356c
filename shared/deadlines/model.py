"""A deadline as it stands in events (with its whole derivation, R-402), and its row in the owning service.

The events are the truth; a row is derived from the event that changes it, in the same transaction, and exists
only so that the ticker finds what is due without folding every scope.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct

from shared.kernel.actors import Side
from shared.kernel.ids import derived_id
from shared.kernel.instants import FAR_FUTURE, Instant
from shared.messages.events import Event, Recorded
from shared.periods import Derivation

DeadlineStatus = Literal["armed", "held", "closed"]

Place = tuple[Instant, str, str]
"""Where a row stands among all: (due_at, deadline_id, tenant), the order in which work lists are read."""

FIRST_PLACE: Place = ("", "", "")
"""Before every row."""


class Deadline(Struct, frozen=True, kw_only=True):
    """One deadline of one contract.

    `deadline_id` is `deadline_identity` of what it is about. `timer` and `rule` name the rule book
    (T-11, R-171). `side` has to act. `legal_effect` deadlines (silence, time, alternative, forfeiture) wait
    for "settled through"; flags of lateness do not. `trigger_event` is the event that started the period.
    `subject` is what it is about inside the item or beside it: a discrepancy, a duty after acceptance.
    """

    deadline_id: str
    contract: str
    item: str = ""
    subject: str = ""
    kind: str
    timer: str
    rule: str
    side: Side
    legal_effect: bool
    generation: int = 1
    trigger_event: str
    derivation: Derivation


def deadline_identity(
    owner: str, tenant: str, contract: str, kind: str, generation: int, *, item: str = "", subject: str = ""
) -> str:
    """The id of a deadline; one contract's deadlines of all services are shown and reminded of side by side.

    `owner` is the service that counts the generations of a kind.
    """
    return derived_id("deadline", owner, tenant, contract, item, kind, subject, str(generation))


class DeadlineSet(Event, frozen=True, kw_only=True):
    """A period began to run."""

    TOPIC: ClassVar[str] = "deadlines.deadline_set.v1"

    deadline: Deadline


class DeadlineMoved(Event, frozen=True, kw_only=True):
    """A running period was computed anew (R-403, R-404) or moved by agreement; `deadline` is the new one.

    `reason` is a stable word: calendar_published, calendar_amended, calendar_kept (recomputed, but not
    shortened without consent), extended, change_in_effect.
    """

    TOPIC: ClassVar[str] = "deadlines.deadline_moved.v1"

    deadline: Deadline
    old_due_at: Instant
    reason: str


class DeadlineHeld(Event, frozen=True, kw_only=True):
    """The due instant of a deadline with legal effect has passed.

    It waits until everything earlier is decided.
    """

    TOPIC: ClassVar[str] = "deadlines.deadline_held.v1"

    deadline: Deadline


class DeadlineMet(Event, frozen=True, kw_only=True):
    """The act that the deadline waited for was received in time, or the period ended for a stated reason."""

    TOPIC: ClassVar[str] = "deadlines.deadline_met.v1"

    deadline: Deadline
    reason: str
    met_by: str


class DeadlineLapsed(Event, frozen=True, kw_only=True):
    """The period ended without the act; effective at the due instant whenever it was recorded (R-401)."""

    TOPIC: ClassVar[str] = "deadlines.deadline_lapsed.v1"

    deadline: Deadline
    consequence: str


DEADLINE_EVENTS: tuple[type[Event], ...] = (
    DeadlineSet,
    DeadlineMoved,
    DeadlineHeld,
    DeadlineMet,
    DeadlineLapsed,
)


class DeadlineChange(Struct, frozen=True, kw_only=True):
    """The row of a deadline after an event: an upsert by (tenant, deadline_id)."""

    tenant: str
    deadline_id: str
    scope: str
    stream: str
    kind: str
    status: DeadlineStatus
    due_at: Instant
    provisional: bool
    legal_effect: bool
    calendar_id: str
    calendar_version: str

    @property
    def place(self) -> Place:
        """Where a work list goes on behind this row."""
        return self.due_at, self.deadline_id, self.tenant


_STATUS: dict[type[Event], DeadlineStatus] = {
    DeadlineSet: "armed",
    DeadlineMoved: "armed",
    DeadlineHeld: "held",
    DeadlineMet: "closed",
    DeadlineLapsed: "closed",
}


def deadline_changes(recorded: Recorded) -> tuple[DeadlineChange, ...]:
    """The row changes that an event carries; none for events that are not about deadlines."""
    status = _STATUS.get(type(recorded.data))
    if status is None:
        return ()
    deadline: Deadline = recorded.data.deadline  # type: ignore[attr-defined]
    derivation = deadline.derivation
    return (
        DeadlineChange(
            tenant=recorded.tenant,
            deadline_id=deadline.deadline_id,
            scope=recorded.scope,
            stream=recorded.stream,
            kind=deadline.kind,
            status=status,
            due_at=derivation.due_at,
            provisional=derivation.provisional,
            legal_effect=deadline.legal_effect,
            calendar_id=derivation.calendar_id,
            calendar_version=derivation.calendar_version,
        ),
    )


def alarm_row(recorded: Recorded, alarm: str, kind: str, rings_at: Instant | None) -> DeadlineChange:
    """The row of an alarm: the ticker wakes the service at `rings_at`, nothing has legal effect; None: it is over."""
    return DeadlineChange(
        tenant=recorded.tenant,
        deadline_id=alarm,
        scope=recorded.scope,
        stream=recorded.stream,
        kind=kind,
        status="closed" if rings_at is None else "armed",
        due_at=rings_at or FAR_FUTURE,
        provisional=False,
        legal_effect=False,
        calendar_id="",
        calendar_version="",
    )
