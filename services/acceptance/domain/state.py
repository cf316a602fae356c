"""Stage 3a: what acceptance knows of a scope, as frozen values; `evolving.py` folds events into them.

A contract's state is the terms and roles from its feeds, its items (each in exactly one phase), the deadlines that
run, the acts that wait, and its settlement. A calendar's state is the calendar. Nothing here is ever changed in place.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec
from msgspec import Struct

from services.acceptance.domain.events import Conclusion, DaysLeft
from shared.deadlines.model import Deadline
from shared.kernel.actors import Actor, Side
from shared.kernel.instants import Instant
from shared.messages import canonical
from shared.periods import Derivation, WorkCalendar
from shared.public_events.roles import HeldRole
from shared.public_events.submissions import (
    AcceptedFile,
    Basis,
    Discrepancy,
    Submission,
)
from shared.public_events.terms import ItemTerm, Party, PaymentLine, Signature, Terms

# ---- the phases of an item (section H); OVERDUE and CHANGE_REQUESTED are flags beside them ----


class Planned(Struct, frozen=True, kw_only=True, tag="planned"):
    """In the terms; nothing was submitted."""


class Submitted(Struct, frozen=True, kw_only=True, tag="submitted"):
    """Something was submitted; the set is not complete, or another item comes first, perhaps again (R-153)."""


class UnderReview(Struct, frozen=True, kw_only=True, tag="under_review"):
    """The customer reviews; `round` 1 is the first review, later ones are re-reviews.

    `silence` is whether silence still has its effect: any feedback can have stopped it (R-186). The effect is
    acceptance or, where `closes`, that the item is closed unconfirmed (R-194).
    """

    round: int
    silence: bool
    closes: bool = False
    content_sha256: str
    started_by: str
    receipts: tuple[str, ...] = ()


class DiscrepancyOpen(Struct, frozen=True, kw_only=True, tag="discrepancy_open"):
    """The provider owes an answer, then both an agreement; further aspects can be added until `notice_until`."""

    round: int
    notice_until: Instant | None = None


class PlanAgreed(Struct, frozen=True, kw_only=True, tag="plan_agreed"):
    """Treatment and time of every discrepancy are agreed."""

    round: int


class Rework(Struct, frozen=True, kw_only=True, tag="rework"):
    """The provider corrects."""

    round: int


class SignedConclusion(Struct, frozen=True, kw_only=True):
    """One side's agreement to a conclusion."""

    conclusion: Conclusion
    signature: Signature


class InDiscussion(Struct, frozen=True, kw_only=True, tag="in_discussion"):
    """A further written objection is discussed; `conclusions` holds at most one agreement a side.

    Once the discussion was `held`, either side may escalate (R-175).
    """

    round: int
    held: bool = False
    conclusions: tuple[SignedConclusion, ...] = ()


class Escalated(Struct, frozen=True, kw_only=True, tag="escalated"):
    """The directors decide. `deadline` and `due_at` name the missed one, if it was one that was missed."""

    round: int
    before: DiscrepancyOpen | InDiscussion
    reason: str
    deadline: str = ""
    due_at: Instant | None = None
    conclusions: tuple[SignedConclusion, ...] = ()


class Accepted(Struct, frozen=True, kw_only=True, tag="accepted"):
    """Terminal: accepted on a basis, effective at an instant, by an event that cites its grounds."""

    basis: Basis
    effective_at: Instant
    event_id: str
    content: tuple[AcceptedFile, ...]
    content_sha256: str
    grounds: tuple[str, ...]
    sides: tuple[Side, ...] = ()


class Closed(Struct, frozen=True, kw_only=True, tag="closed"):
    """Terminal without acceptance."""

    reason: str
    effective_at: Instant


Phase = (
    Planned
    | Submitted
    | UnderReview
    | DiscrepancyOpen
    | PlanAgreed
    | Rework
    | InDiscussion
    | Escalated
    | Accepted
    | Closed
)
Terminal = Accepted | Closed
Discussing = InDiscussion | Escalated

# States of a discrepancy in which it still keeps the item from being in order.
LIVE = frozenset({"open", "answered", "agreed", "done"})


class Received(Struct, frozen=True, kw_only=True):
    """The newest version of a deliverable, with the event that recorded it."""

    submission: Submission
    received_at: Instant
    event_id: str


class GivenForm(Struct, frozen=True, kw_only=True):
    """An act towards an acceptance that needs more than one: its form and the signature, over one content (R-150)."""

    form: str
    signature: Signature


class Interrupted(Struct, frozen=True, kw_only=True):
    """The first review, stopped by a notice: it goes on when all is withdrawn before a resubmission (R-157).

    `silence` and `closes` are those of the review, `left` is what was left of its period, None when none ran.
    """

    silence: bool
    closes: bool
    left: DaysLeft | None


class Flag(Struct, frozen=True, kw_only=True):
    """An OVERDUE flag that is up."""

    deadline: str
    kind: str
    side: Side
    due_at: Instant


class Item(Struct, frozen=True, kw_only=True):
    """One acceptance item: its term, its phase, what was submitted, its discrepancies and its flags.

    `forms_given` are the acts towards its acceptance so far, at most one a side and form; an objection takes back what
    the customer had given. `interrupted` is the first review while its notice stands. `change_requests` are (change
    form, reason) of wishes to change what is accepted: the flag CHANGE_REQUESTED.
    """

    contract: str
    term: ItemTerm
    needs: tuple[tuple[str, ...], ...]
    phase: Phase
    received: Mapping[str, Received] = msgspec.field(default_factory=dict)
    discrepancies: Mapping[str, Discrepancy] = msgspec.field(default_factory=dict)
    forms_given: tuple[GivenForm, ...] = ()
    interrupted: Interrupted | None = None
    overdue: tuple[Flag, ...] = ()
    change_requests: tuple[tuple[str, str], ...] = ()

    @property
    def is_terminal(self) -> bool:
        """Accepted or closed (R-148)."""
        return isinstance(self.phase, Terminal)

    @property
    def is_complete(self) -> bool:
        """Whether one of each group of needed deliverables was submitted (R-044, R-128)."""
        return all(any(deliverable in self.received for deliverable in group) for group in self.needs)

    @property
    def content(self) -> tuple[AcceptedFile, ...]:
        """What is submitted now, by version and hash, in the order of the names."""
        return tuple(
            AcceptedFile(
                deliverable=name,
                version=self.received[name].submission.version,
                content_sha256=self.received[name].submission.content_sha256,
            )
            for name in sorted(self.received)
        )

    @property
    def content_sha256(self) -> str:
        """What a signature on this item covers (R-425); an item without deliverables is signed by its name."""
        return canonical.sha256({"contract": self.contract, "item": self.term.item_id, "content": self.content})

    @property
    def live(self) -> tuple[Discrepancy, ...]:
        """The discrepancies that are neither settled nor withdrawn."""
        return tuple(found for found in self.discrepancies.values() if found.state in LIVE)

    @property
    def unresolved(self) -> tuple[Discrepancy, ...]:
        """The live discrepancies that still need work; the others wait for the customer's review."""
        return tuple(found for found in self.live if found.state != "done")


# ---- the contract ----


class Running(Struct, frozen=True, kw_only=True):
    """A deadline that is open: armed, or held until everything earlier is decided."""

    deadline: Deadline
    held: bool = False

    @property
    def due_at(self) -> Instant:
        """The exclusive instant at which the period ends."""
        return self.deadline.derivation.due_at


class Waiting(Struct, frozen=True, kw_only=True):
    """A conditional act (R-401, R-403, R-427), whole, so that it can be decided again."""

    event_id: str
    item: str
    act: str
    body: bytes
    actor: Actor
    key: str
    why: str
    received_at: Instant


class ActedInRole(Struct, frozen=True, kw_only=True):
    """An act that was decided on a role, for the case that the role turns out to have been revoked (R-427)."""

    event_id: str
    item: str
    issuer: str
    subject: str
    side: Side
    role: str
    received_at: Instant


class Warned(Struct, frozen=True, kw_only=True):
    """A reminder that reached the side that has to act."""

    notice: str
    delivered_at: Instant


class Warnings(Struct, frozen=True, kw_only=True):
    """The reminders of a deadline, and the deemed acceptance that it led to (R-195, R-406)."""

    deliveries: tuple[Warned, ...] = ()
    item: str = ""
    accepted_event: str = ""


class Care(Struct, frozen=True, kw_only=True):
    """A duty after acceptance: running, or ended at an instant."""

    ended_at: Instant | None = None


class Request(Struct, frozen=True, kw_only=True):
    """The newest invoice request of a line; reversed ones count for the generation (R-442).

    `pay_by` is how its due date of payment came about, as far as one is agreed.
    """

    request_id: str
    generation: int
    active: bool
    pay_by: Derivation | None = None


class Settlement(Struct, frozen=True, kw_only=True):
    """The payment lines with their requests; it owns the price version (R-444)."""

    number: str
    name: str
    customer: Party
    provider: Party
    currency: str
    tax_rate: Decimal
    price_version: int
    price_total: Decimal
    signed_at: Instant
    lines: tuple[PaymentLine, ...]
    requests: Mapping[str, Request] = msgspec.field(default_factory=dict)


class TrialRun(Struct, frozen=True, kw_only=True):
    """The agreed trial run, as far as it is recorded (R-191, R-246)."""

    started_on: date | None = None
    ended_on: date | None = None


class Contract(Struct, frozen=True, kw_only=True, tag="contract"):
    """A signed contract. `settled_through` is the latest instant up to which contracts has decided what it received.

    `generations` counts the deadlines that were set, by `item/kind`; ids of deadlines are made from it. `lapsed` are
    those whose period ended without the act.
    """

    contract: str
    terms: Terms
    roles: tuple[HeldRole, ...] = ()
    items: Mapping[str, Item] = msgspec.field(default_factory=dict)
    running: Mapping[str, Running] = msgspec.field(default_factory=dict)
    lapsed: Mapping[str, Deadline] = msgspec.field(default_factory=dict)
    generations: Mapping[str, int] = msgspec.field(default_factory=dict)
    waiting: tuple[Waiting, ...] = ()
    settled_through: Instant = ""
    acted: tuple[ActedInRole, ...] = ()
    warnings: Mapping[str, Warnings] = msgspec.field(default_factory=dict)
    changes_approved: frozenset[str] = frozenset()
    trial_run: TrialRun = TrialRun()
    care: Mapping[str, Care] = msgspec.field(default_factory=dict)
    settlement: Settlement | None = None


class Unknown(Struct, frozen=True, kw_only=True, tag="unknown"):
    """A scope of which nothing that matters has arrived."""


class CalendarKnown(Struct, frozen=True, kw_only=True, tag="calendar"):
    """A working calendar as the catalogue published it."""

    calendar: WorkCalendar


State = Unknown | Contract | CalendarKnown

PhaseName = Literal[
    "planned",
    "submitted",
    "under_review",
    "discrepancy_open",
    "plan_agreed",
    "rework",
    "in_discussion",
    "escalated",
    "accepted",
    "closed",
]
