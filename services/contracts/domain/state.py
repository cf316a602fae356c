"""What contracts knows of a scope, as a union of variants; `evolve.py` folds events into it.

A scope is a contract (`Draft`, `Signed`, `Completed`), a catalogue service with its published revisions, or a working
calendar. States are immutable. Those of a contract are also what its view keeps, so they have names of their own (the
tag `state`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec
from msgspec import Struct

from services.contracts.domain.catalogue.state import CalendarKnown, ServiceRevisions
from services.contracts.domain.changes.state import Change
from services.contracts.domain.drafting.events import PlanningWarning
from services.contracts.domain.periods.state import Question
from services.contracts.domain.progress.state import ItemProgress
from services.contracts.domain.risks.state import Risk
from services.contracts.domain.schedule.state import Extension, MilestoneProgress
from shared.deadlines.model import Deadline
from shared.kernel.instants import Instant
from shared.public_events.roles import HeldRole
from shared.public_events.terms import Signature, Terms


class Absent(Struct, frozen=True, kw_only=True):
    """A scope without events."""


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
