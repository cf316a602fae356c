"""What contracts publishes on `ledger.contracts.v1`; the key is the contract id."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal

from msgspec import Struct

from shared.kernel.actors import Side
from shared.kernel.ids import Identifier
from shared.kernel.instants import Instant
from shared.public_events.envelope import PublicEvent
from shared.public_events.terms import PaymentLine, PriceRow, RoleHolder, Signature, Terms

CONTRACTS_TOPIC = "ledger.contracts.v1"


class ContractSigned(PublicEvent, frozen=True, kw_only=True):
    """Both sides signed the same content; the terms hold from here on. T is the date of the later signature."""

    TYPE: ClassVar[str] = "contracts.contract_signed.v1"
    TOPIC: ClassVar[str] = CONTRACTS_TOPIC

    contract: Identifier
    terms: Terms
    roles: tuple[RoleHolder, ...]
    signatures: tuple[Signature, ...]


class ContractAmended(PublicEvent, frozen=True, kw_only=True):
    """A change took effect: `terms` are the whole new terms, `change` the change form that made them (R-211)."""

    TYPE: ClassVar[str] = "contracts.contract_amended.v1"
    TOPIC: ClassVar[str] = CONTRACTS_TOPIC

    contract: Identifier
    change: Identifier
    terms: Terms


class ContractExtended(PublicEvent, frozen=True, kw_only=True):
    """Milestones moved by an agreed extension (R-114): cause, side, days, who agreed; `terms` hold the new dates."""

    TYPE: ClassVar[str] = "contracts.contract_extended.v1"
    TOPIC: ClassVar[str] = CONTRACTS_TOPIC

    contract: Identifier
    cause: str
    cause_side: Side
    days: int
    milestones: tuple[Identifier, ...]
    agreed_by: tuple[Signature, ...] = ()
    items: tuple[Identifier, ...] = ()
    terms: Terms


class ContractCompleted(PublicEvent, frozen=True, kw_only=True):
    """All acceptance items are terminal (R-322)."""

    TYPE: ClassVar[str] = "contracts.contract_completed.v1"
    TOPIC: ClassVar[str] = CONTRACTS_TOPIC

    contract: Identifier


class RoleAppointed(PublicEvent, frozen=True, kw_only=True):
    """A dated role began (R-422); effective when recorded (R-072)."""

    TYPE: ClassVar[str] = "contracts.role_appointed.v1"
    TOPIC: ClassVar[str] = CONTRACTS_TOPIC

    contract: Identifier
    holder: RoleHolder


class RoleRevoked(PublicEvent, frozen=True, kw_only=True):
    """A role ended at the later of its date and its recording (R-427)."""

    TYPE: ClassVar[str] = "contracts.role_revoked.v1"
    TOPIC: ClassVar[str] = CONTRACTS_TOPIC

    contract: Identifier
    holder: RoleHolder
    reason: str = ""


class MilestoneShift(Struct, frozen=True, kw_only=True):
    """A milestone's new planned date, in a change or an extension."""

    milestone: Identifier
    planned_on: date


class RePlan(Struct, frozen=True, kw_only=True):
    """A price change in full (R-444): the new sheet and all payment lines, drawn on one price version."""

    drawn_on_price_version: int
    price_rows: tuple[PriceRow, ...]
    price_total: Decimal
    payment_lines: tuple[PaymentLine, ...]


class ChangeRequested(PublicEvent, frozen=True, kw_only=True):
    """A complete change form (R-201) was submitted; the fields are the form's."""

    TYPE: ClassVar[str] = "contracts.change_requested.v1"
    TOPIC: ClassVar[str] = CONTRACTS_TOPIC

    contract: Identifier
    change: Identifier
    form_number: str
    drafted_on: date
    drafted_by: str
    reason_code: str
    reason: str
    description: str
    scope_of_impact: str = ""
    technical_risk: str = ""
    cost_impact: str = ""
    planned_effect_on: date
    earliest_effect_on: date
    earliest_effect_provisional: bool = False
    notice_waived: bool = False
    milestone_shifts: tuple[MilestoneShift, ...] = ()
    re_plan: RePlan | None = None
    accepted_item: str = ""
    content_sha256: str


class ChangeDecided(PublicEvent, frozen=True, kw_only=True):
    """approved: signed by both sides (R-203) and, for a price change, with a signed agreement (R-204).

    While `effective_on` is provisional the change does not take effect (R-403); what moves it moves its deadline.
    """

    TYPE: ClassVar[str] = "contracts.change_decided.v1"
    TOPIC: ClassVar[str] = CONTRACTS_TOPIC

    contract: Identifier
    change: Identifier
    decision: Literal["approved", "not_feasible", "rejected"]
    reason: str = ""
    effective_on: date | None = None
    signatures: tuple[Signature, ...] = ()
    provisional: bool = False


class ChangeWithdrawn(PublicEvent, frozen=True, kw_only=True):
    """The side that asked took the form back before it was decided."""

    TYPE: ClassVar[str] = "contracts.change_withdrawn.v1"
    TOPIC: ClassVar[str] = CONTRACTS_TOPIC

    contract: Identifier
    change: Identifier
    reason: str = ""


class RePlanSent(PublicEvent, frozen=True, kw_only=True):
    """The date of effect of an approved price change has come: the settlement applies or refuses it (R-444)."""

    TYPE: ClassVar[str] = "contracts.re_plan_sent.v1"
    TOPIC: ClassVar[str] = CONTRACTS_TOPIC

    contract: Identifier
    change: Identifier
    effective_on: date
    re_plan: RePlan


class ChangeInEffect(PublicEvent, frozen=True, kw_only=True):
    """Every part of the change holds; for a price change after the settlement applied it."""

    TYPE: ClassVar[str] = "contracts.change_in_effect.v1"
    TOPIC: ClassVar[str] = CONTRACTS_TOPIC

    contract: Identifier
    change: Identifier
    effective_on: date


class ChangeFailed(PublicEvent, frozen=True, kw_only=True):
    """The settlement refused the re-plan, so no part of the change took effect; a new form is needed."""

    TYPE: ClassVar[str] = "contracts.change_failed.v1"
    TOPIC: ClassVar[str] = CONTRACTS_TOPIC

    contract: Identifier
    change: Identifier
    rule: str
    reason: str


class RiskNotified(PublicEvent, frozen=True, kw_only=True):
    """The provider reported a factor that endangers the plan (R-215)."""

    TYPE: ClassVar[str] = "contracts.risk_notified.v1"
    TOPIC: ClassVar[str] = CONTRACTS_TOPIC

    contract: Identifier
    risk: Identifier
    description: str
    proposal: str = ""


class RiskAnswered(PublicEvent, frozen=True, kw_only=True):
    """The customer answered a risk notice (R-216); `agreed_control` is what both agreed, empty while open."""

    TYPE: ClassVar[str] = "contracts.risk_answered.v1"
    TOPIC: ClassVar[str] = CONTRACTS_TOPIC

    contract: Identifier
    risk: Identifier
    in_time: bool
    answer: str
    agreed_control: str = ""


class MilestoneMet(PublicEvent, frozen=True, kw_only=True):
    """A milestone was reached; `on_time` compares with its planned date."""

    TYPE: ClassVar[str] = "contracts.milestone_met.v1"
    TOPIC: ClassVar[str] = CONTRACTS_TOPIC

    contract: Identifier
    milestone: Identifier
    on_time: bool


class SettledThrough(PublicEvent, frozen=True, kw_only=True):
    """Contracts has decided every communication that it received before `through` (R-401); asked for by `asked_by`."""

    TYPE: ClassVar[str] = "contracts.settled_through.v1"
    TOPIC: ClassVar[str] = CONTRACTS_TOPIC

    contract: Identifier
    through: Instant
    asked_by: str


class ContractCommunicationWithoutEffect(PublicEvent, frozen=True, kw_only=True):
    """A communication that contracts recorded but that does not count (R-426), with rule and reason."""

    TYPE: ClassVar[str] = "contracts.communication_without_effect.v1"
    TOPIC: ClassVar[str] = CONTRACTS_TOPIC

    contract: Identifier
    act: str
    rule: str
    reason: str
    received_at: Instant


CONTRACTS_EVENTS: tuple[type[PublicEvent], ...] = (
    ContractSigned,
    ContractAmended,
    ContractExtended,
    ContractCompleted,
    RoleAppointed,
    RoleRevoked,
    ChangeRequested,
    ChangeDecided,
    ChangeWithdrawn,
    RePlanSent,
    ChangeInEffect,
    ChangeFailed,
    RiskNotified,
    RiskAnswered,
    MilestoneMet,
    SettledThrough,
    ContractCommunicationWithoutEffect,
)
