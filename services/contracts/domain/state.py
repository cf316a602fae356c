"""Stage 3a: what contracts knows of a scope, as a union of variants; `folding.py` folds events into it.

A scope is a contract (`Draft`, `Signed`, `Completed`), a catalogue service with its published revisions, or a working
calendar. States are immutable. Those of a contract are also what its view keeps, so they have names of their own (the
tag `state`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

import msgspec
from msgspec import Struct

from services.contracts.domain.events import ChangeForm, ExtensionProposed, PlanningWarning, RiskAnswerConditional
from shared.deadlines.model import Deadline
from shared.kernel.actors import Side
from shared.kernel.instants import Instant
from shared.periods import Derivation, WorkCalendar
from shared.public_events.roles import HeldRole
from shared.public_events.terms import Signature, Terms

ChangeStatus = Literal["requested", "approved", "sent", "in_effect", "not_feasible", "withdrawn", "failed"]

# What may still become a change of the terms; at most one of these is a price change.
OPEN_STATUSES: frozenset[ChangeStatus] = frozenset({"requested", "approved", "sent"})


class MilestoneProgress(Struct, frozen=True, kw_only=True):
    """A milestone beside its term: `generation` counts the deadlines set for it, `late` is the flag of T-35.

    `due_at` is the due instant of its latest deadline, open or not.
    """

    generation: int = 0
    due_at: Instant | None = None
    late: bool = False
    met_at: Instant | None = None
    on_time: bool | None = None
    delays: tuple[Delay, ...] = ()


class Delay(Struct, frozen=True, kw_only=True):
    """A cause of lateness as one side stated it."""

    cause: str
    cause_side: Side
    stated_by: Side


class ItemProgress(Struct, frozen=True, kw_only=True):
    """An acceptance item as far as milestones and completion ask: its first submission, and its end."""

    submitted_at: Instant | None = None
    ended_at: Instant | None = None
    accepted: bool = False


class Change(Struct, frozen=True, kw_only=True):
    """A change form on its way; from its approval on it has a date of effect, which may move while `provisional`."""

    form: ChangeForm
    content_sha256: str
    earliest_effect_on: date
    earliest: Derivation | None = None
    requested_by: Side
    status: ChangeStatus = "requested"
    feasible_for: tuple[Side, ...] = ()
    signatures: tuple[Signature, ...] = ()
    supplement_signatures: tuple[Signature, ...] = ()
    effective_on: date | None = None
    provisional: bool = False
    approved_at: Instant | None = None
    why_ended: str = ""

    @property
    def is_price_change(self) -> bool:
        """A re-plan needs a supplementary agreement (R-204) and the settlement's consent (R-444)."""
        return self.form.re_plan is not None

    @property
    def is_open(self) -> bool:
        """Whether it may still become a change of the terms."""
        return self.status in OPEN_STATUSES


class Extension(Struct, frozen=True, kw_only=True):
    """A proposed extension; agreed when both sides signed it."""

    proposal: ExtensionProposed
    agreed: bool = False


class Risk(Struct, frozen=True, kw_only=True):
    """A risk notice; `in_time` None while unanswered, `waiting` holds an answer that is decided later (R-403)."""

    description: str
    proposal: str = ""
    notified_at: Instant
    due_at: Instant | None = None
    answer: str = ""
    in_time: bool | None = None
    agreed_control: str = ""
    waiting: RiskAnswerConditional | None = None


class Question(Struct, frozen=True, kw_only=True):
    """A "settled through" that acceptance asked for and that is not answered yet."""

    through: Instant
    asked_by: str


class Absent(Struct, frozen=True, kw_only=True):
    """A scope without events."""


class Revision(Struct, frozen=True, kw_only=True):
    """A published revision of a catalogue service; `document` is its whole catalogue entry as JSON."""

    content_sha256: str
    document: bytes


class ServiceRevisions(Struct, frozen=True, kw_only=True):
    """A catalogue service: its revisions by number. A retired one can no longer be drafted from."""

    revisions: Mapping[int, Revision]
    retired: bool = False


class CalendarKnown(Struct, frozen=True, kw_only=True):
    """A working calendar as the catalogue published it."""

    calendar: WorkCalendar


class Draft(Struct, frozen=True, kw_only=True, tag_field="state", tag="draft"):
    """A draft at some version, with the signatures over exactly that version."""

    contract: str
    terms: Terms
    roles: tuple[HeldRole, ...]
    signatures: tuple[Signature, ...] = ()
    warnings: tuple[PlanningWarning, ...] = ()
    asked_sha256: str


class Signed(Struct, frozen=True, kw_only=True, tag_field="state", tag="signed"):
    """A contract in force. `deadlines` are the open ones that contracts owns, by id; `asked_sha256` is of the draft."""

    contract: str
    terms: Terms
    roles: tuple[HeldRole, ...]
    signatures: tuple[Signature, ...]
    warnings: tuple[PlanningWarning, ...] = ()
    asked_sha256: str
    milestones: Mapping[str, MilestoneProgress] = msgspec.field(default_factory=dict)
    deadlines: Mapping[str, Deadline] = msgspec.field(default_factory=dict)
    items: Mapping[str, ItemProgress] = msgspec.field(default_factory=dict)
    submitted: Mapping[str, Instant] = msgspec.field(default_factory=dict)
    changes: Mapping[str, Change] = msgspec.field(default_factory=dict)
    extensions: Mapping[str, Extension] = msgspec.field(default_factory=dict)
    risks: Mapping[str, Risk] = msgspec.field(default_factory=dict)
    questions: Mapping[str, Question] = msgspec.field(default_factory=dict)

    @property
    def signed_on(self) -> date:
        """T, the Beijing date of the later signature."""
        if self.terms.signed_on is None:
            raise TypeError(f"contract {self.contract} is signed without a date")
        return self.terms.signed_on


class Completed(Signed, frozen=True, kw_only=True, tag_field="state", tag="completed"):
    """Every acceptance item has ended (R-322). Changes of accepted content and the warranty go on."""

    completed_at: Instant


Contract = Draft | Signed | Completed
State = Absent | ServiceRevisions | CalendarKnown | Contract


def initial() -> State:
    """A scope before its first event."""
    return Absent()
