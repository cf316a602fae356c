"""The snapshot of a contract's terms, frozen at signing (R-014, R-020) and carried whole in the events that change it.

Receivers never look a term up elsewhere: what is not in the snapshot was not agreed. Periods are the texts that
`shared.periods.parse_spec` reads (`5wd`, `10wd`, `1m!`). Catalogue values keep their Chinese names.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Struct, UnsetType

from shared.kernel.actors import PERSONAL, Side, Subject
from shared.kernel.ids import Identifier, Sha256
from shared.kernel.instants import Instant
from shared.kernel.money import Currency

RoleName = Literal[
    "project_manager",  # 项目经理, one per side
    "acceptor",  # 验收人 / 甲方指定的代表 / 负责人
    "signatory",  # may sign the contract and supplementary agreements for its side
    "business_owner",  # 业务负责人, signs the change form
    "project_director",  # 项目总监
    "steering_committee",  # 项目领导委员会
]
Layer = Literal["deliverable", "set", "milestone", "phase", "project", "report", "ticket"]
ConditionKind = Literal["item_accepted", "signing", "warranty_end"]


class Party(Struct, frozen=True, kw_only=True):
    """One side of a contract: an organisation with its legal name and tax number (R-446)."""

    side: Side
    organisation: Identifier
    name: str
    tax_id: str = ""


class RoleHolder(Struct, frozen=True, kw_only=True):
    """A dated role, half-open [held_from, held_to) (R-422); identity is issuer + subject, never the name."""

    role: RoleName
    side: Side
    issuer: str
    subject: Subject
    name: Annotated[str, PERSONAL] = ""
    held_from: Instant
    held_to: Instant | None = None


class Signature(Struct, frozen=True, kw_only=True):
    """A signature is who, over what, how, when; never a boolean (R-425).

    `method` is click, e_sign or scan; `reference` the e-sign provider's reference or the hash of the scan.
    """

    side: Side
    role: str
    issuer: str
    subject: Subject
    content_sha256: Sha256
    content_version: int
    method: Literal["click", "e_sign", "scan"]
    reference: str = ""
    received_at: Instant


class DeliverableTerm(Struct, frozen=True, kw_only=True):
    """One deliverable of the contract; `required` is false for conditional ones whose condition is not met (R-043).

    Deliverables with the same `alternative_group` are alternatives: one is enough (R-044).
    """

    deliverable_id: Identifier
    name_zh: str
    name_en: str = ""
    phase_zh: str = ""
    type_zh: str = ""
    file_expected: bool = True
    required: bool = True
    alternative_group: str = ""


class ItemTerm(Struct, frozen=True, kw_only=True):
    """One acceptance item under one profile (R-151), with every parameter that its deadlines and guards need.

    `starts` names what starts the review: received_all (R-129), submitted (R-130), or none. `acceptor` says whose act
    accepts: acceptor (R-072), both_sides (both signatures over one content, R-150), both_pms (S-JOINT, R-222).
    `forms_needed` is left out where one of `forms` is enough; `all` needs an act in each of them (R-150, C-30).
    `silence_closes` is set where silence closes the item and accepts nothing (R-194), and left out elsewhere.
    `agreement_period` is the period of an agreement after the discussion was held, where the parties set one (R-175).
    `after` are items that must be accepted or confirmed first (R-153); `confirms` are items that the explicit
    acceptance of this one confirms too (Alibaba 8: the signed acceptance report confirms the four reports).
    """

    item_id: Identifier
    name_zh: str
    name_en: str = ""
    layer: Layer
    profile: str
    phase_zh: str = ""
    deliverables: tuple[Identifier, ...] = ()
    review_period: str | None = None
    review_timer: str = ""
    review_rule: str = ""
    starts: Literal["received_all", "submitted", "none"] = "none"
    silence: bool = False
    silence_closes: Literal[True] | UnsetType = UNSET
    use_is_acceptance: bool = False
    acceptor: Literal["acceptor", "both_sides", "both_pms"] = "acceptor"
    forms: tuple[str, ...] = ()
    forms_needed: Literal["all"] | UnsetType = UNSET
    criteria: tuple[str, ...] = ()
    discrepancies: bool = False
    response_period: str | None = None
    re_review_period: str | None = None
    re_review_silence_passes: bool = False
    discussion_period: str | None = None
    agreement_period: str | UnsetType = UNSET
    any_person_stops_silence: bool = False
    neutral_reply_stops: bool = False
    after: tuple[Identifier, ...] = ()
    confirms: tuple[Identifier, ...] = ()


class MilestoneTerm(Struct, frozen=True, kw_only=True):
    """A milestone (R-105, R-106): `offset` from the signing date T, e.g. `3d` (calendar days, rolled; R-105 default).

    Met when every one of `deliverables` has been submitted and every one of `items` is submitted or accepted, as
    `met_when` says. `planned_on` is computed at signing and moved by extensions and changes; None while T is not known.
    `extended_by` are the calendar days of extensions that come after the offset is counted (R-114); an offset in days
    holds them itself, and without any it is left out.
    """

    milestone_id: Identifier
    name_zh: str
    name_en: str = ""
    offset: str
    extended_by: int | UnsetType = UNSET
    planned_on: date | None = None
    deliverables: tuple[Identifier, ...] = ()
    items: tuple[Identifier, ...] = ()
    met_when: Literal["submitted", "accepted"] = "accepted"


class PriceRow(Struct, frozen=True, kw_only=True):
    """A row of the price sheet (R-220): price = list_price x discount to the cent."""

    name_zh: str
    list_price: Decimal
    discount: Decimal
    price: Decimal


class PaymentCondition(Struct, frozen=True, kw_only=True):
    """What a payment line waits for; `item` names the acceptance item for item_accepted."""

    kind: ConditionKind
    item: str = ""


class PaymentLine(Struct, frozen=True, kw_only=True):
    """A line of the payment plan (R-222): due when all its conditions hold; never without a condition."""

    line_id: Identifier
    name_zh: str
    amount: Decimal
    conditions: tuple[PaymentCondition, ...]
    pay_within: str | None = None


class AfterCareTerm(Struct, frozen=True, kw_only=True):
    """A duty after acceptance, for example the warranty of Alibaba 25: `1m!`, not rolled (R-011, R-246)."""

    care_id: Identifier
    name_zh: str
    kind: Literal["warranty"]
    period: str
    timer: str = "T-31"
    rule: str = "R-246"
    needs_trial_run_end: bool = False


class OrderedQuantity(Struct, frozen=True, kw_only=True):
    """How much of something was ordered, by its id in the catalogue revision."""

    of: str
    quantity: Decimal


class OpenReading(Struct, frozen=True, kw_only=True):
    """How the parties read a point that the source leaves open."""

    of: str
    reading: str


class DeclaredTerm(Struct, frozen=True, kw_only=True):
    """What one side declared that no ledger knows (R-028): the products that the customer owns, and who said so."""

    owned_products: tuple[str, ...] = ()
    by: Side
    issuer: str
    subject: Subject


class SelectionTerm(Struct, frozen=True, kw_only=True):
    """What was ordered beside the editions: the parameters of the selection that was drafted from (R-014, R-042).

    `readings` are the readings of open rules that differ from the default of the catalogue; `start_agreed` is the
    provider's consent to a start before the earliest one (R-062). `declared` is there where the selection was composed
    again when the contract was drafted (R-335).
    """

    selection_sha256: Sha256
    options: tuple[OrderedQuantity, ...] = ()
    quantities: tuple[OrderedQuantity, ...] = ()
    chosen_items: tuple[str, ...] = ()
    readings: tuple[OpenReading, ...] = ()
    start_on: date | None = None
    start_agreed: bool = False
    declared: DeclaredTerm | UnsetType = UNSET


class Terms(Struct, frozen=True, kw_only=True):
    """Everything agreed, at one version. `version` counts from 1; the payment plan's sum equals `price_total` (R-440).

    `price_version` counts price versions; the settlement owns it from signing on (R-444).
    `catalog_revision` pins the published revision of the service (R-014, R-020); `selection` what was ordered of it. It
    is left out, not null, where a contract has none, so that terms signed before it existed keep their hash (R-425).
    `after_contracts` are the contracts that it rests on (R-026, R-027), left out likewise.
    """

    contract: Identifier
    version: int
    number: str
    name: str
    catalog_service: str
    catalog_revision: int
    catalog_sha256: Sha256
    editions: tuple[str, ...] = ()
    selection: SelectionTerm | UnsetType = UNSET
    after_contracts: tuple[Identifier, ...] | UnsetType = UNSET
    customer: Party
    provider: Party
    calendar: Identifier = "cn"
    cutoff: str = "24:00"
    currency: Currency = "CNY"
    tax_rate: Decimal = Decimal("0.06")
    price_rows: tuple[PriceRow, ...]
    price_total: Decimal
    price_version: int = 1
    payment_lines: tuple[PaymentLine, ...]
    deliverables: tuple[DeliverableTerm, ...]
    items: tuple[ItemTerm, ...]
    milestones: tuple[MilestoneTerm, ...] = ()
    after_care: tuple[AfterCareTerm, ...] = ()
    signed_on: date | None = None

    @property
    def organisations(self) -> tuple[str, str]:
        """Customer and provider: those who may see the contract (R-424)."""
        return self.customer.organisation, self.provider.organisation
