"""Change control (R-200..R-211): the form, its way through both sides, and its effect."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from msgspec import Struct

from shared.kernel.actors import PERSONAL, Side
from shared.kernel.ids import Identifier, Sha256
from shared.messages.events import Event
from shared.periods import Derivation
from shared.public_events.contracts import MilestoneShift, RePlan
from shared.public_events.terms import Signature, Terms

# why a change is asked for.
ReasonCode = Literal[
    "scope",
    "third_party_delay",
    "system_rebuilding",
    "data_quality",
    "survey_gap",
    "additional_interfaces",
    "upstream_problem",
    "environment_change",
    "acceptance_blocked",
    "risk_unanswered",
    "warranty_blocked",
    "accepted_content",
    "staff",
    "assumption_failed",
    "schedule",
    "price",
]


class ChangeForm(Struct, frozen=True, kw_only=True):
    """《项目变更控制申请单》 as data (R-201): what both sides sign is the hash of exactly this."""

    contract: Identifier
    change: Identifier
    project_name: str
    project_number: str
    form_number: str
    drafted_on: date
    drafted_by: Annotated[str, PERSONAL]
    reason_code: ReasonCode
    reason: str
    description: str
    scope_of_impact: str = ""
    technical_risk: str = ""
    cost_impact: str = ""
    planned_effect_on: date
    notice_waived: bool = False
    milestone_shifts: tuple[MilestoneShift, ...] = ()
    re_plan: RePlan | None = None
    accepted_item: str = ""


class ChangeRequested(Event, frozen=True, kw_only=True):
    """A complete form was submitted; `earliest_effect_on` is what R-200 allows (T-27).

    `earliest` is its derivation (R-402); forms submitted before it was kept have none.
    """

    TOPIC: ClassVar[str] = "contracts.change_requested.v1"

    form: ChangeForm
    content_sha256: Sha256
    earliest_effect_on: date
    earliest: Derivation | None = None
    requested_by: Side


class ChangeAssessed(Event, frozen=True, kw_only=True):
    """A side found the change feasible (R-202)."""

    TOPIC: ClassVar[str] = "contracts.change_assessed.v1"

    change: Identifier
    side: Side
    reason: str = ""


class ChangeFormSigned(Event, frozen=True, kw_only=True):
    """One side signed the form (R-203)."""

    TOPIC: ClassVar[str] = "contracts.change_form_signed.v1"

    change: Identifier
    signature: Signature


class SupplementSigned(Event, frozen=True, kw_only=True):
    """One side signed the supplementary agreement or purchase order of a price change (R-204)."""

    TOPIC: ClassVar[str] = "contracts.supplement_signed.v1"

    change: Identifier
    signature: Signature


class ChangeApproved(Event, frozen=True, kw_only=True):
    """Every signature is there; `effective_on` is the date of R-204, which a calendar may still move (R-404).

    While it is `provisional` the change does not take effect (R-403).
    """

    TOPIC: ClassVar[str] = "contracts.change_approved.v1"

    contract: Identifier
    change: Identifier
    effective_on: date
    signatures: tuple[Signature, ...]
    provisional: bool = False


class ChangeNotFeasible(Event, frozen=True, kw_only=True):
    """A side found the change not feasible: it ends here (R-202)."""

    TOPIC: ClassVar[str] = "contracts.change_not_feasible.v1"

    contract: Identifier
    change: Identifier
    side: Side
    reason: str = ""


class ChangeWithdrawn(Event, frozen=True, kw_only=True):
    """The side that asked took the form back."""

    TOPIC: ClassVar[str] = "contracts.change_withdrawn.v1"

    contract: Identifier
    change: Identifier
    reason: str = ""


class RePlanSent(Event, frozen=True, kw_only=True):
    """The date of effect of a price change came: the settlement decides on the re-plan (R-444)."""

    TOPIC: ClassVar[str] = "contracts.re_plan_sent.v1"

    contract: Identifier
    change: Identifier
    effective_on: date
    re_plan: RePlan


class ContractAmended(Event, frozen=True, kw_only=True):
    """A change took effect: the whole new terms (R-211)."""

    TOPIC: ClassVar[str] = "contracts.contract_amended.v1"

    contract: Identifier
    change: Identifier
    terms: Terms


class ChangeTookEffect(Event, frozen=True, kw_only=True):
    """Every part of the change holds since the date of R-204."""

    TOPIC: ClassVar[str] = "contracts.change_took_effect.v1"

    contract: Identifier
    change: Identifier
    effective_on: date


class ChangeFailed(Event, frozen=True, kw_only=True):
    """The settlement refused the re-plan: no part of the change is in effect (R-444)."""

    TOPIC: ClassVar[str] = "contracts.change_failed.v1"

    contract: Identifier
    change: Identifier
    rule: str
    reason: str


# What happens to a form that was submitted.
ChangeStep = (
    ChangeAssessed
    | ChangeFormSigned
    | SupplementSigned
    | ChangeApproved
    | ChangeNotFeasible
    | ChangeWithdrawn
    | RePlanSent
    | ChangeTookEffect
    | ChangeFailed
)
ChangeEvent = ChangeRequested | ContractAmended | ChangeStep

EVENTS: tuple[type[Event], ...] = (
    ChangeRequested,
    ChangeAssessed,
    ChangeFormSigned,
    SupplementSigned,
    ChangeApproved,
    ChangeNotFeasible,
    ChangeWithdrawn,
    RePlanSent,
    ContractAmended,
    ChangeTookEffect,
    ChangeFailed,
)
