"""Stage 3a: what acceptance knows of a scope, as frozen values; `evolve.py` folds events into them.

A contract's state is the terms and roles from its feeds, its items (each in exactly one phase), the deadlines that
run, the acts that wait, and its settlement; each subject keeps its own part. A calendar's state is the calendar.
Nothing here is ever changed in place.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from services.acceptance.domain.aftercare.state import Care
from services.acceptance.domain.conditional.state import ActedInRole, Waiting
from services.acceptance.domain.discrepancies.state import LIVE, DiscrepancyOpen, PlanAgreed, Rework
from services.acceptance.domain.discussion.state import InDiscussion
from services.acceptance.domain.escalation.state import Escalated, Flag
from services.acceptance.domain.items.state import Planned
from services.acceptance.domain.periods.state import Running
from services.acceptance.domain.review.state import (
    Accepted,
    Closed,
    GivenForm,
    Interrupted,
    Terminal,
    UnderReview,
    Warnings,
)
from services.acceptance.domain.settlement.state import Settlement
from services.acceptance.domain.submission.state import Received, Submitted
from services.acceptance.domain.use.state import TrialRun
from shared.deadlines.model import Deadline
from shared.kernel.instants import Instant
from shared.messages import canonical
from shared.periods import WorkCalendar
from shared.public_events.roles import HeldRole
from shared.public_events.submissions import AcceptedFile, Discrepancy, ItemState, state_in_review
from shared.public_events.terms import ItemTerm, Terms

# The phases of an item (section H); OVERDUE and CHANGE_REQUESTED are flags beside them.
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

NAMES: Mapping[type[Phase], ItemState] = {
    Planned: "planned",
    Submitted: "submitted",
    DiscrepancyOpen: "discrepancy_open",
    PlanAgreed: "plan_agreed",
    Rework: "rework",
    InDiscussion: "in_discussion",
    Escalated: "escalated",
    Accepted: "accepted",
    Closed: "closed",
}


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
    def state(self) -> ItemState:
        """The name of the phase; a review has one for the first round and one for later ones."""
        if isinstance(self.phase, UnderReview):
            return state_in_review(self.phase.round)
        return NAMES[type(self.phase)]

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
