"""What can be asked of contracts: the acts of the parties, as they arrive over HTTP.

A `Body` is the body of a request and the content of its command; where the path names a part of the contract (a change,
a risk) a command struct at the end of this file puts both together. Amounts and rates are texts, never JSON numbers
(R-440).
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from services.contracts.domain.events import ReasonCode
from shared.catalogue.selection.request import SelectionRequest
from shared.deadlines.commands import DeadlineElapsed, RecomputeDeadline
from shared.kernel.actors import PERSONAL, Side, Subject
from shared.kernel.admission import admitted_by
from shared.kernel.ids import Identifier, Sha256
from shared.kernel.instants import Day, Instant
from shared.kernel.lists import each_once
from shared.kernel.money import AmountText, Currency, DiscountText, PositiveAmountText, QuantityText, TaxRateText
from shared.kernel.texts import Line, LongLine, Name, NeededText, Text
from shared.periods import CutoffText, DaysForward
from shared.public_events.terms import ConditionKind, RoleName

# A contract is written by people: these bounds keep its whole terms far below the size limit of a public event.
LIST_MAX = 200
# Each contract that another one rests on is read when it is drafted and signed.
AFTER_MAX = 10


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of everything that comes from outside: an unknown field is an error."""


class PartyBody(Body, frozen=True, kw_only=True):
    """One side: its organisation as the tokens name it, its legal name and tax number (R-446)."""

    organisation: Identifier
    name: Name
    tax_id: Annotated[Line, Meta(max_length=64)] = ""


class RoleBody(Body, frozen=True, kw_only=True):
    """A person in a role (R-422). Without `issuer` the person's tokens come from the same issuer as the caller's."""

    role: RoleName
    side: Side
    subject: Subject
    issuer: Line = ""
    name: Annotated[Line, PERSONAL] = ""


class PriceRowBody(Body, frozen=True, kw_only=True):
    """A row of the price sheet (R-220): price = list price x discount, to the cent."""

    name_zh: Name
    list_price: AmountText
    discount: DiscountText = "1"
    price: AmountText


class ConditionBody(Body, frozen=True, kw_only=True):
    """What a payment line waits for (R-222, R-445); `item` names the acceptance item for item_accepted."""

    kind: ConditionKind
    item: Line = ""


class PaymentLineBody(Body, frozen=True, kw_only=True):
    """A line of the payment plan; one without a condition is refused (R-222)."""

    line_id: Identifier
    name_zh: Name
    amount: PositiveAmountText
    conditions: Annotated[tuple[ConditionBody, ...], Meta(max_length=LIST_MAX)] = ()
    pay_within: DaysForward | None = None


class PriceBody(Body, frozen=True, kw_only=True):
    """Price sheet and payment plan; rows and lines add up to the total (R-440)."""

    price_rows: Annotated[tuple[PriceRowBody, ...], Meta(min_length=1, max_length=LIST_MAX)]
    price_total: AmountText
    payment_lines: Annotated[tuple[PaymentLineBody, ...], Meta(min_length=1, max_length=LIST_MAX)]


class SelectionBody(Body, frozen=True, kw_only=True):
    """The selection that the catalogue found valid, as its answer gives it in `draft.selection` (R-014, R-042).

    Quantities are texts, as amounts are. It is composed again from the pinned revision, so nothing of it is taken on
    trust (R-335): `request` is the question with the facts that were stated in it, without it what stands beside it is
    all that was wanted. A `selection_sha256` that is given has to come out again.
    """

    selection_sha256: Sha256 | None = None
    request: SelectionRequest | None = None
    options: Annotated[dict[Name, QuantityText], Meta(max_length=LIST_MAX)] = msgspec.field(default_factory=dict)
    quantities: Annotated[dict[Name, QuantityText], Meta(max_length=LIST_MAX)] = msgspec.field(default_factory=dict)
    chosen_items: Annotated[tuple[Name, ...], Meta(max_length=LIST_MAX)] = ()
    readings: Annotated[dict[Name, Name], Meta(max_length=LIST_MAX)] = msgspec.field(default_factory=dict)
    start_on: Day | None = None
    start_agreed: bool = False


class DraftBody(PriceBody, frozen=True, kw_only=True):
    """What a contract is drafted from: a published revision of a catalogue service, and what fills it (R-014).

    `catalog_revision` None pins the newest one. `parameters` override numbers of the catalogue: `<item>.review_period`,
    `<item>.response_period`, `<item>.re_review_period`, `<item>.discussion_period`, `<care>.period` (period texts),
    `<item>.re_review_silence_passes`, `<item>.neutral_reply_stops` (true or false), `<milestone>.offset` (a period
    from T). `conditions` says for conditional deliverables whether their condition holds (R-043). `after_contracts`
    names contracts of the same parties on which this one rests: what is not sold alone (R-026), or waits for a
    deliverable that is accepted there (R-027).
    """

    number: Name
    name: Name
    catalog_service: Identifier
    catalog_revision: Annotated[int, Meta(ge=1)] | None = None
    editions: Annotated[tuple[Name, ...], admitted_by(each_once(), max_length=LIST_MAX)] = ()
    selection: SelectionBody | None = None
    after_contracts: Annotated[tuple[Identifier, ...], admitted_by(each_once(), max_length=AFTER_MAX)] = ()
    customer: PartyBody
    provider: PartyBody
    roles: Annotated[tuple[RoleBody, ...], Meta(max_length=LIST_MAX)] = ()
    parameters: Annotated[dict[Name, Line], Meta(max_length=LIST_MAX)] = msgspec.field(default_factory=dict)
    conditions: Annotated[dict[Name, bool], Meta(max_length=LIST_MAX)] = msgspec.field(default_factory=dict)
    calendar: Identifier = "cn"
    cutoff: CutoffText = "24:00"
    currency: Currency = "CNY"
    tax_rate: TaxRateText = "0.06"


class DraftContract(DraftBody, frozen=True, kw_only=True):
    """Draft a contract under an id that the caller chooses."""

    contract: Identifier


class ReviseDraft(DraftBody, frozen=True, kw_only=True):
    """The whole draft anew; signatures over the earlier content are void (R-425)."""


class SignatureBody(Body, frozen=True, kw_only=True):
    """A signature over content that was shown: its SHA-256 and version (R-425).

    `reference` is the e-sign provider's reference, or the SHA-256 of the scan.
    """

    content_sha256: Sha256
    content_version: Annotated[int, Meta(ge=1)]
    method: Literal["click", "e_sign", "scan"] = "click"
    reference: LongLine = ""


class AppointRole(RoleBody, frozen=True, kw_only=True):
    """A side names a person; effective when recorded, or later if `held_from` says so (R-072, R-422).

    `replaces` names the people who were to begin at the same time or later, and now do not.
    """

    held_from: Instant | None = None
    replaces: Annotated[tuple[Subject, ...], Meta(max_length=LIST_MAX)] = ()


class RevokeRole(Body, frozen=True, kw_only=True):
    """A side ends a role; it works from the later of `held_to` and the recording (R-427)."""

    role: RoleName
    side: Side
    subject: Subject
    issuer: Line = ""
    held_to: Instant | None = None
    reason: Text = ""


class ShiftBody(Body, frozen=True, kw_only=True):
    """A milestone's new planned date; a rest day rolls on."""

    milestone: Identifier
    planned_on: Day


class RePlanBody(PriceBody, frozen=True, kw_only=True):
    """The new price sheet and all payment lines, drawn on a price version (R-444)."""

    drawn_on_price_version: Annotated[int, Meta(ge=1)]


class RequestChange(Body, frozen=True, kw_only=True):
    """The change form (R-201). An incomplete form counts as not submitted, so what is missing is named in the refusal.

    `notice_waived` is part of the form that both sides sign: with it they do without the five working days (R-204).
    A re-plan makes it a price change, which also needs a supplementary agreement.
    """

    change: Identifier
    form_number: LongLine = ""
    drafted_on: Day | None = None
    drafted_by: Annotated[Line, PERSONAL] = ""
    reason_code: ReasonCode | None = None
    reason: Text = ""
    description: Text = ""
    scope_of_impact: Text = ""
    technical_risk: Text = ""
    cost_impact: Text = ""
    planned_effect_on: Day | None = None
    notice_waived: bool = False
    milestone_shifts: Annotated[tuple[ShiftBody, ...], admitted_by(each_once("milestone"), max_length=LIST_MAX)] = ()
    re_plan: RePlanBody | None = None
    accepted_item: Line = ""


class AssessmentBody(Body, frozen=True, kw_only=True):
    """One side's assessment; not feasible ends the change (R-202)."""

    feasible: bool
    reason: Text = ""


class ReasonBody(Body, frozen=True, kw_only=True):
    """Why something is taken back."""

    reason: Text = ""


class ProposeExtension(Body, frozen=True, kw_only=True):
    """Move a milestone, and those after it, by days (R-114); the running reviews of `items` move with them."""

    extension: Identifier
    cause: NeededText
    cause_side: Side
    days: Annotated[int, Meta(ge=1, le=3650)]
    milestone: Line = ""
    items: Annotated[tuple[Identifier, ...], admitted_by(each_once(), max_length=LIST_MAX)] = ()


class DelayBody(Body, frozen=True, kw_only=True):
    """Why a milestone is late, and on whose side the cause lies (T-35)."""

    cause: NeededText
    cause_side: Side


class NotifyRisk(Body, frozen=True, kw_only=True):
    """The provider reports a factor that endangers the plan (R-215), with a proposal how to control it."""

    risk: Identifier
    description: NeededText
    proposal: Text = ""


class RiskAnswerBody(Body, frozen=True, kw_only=True):
    """The customer's answer (R-216); `agreed_control` states the risk control that both agreed on, empty while open."""

    answer: NeededText
    agreed_control: Text = ""


class SignContract(Struct, frozen=True, kw_only=True):
    """Sign the terms for the caller's side."""

    signature: SignatureBody


class AssessChange(Struct, frozen=True, kw_only=True):
    """Assess a change for the caller's side."""

    change: str
    assessment: AssessmentBody


class SignChange(Struct, frozen=True, kw_only=True):
    """Sign the change form for the caller's side (R-203)."""

    change: str
    signature: SignatureBody


class SignSupplement(Struct, frozen=True, kw_only=True):
    """Sign the supplementary agreement or purchase order of a price change for the caller's side (R-204)."""

    change: str
    signature: SignatureBody


class WithdrawChange(Struct, frozen=True, kw_only=True):
    """Take a form back before it is approved."""

    change: str
    reason: str = ""


class AgreeExtension(Struct, frozen=True, kw_only=True):
    """Agree to an extension that the other side proposed (R-114)."""

    extension: str
    signature: SignatureBody


class ExplainDelay(Struct, frozen=True, kw_only=True):
    """Record the cause of a late milestone (T-35)."""

    milestone: str
    delay: DelayBody


class AnswerRisk(Struct, frozen=True, kw_only=True):
    """Answer a risk notice for the customer (R-216)."""

    risk: str
    answer: RiskAnswerBody


CommandBody = (
    DraftContract
    | ReviseDraft
    | SignContract
    | AppointRole
    | RevokeRole
    | RequestChange
    | AssessChange
    | SignChange
    | SignSupplement
    | WithdrawChange
    | ProposeExtension
    | AgreeExtension
    | ExplainDelay
    | NotifyRisk
    | AnswerRisk
    | DeadlineElapsed
    | RecomputeDeadline
)

# The names under which acts are recorded where they do not count.
ACT_NAMES: dict[type, str] = {
    DraftContract: "draft_contract",
    ReviseDraft: "revise_draft",
    SignContract: "sign_contract",
    AppointRole: "appoint_role",
    RevokeRole: "revoke_role",
    RequestChange: "request_change",
    AssessChange: "assess_change",
    SignChange: "sign_change",
    SignSupplement: "sign_supplement",
    WithdrawChange: "withdraw_change",
    ProposeExtension: "propose_extension",
    AgreeExtension: "agree_extension",
    ExplainDelay: "explain_delay",
    NotifyRisk: "notify_risk",
    AnswerRisk: "answer_risk",
}
