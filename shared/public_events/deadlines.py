"""Deadlines as every owner publishes them on `ledger.deadlines.v1`, with the whole derivation (R-402)."""

from __future__ import annotations

from typing import ClassVar

from shared.deadlines.model import (
    Deadline,
    DeadlineHeld,
    DeadlineLapsed,
    DeadlineMet,
    DeadlineMoved,
    DeadlineSet,
)
from shared.kernel.instants import Instant
from shared.messages.events import Recorded
from shared.public_events.envelope import PublicEvent, PublicMessage

DEADLINES_TOPIC = "ledger.deadlines.v1"


class DeadlineWasSet(PublicEvent, frozen=True, kw_only=True):
    """A period began to run."""

    TYPE: ClassVar[str] = "deadlines.deadline_set.v1"
    TOPIC: ClassVar[str] = DEADLINES_TOPIC

    owner: str
    deadline: Deadline


class DeadlineWasMoved(PublicEvent, frozen=True, kw_only=True):
    """A period was computed anew or moved by agreement: old and new instant and the reason (R-403, R-404)."""

    TYPE: ClassVar[str] = "deadlines.deadline_moved.v1"
    TOPIC: ClassVar[str] = DEADLINES_TOPIC

    owner: str
    deadline: Deadline
    old_due_at: Instant
    reason: str


class DeadlineIsDue(PublicEvent, frozen=True, kw_only=True):
    """Due, held: asks contracts for "settled through" the due instant before anything follows (R-401)."""

    TYPE: ClassVar[str] = "deadlines.deadline_due.v1"
    TOPIC: ClassVar[str] = DEADLINES_TOPIC

    owner: str
    deadline: Deadline


class DeadlineWasMet(PublicEvent, frozen=True, kw_only=True):
    """The act came in time, or the period ended for another stated reason."""

    TYPE: ClassVar[str] = "deadlines.deadline_met.v1"
    TOPIC: ClassVar[str] = DEADLINES_TOPIC

    owner: str
    deadline: Deadline
    reason: str
    met_by: str


class DeadlineHasLapsed(PublicEvent, frozen=True, kw_only=True):
    """The period ended without the act."""

    TYPE: ClassVar[str] = "deadlines.deadline_lapsed.v1"
    TOPIC: ClassVar[str] = DEADLINES_TOPIC

    owner: str
    deadline: Deadline
    consequence: str


DEADLINE_PUBLIC_EVENTS: tuple[type[PublicEvent], ...] = (
    DeadlineWasSet,
    DeadlineWasMoved,
    DeadlineIsDue,
    DeadlineWasMet,
    DeadlineHasLapsed,
)


def deadline_messages(owner: str, recorded: Recorded) -> tuple[PublicMessage, ...]:
    """The public form of a deadline event; none for other events. Every owner publishes through this."""
    event = recorded.data
    public: PublicEvent
    match event:
        case DeadlineSet(deadline=deadline):
            public = DeadlineWasSet(owner=owner, deadline=deadline)
        case DeadlineMoved(deadline=deadline):
            public = DeadlineWasMoved(owner=owner, deadline=deadline, old_due_at=event.old_due_at, reason=event.reason)
        case DeadlineHeld(deadline=deadline):
            public = DeadlineIsDue(owner=owner, deadline=deadline)
        case DeadlineMet(deadline=deadline):
            public = DeadlineWasMet(owner=owner, deadline=deadline, reason=event.reason, met_by=event.met_by)
        case DeadlineLapsed(deadline=deadline):
            public = DeadlineHasLapsed(owner=owner, deadline=deadline, consequence=event.consequence)
        case _:
            return ()
    return (PublicMessage(key=deadline.contract, data=public),)
