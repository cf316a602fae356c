"""What readers of contracts are shown; `presenting.py` makes these from the documents of the views."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Struct

from services.contracts.domain.changes.events import ChangeForm
from services.contracts.domain.drafting.events import PlanningWarning
from services.contracts.domain.schedule.state import Delay
from shared.deadlines.answer import DeadlineAnswer
from shared.kernel.actors import PERSONAL, Side
from shared.kernel.instants import Instant
from shared.kernel.money import Currency
from shared.periods import Derivation
from shared.public_events.submissions import Basis, ItemState
from shared.public_events.terms import (
    Party,
    PaymentCondition,
    RoleHolder,
    RoleName,
    Signature,
    Terms,
)

StateName = Literal["draft", "signed", "completed"]


class MilestoneAnswer(Struct, frozen=True, kw_only=True):
    """A milestone: planned, met on time or late, or late and still open."""

    milestone: str
    name_zh: str
    name_en: str
    offset: str
    planned_on: date | None
    status: Literal["planned", "late", "met"] = "planned"
    met_at: Instant | None = None
    on_time: bool | None = None
    delays: tuple[Delay, ...] = ()


class ItemAnswer(Struct, frozen=True, kw_only=True):
    """An acceptance item: its state as acceptance publishes it, with the flags beside it."""

    item: str
    name_zh: str
    name_en: str
    profile: str
    state: ItemState
    round: int
    basis: Basis | None
    ended_at: Instant | None
    overdue: bool
    escalated: bool
    change_requested: bool


class LineAnswer(Struct, frozen=True, kw_only=True):
    """A payment line: open, or requested (then its content is immutable, R-444)."""

    line: str
    name_zh: str
    amount: Decimal
    conditions: tuple[PaymentCondition, ...]
    state: Literal["open", "requested"]
    request_id: str = ""
    requested_at: Instant | None = None


class ChangeAnswer(Struct, frozen=True, kw_only=True):
    """A change form with what a signature covers, who signed, and when it takes or took effect.

    `earliest` is the derivation of the earliest effect (R-200, R-402); while `provisional` the date of effect may move.
    `latest_form_on` is the latest day on which the form could have been complete for that date (R-007).
    """

    change: str
    status: str
    form: ChangeForm
    content_sha256: str
    content_version: int
    supplement_sha256: str
    requested_by: Side
    earliest_effect_on: date
    earliest: Derivation | None
    latest_form_on: date | None
    effective_on: date | None
    provisional: bool
    feasible_for: tuple[Side, ...]
    signed_by: tuple[Side, ...]
    supplement_signed_by: tuple[Side, ...]
    why_ended: str


class ExtensionAnswer(Struct, frozen=True, kw_only=True):
    """An extension, proposed or agreed."""

    extension: str
    cause: str
    cause_side: Side
    days: int
    milestone: str
    items: tuple[str, ...]
    content_sha256: str
    content_version: int
    proposed_by: Side
    agreed: bool


class RiskAnswer(Struct, frozen=True, kw_only=True):
    """A risk notice; `in_time` null while it is not answered, or while nobody can say yet (R-403).

    `overdue`: the three days are over without an answer in time, one of the three facts of an exemption (R-217).
    """

    risk: str
    description: str
    proposal: str
    notified_at: Instant
    answer_due_at: Instant | None
    answer: str
    in_time: bool | None
    overdue: bool
    agreed_control: str


class DueAnswer(Struct, frozen=True, kw_only=True):
    """Something that is due from the caller's organisation; `mine` when the caller holds one of `roles`."""

    contract: str
    contract_name: str
    deadline: DeadlineAnswer
    roles: tuple[RoleName, ...]
    mine: bool


class ContractAnswer(Struct, frozen=True, kw_only=True):
    """A contract as its parties see it. `version` goes into `If-Match`; `terms_sha256` is what a signature covers."""

    contract: str
    state: StateName
    version: int
    number: str
    name: str
    catalog_service: str
    catalog_revision: int
    customer: Party
    provider: Party
    terms_version: int
    terms_sha256: str
    signed_on: date | None
    completed_at: Instant | None
    signed_by: tuple[Side, ...]
    roles: tuple[RoleHolder, ...]
    warnings: tuple[PlanningWarning, ...]
    milestones: tuple[MilestoneAnswer, ...]
    items: tuple[ItemAnswer, ...]
    currency: Currency
    price_total: Decimal
    price_version: int
    payment_lines: tuple[LineAnswer, ...]
    changes: tuple[ChangeAnswer, ...]
    extensions: tuple[ExtensionAnswer, ...]
    risks: tuple[RiskAnswer, ...]
    next_deadline: DeadlineAnswer | None


class ContractSummary(Struct, frozen=True, kw_only=True):
    """A contract in a list."""

    contract: str
    state: StateName
    number: str
    name: str
    catalog_service: str
    customer: Party
    provider: Party
    signed_on: date | None


class TermsAnswer(Struct, frozen=True, kw_only=True):
    """The whole terms; `sha256` with `version` is what a signature on them covers (R-425)."""

    terms: Terms
    version: int
    sha256: str
    signatures: tuple[Signature, ...]


class ContractPage(Struct, frozen=True, kw_only=True):
    """The caller's contracts."""

    items: list[ContractSummary]
    next: str


class TimelineAnswer(Struct, frozen=True, kw_only=True):
    """What happened, in a sentence of each language: who, in which role and for which side, and both times (R-400)."""

    service: str
    type: str
    rule: str
    text_zh: str
    text_en: str
    item: str
    effective_at: Instant
    recorded_at: Instant
    subject: Annotated[str, PERSONAL]
    organisation: str
    role: str
    side: str
    event_id: str


class TimelinePage(Struct, frozen=True, kw_only=True):
    """What happened, in order."""

    items: list[TimelineAnswer]
    next: str


class DeadlineList(Struct, frozen=True, kw_only=True):
    """The open deadlines of a contract, the earliest first; or the closed ones as their ends arrived.

    `next` is null for the open ones, which stand on one page.
    """

    items: list[DeadlineAnswer]
    next: str | None = None


class DuePage(Struct, frozen=True, kw_only=True):
    """What is due, contract by contract in the order of their earliest deadline."""

    items: list[DueAnswer]
    next: str
