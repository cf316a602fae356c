"""People, drafts and histories for the tests of contracts: the three shipped services and the shipped calendar."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from functools import cache
from typing import Any

import msgspec

from services.catalog.calendars.shipped import load_shipped
from services.catalog.exporting import entry_document
from services.catalog.loading import data_folder, read_service
from services.contracts.domain.base import SignatureBody
from services.contracts.domain.catalogue.state import CalendarKnown, Revision, ServiceRevisions
from services.contracts.domain.changes.commands import RePlanBody, RequestChange, SignChange
from services.contracts.domain.deadlines import open_deadline
from services.contracts.domain.drafting.commands import DraftContract, PartyBody
from services.contracts.domain.pricing.commands import ConditionBody, PaymentLineBody, PriceRowBody
from services.contracts.domain.roles.commands import RoleBody
from services.contracts.domain.signing.commands import SignContract
from services.contracts.domain.state import Absent, Draft, Signed, State
from services.contracts.service import CONTRACTS
from shared.deadlines.commands import DeadlineElapsed
from shared.kernel.actors import Actor, Side
from shared.kernel.instants import Instant
from shared.messages import canonical
from shared.periods import WorkCalendar
from shared.public_events.acceptance import Accepted, DeliverableSubmitted
from shared.public_events.submissions import Basis, Submission
from shared.public_events.terms import ConditionKind, RoleName
from shared.testing.spec import Spec

ISSUER = "https://id.test"
CONTRACT = "C1"
CUSTOMER, PROVIDER = "acme", "cloud"

# Thursday 25 September 2025, 09:00 Beijing time: six days before the National Day block.
DRAFTED: Instant = "2025-09-25T01:00:00.000Z"
SIGNED: Instant = "2025-09-25T02:00:00.000Z"
SIGNED_ON = "2025-09-25"


def person(subject: str, organisation: str, *grants: str) -> Actor:
    """Somebody with a token of an organisation."""
    return Actor(issuer=ISSUER, subject=subject, organisation=organisation, grants=grants)


C_SIGNATORY = person("wang", CUSTOMER, "signatory")
C_MANAGER = person("li", CUSTOMER)
C_ACCEPTOR = person("zhao", CUSTOMER)
C_OWNER = person("qian", CUSTOMER)
C_STAFF = person("sun", CUSTOMER)
P_SIGNATORY = person("zhou", PROVIDER, "signatory")
P_MANAGER = person("wu", PROVIDER)
P_OWNER = person("zheng", PROVIDER)
P_STAFF = person("feng", PROVIDER)
STRANGER = person("mallory", "elsewhere")

ROLES: tuple[tuple[RoleName, Side, Actor], ...] = (
    ("signatory", "customer", C_SIGNATORY),
    ("project_manager", "customer", C_MANAGER),
    ("acceptor", "customer", C_ACCEPTOR),
    ("business_owner", "customer", C_OWNER),
    ("signatory", "provider", P_SIGNATORY),
    ("project_manager", "provider", P_MANAGER),
    ("business_owner", "provider", P_OWNER),
)


def role_bodies(*, without: str = "") -> tuple[RoleBody, ...]:
    """The first people of both sides; `without` leaves one subject out."""
    return tuple(
        RoleBody(role=role, side=side, subject=actor.subject) for role, side, actor in ROLES if actor.subject != without
    )


@cache
def document(service: str) -> bytes:
    """The shipped catalogue entry of a service as it is published."""
    file = read_service(data_folder() / "services" / f"{service}.yaml")
    return canonical.encode(entry_document(file.service))


def revisions(service: str) -> ServiceRevisions:
    """The service as contracts knows it after its first publication."""
    encoded = document(service)
    revision = Revision(content_sha256=canonical.sha256_of_bytes(encoded), document=encoded)
    return ServiceRevisions(revisions={1: revision})


def facts(calendar: WorkCalendar | None = None) -> dict[str, Any]:
    """The reference scopes: the shipped calendar (or another one) and the three services."""
    known: dict[str, Any] = defaultdict(Absent)
    known |= {"calendar/cn": CalendarKnown(calendar=calendar or load_shipped())}
    for service in ("alibaba-1", "alibaba-8", "alibaba-25"):
        known[f"service/{service}"] = revisions(service)
    return known


def catalogue_known() -> Spec[State]:
    """A scope without events, where every service of the shipped catalogue is known."""
    known = facts()
    for file in (data_folder() / "services").glob("*.yaml"):
        known[f"service/{file.stem}"] = revisions(file.stem)
    return Spec(CONTRACTS, scope=f"contract/{CONTRACT}", facts=known).at(DRAFTED)


def line(line_id: str, amount: str, *conditions: tuple[ConditionKind, str]) -> PaymentLineBody:
    """A payment line with its conditions."""
    return PaymentLineBody(
        line_id=line_id,
        name_zh=line_id,
        amount=amount,
        conditions=tuple(ConditionBody(kind=kind, item=item) for kind, item in conditions),
    )


PHASES = ("phase-survey", "phase-tuning", "phase-verification", "tuning-report")
LINES: dict[str, tuple[PaymentLineBody, ...]] = {
    "alibaba-1": (
        line("advance", "30000.00", ("signing", "")),
        line("rest", "70000.00", ("item_accepted", "delivery")),
    ),
    "alibaba-8": (line("all", "100000.00", ("item_accepted", "acceptance-report")),),
    "alibaba-25": tuple(line(f"l-{name}", "25000.00", ("item_accepted", name)) for name in PHASES),
}


def draft(service: str = "alibaba-1", **changes: Any) -> DraftContract:
    """The draft of a contract over 100,000 yuan for one of the three services; fields can be set otherwise."""
    body = DraftContract(
        contract=CONTRACT,
        number="HT-2025-001",
        name="数据中台建设架构咨询",
        catalog_service=service,
        customer=PartyBody(organisation=CUSTOMER, name="某某集团", tax_id="91110000000000000X"),
        provider=PartyBody(organisation=PROVIDER, name="云计算公司", tax_id="91330000000000000Y"),
        roles=role_bodies(),
        price_rows=(PriceRowBody(name_zh="标准交付服务", list_price="125000", discount="0.8", price="100000"),),
        price_total="100000",
        payment_lines=LINES.get(service, ()),
    )
    return msgspec.structs.replace(body, **changes)


def empty(calendar: WorkCalendar | None = None) -> Spec[State]:
    """A scope without events."""
    return Spec(CONTRACTS, scope=f"contract/{CONTRACT}", facts=facts(calendar)).at(DRAFTED)


def drafted(service: str = "alibaba-1", calendar: WorkCalendar | None = None, **changes: Any) -> Spec[State]:
    """A contract drafted by the provider."""
    return empty(calendar).when(draft(service, **changes), actor=P_MANAGER).after()


def signature_of_terms(spec: Spec[State]) -> SignContract:
    """A signature over the terms as they stand in a draft."""
    state = spec.state
    if not isinstance(state, Draft):
        raise AssertionError(f"{type(state).__name__} is no draft")
    sha256 = canonical.sha256(state.terms)
    return SignContract(signature=signature(sha256, state.terms.version))


def signature(sha256: str, version: int = 1) -> SignatureBody:
    """A signature by click."""
    return SignatureBody(content_sha256=sha256, content_version=version)


def signed(
    service: str = "alibaba-1",
    calendar: WorkCalendar | None = None,
    signed_at: Instant = SIGNED,
    **changes: Any,
) -> Spec[State]:
    """A contract signed by both sides; T is 25 September 2025 unless told otherwise."""
    spec = drafted(service, calendar, **changes)
    sign = signature_of_terms(spec)
    spec.at(signed_at).when(sign, actor=P_SIGNATORY).after()
    return spec.when(sign, actor=C_SIGNATORY).after()


def in_force(spec: Spec[State]) -> Signed:
    """The state of a signed contract."""
    if not isinstance(spec.state, Signed):
        raise AssertionError(f"{type(spec.state).__name__} is not signed")
    return spec.state


def change_form(**changes: Any) -> RequestChange:
    """A complete form without a price."""
    form = RequestChange(
        change="CR1",
        form_number="BG-001",
        drafted_on=date(2025, 9, 26),
        drafted_by="吴某 / 项目经理",
        reason_code="scope",
        reason="范围扩大",
        description="增加一个应用系统",
        planned_effect_on=date(2025, 10, 20),
    )
    return msgspec.structs.replace(form, **changes)


def re_plan(total: str, *lines: PaymentLineBody, version: int = 1) -> RePlanBody:
    """A price change to a new total, without a discount."""
    row = PriceRowBody(name_zh="标准交付服务", list_price=total, discount="1", price=total)
    return RePlanBody(price_rows=(row,), price_total=total, payment_lines=lines, drawn_on_price_version=version)


def sign_form(spec: Spec[State], change: str = "CR1") -> SignChange:
    """A signature over a requested change form."""
    sha256 = in_force(spec).changes[change].content_sha256
    return SignChange(change=change, signature=signature(sha256))


DIGEST = "a" * 64


def submitted(deliverable: str, item: str = "delivery") -> DeliverableSubmitted:
    """Acceptance says that a deliverable was submitted."""
    submission = Submission(deliverable=deliverable, version=1, files=(), content_sha256=DIGEST)
    return DeliverableSubmitted(contract=CONTRACT, item=item, submission=submission, received_at=SIGNED)


def accepted(item: str, basis: Basis = "explicit") -> Accepted:
    """Acceptance says that an item was accepted."""
    return Accepted(contract=CONTRACT, item=item, basis=basis, rule="R-141", accepted_content=())


def elapsed(spec: Spec[State], kind: str, subject: str) -> Spec[State]:
    """The ticker reports the open deadline of a kind, at its due instant."""
    deadline = open_deadline(in_force(spec), kind, subject)
    if deadline is None:
        raise AssertionError(f"no open deadline {kind} {subject}")
    due_at = deadline.derivation.due_at
    return spec.at(due_at).when(DeadlineElapsed(deadline_id=deadline.deadline_id, due_at=due_at))
