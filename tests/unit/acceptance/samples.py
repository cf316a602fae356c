"""Contracts, people and a story-teller for the tests of acceptance: small terms shaped like Alibaba 1, 8 and 25."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Self

from msgspec.structs import replace

from services.acceptance.domain.commands import ActBody, ItemAct
from services.acceptance.domain.communications.commands import RecordCommunication
from services.acceptance.domain.discrepancies.commands import Aspect, RaiseDiscrepancies
from services.acceptance.domain.periods.state import Running
from services.acceptance.domain.review.commands import AcceptItem
from services.acceptance.domain.state import CalendarKnown, Contract, Item, State
from services.acceptance.domain.submission.commands import SubmitDeliverable
from services.acceptance.service import ACCEPTANCE
from services.catalog.calendars.shipped import load_shipped
from shared.deadlines.commands import DeadlineElapsed, RecomputeDeadline
from shared.kernel.actors import Actor, Side
from shared.kernel.instants import Instant, plus_seconds
from shared.messages import canonical
from shared.messages.events import NewEvent, Recorded
from shared.periods import WorkCalendar
from shared.public_events.contracts import ContractExtended, ContractSigned, RoleAppointed, SettledThrough
from shared.public_events.submissions import FileRef
from shared.public_events.terms import (
    AfterCareTerm,
    DeliverableTerm,
    ItemTerm,
    MilestoneTerm,
    Party,
    PaymentCondition,
    PaymentLine,
    PriceRow,
    RoleHolder,
    RoleName,
    Terms,
)
from shared.testing.spec import START, Spec

ISSUER = "https://id.example"
CONTRACT = "C1"
CUSTOMER = Party(side="customer", organisation="acme", name="甲方有限公司", tax_id="91310000A")
PROVIDER = Party(side="provider", organisation="cloud", name="乙方有限公司", tax_id="91330000B")


def person(subject: str, organisation: str) -> Actor:
    return Actor(issuer=ISSUER, subject=subject, organisation=organisation)


ACCEPTOR = person("lin", "acme")
CUSTOMER_PM = person("wang", "acme")
CUSTOMER_DIRECTOR = person("zhao", "acme")
COLLEAGUE = person("qian", "acme")
PROVIDER_PM = person("chen", "cloud")
PROVIDER_DIRECTOR = person("sun", "cloud")
ENGINEER = person("he", "cloud")
STRANGER = person("fox", "elsewhere")

ROLES: tuple[tuple[Actor, Side, RoleName], ...] = (
    (ACCEPTOR, "customer", "acceptor"),
    (CUSTOMER_PM, "customer", "project_manager"),
    (CUSTOMER_DIRECTOR, "customer", "project_director"),
    (PROVIDER_PM, "provider", "project_manager"),
    (PROVIDER_DIRECTOR, "provider", "project_director"),
)


def holder(actor: Actor, side: Side, role: RoleName, held_from: Instant = START) -> RoleHolder:
    return RoleHolder(role=role, side=side, issuer=actor.issuer, subject=actor.subject, held_from=held_from)


def deliverable(name: str, **changes: Any) -> DeliverableTerm:
    return DeliverableTerm(deliverable_id=name, name_zh=f"《{name}》", **changes)


def line(name: str, amount: str, *items: str, **changes: Any) -> PaymentLine:
    conditions = tuple(PaymentCondition(kind="item_accepted", item=item) for item in items)
    given: dict[str, Any] = {"line_id": name, "name_zh": name, "amount": Decimal(amount), "conditions": conditions}
    return PaymentLine(**{**given, **changes})


def terms(items: tuple[ItemTerm, ...], deliverables: tuple[DeliverableTerm, ...], **changes: Any) -> Terms:
    lines: tuple[PaymentLine, ...] = changes.pop("payment_lines", ()) or (
        line("all", "100000.00", *(item.item_id for item in items)),
    )
    total = sum((line.amount for line in lines), Decimal(0))
    given: dict[str, Any] = {
        "contract": CONTRACT,
        "version": 1,
        "number": "HT-2026-001",
        "name": "实时计算性能调优",
        "catalog_service": "sample",
        "catalog_revision": 1,
        "catalog_sha256": "0" * 64,
        "customer": CUSTOMER,
        "provider": PROVIDER,
        "price_rows": (PriceRow(name_zh="服务", list_price=total, discount=Decimal(1), price=total),),
        "price_total": total,
        "payment_lines": lines,
        "deliverables": deliverables,
        "items": items,
    }
    return Terms(**{**given, **changes})


SILENT_SET = ItemTerm(
    item_id="project",
    name_zh="项目验收",
    layer="set",
    profile="A-WRITTEN-5WD-AUTO",
    deliverables=("catalogue", "design", "training", "appendix", "charter", "kick-off"),
    review_period="5wd",
    review_timer="T-07",
    review_rule="R-129",
    starts="received_all",
    silence=True,
    forms=("written",),
    any_person_stops_silence=True,
    neutral_reply_stops=True,
)


def alibaba_1(**changes: Any) -> Terms:
    """One timer over a set with a training, a condition that is not met, and two alternatives; silence accepts."""
    deliverables = (
        deliverable("charter", alternative_group="preparation"),
        deliverable("kick-off", alternative_group="preparation"),
        deliverable("catalogue"),
        deliverable("design"),
        deliverable("training", file_expected=False),
        deliverable("appendix", required=False),
    )
    return terms((SILENT_SET,), deliverables, **changes)


REPORTS = ItemTerm(
    item_id="reports",
    name_zh="四份报告",
    layer="report",
    profile="A-SIGN-5WD-NO-DEEMED",
    deliverables=("kick-off", "survey"),
    review_period="5wd",
    review_timer="T-08",
    review_rule="R-151",
    starts="submitted",
    forms=("written", "signature"),
)
ACCEPTANCE_REPORT = ItemTerm(
    item_id="report",
    name_zh="《项目验收报告》",
    layer="project",
    profile="A-SIGN-5WD-NO-DEEMED",
    deliverables=("acceptance-report",),
    review_period="5wd",
    review_timer="T-08",
    review_rule="R-151",
    starts="submitted",
    acceptor="both_sides",
    forms=("signature_both",),
    after=("reports",),
    confirms=("reports",),
)


def alibaba_8(**changes: Any) -> Terms:
    """Reports, then an acceptance report that both sides sign; silence never accepts."""
    deliverables = (deliverable("kick-off"), deliverable("survey"), deliverable("acceptance-report"))
    lines = (
        line("advance", "30000.00", conditions=(PaymentCondition(kind="signing"),)),
        line("rest", "70000.00", "reports", "report"),
    )
    return terms((REPORTS, ACCEPTANCE_REPORT), deliverables, **{"payment_lines": lines, **changes})


SURVEY = ItemTerm(
    item_id="survey",
    name_zh="前期调研",
    layer="phase",
    profile="S-JOINT",
    acceptor="both_pms",
    forms=("joint_confirmation",),
)
TUNING_REPORT = ItemTerm(
    item_id="tuning",
    name_zh="《实时场景调优报告》",
    layer="deliverable",
    profile="A-FULL-DISCREPANCY",
    deliverables=("tuning-report",),
    review_period="5wd",
    review_timer="T-11",
    review_rule="R-171",
    starts="submitted",
    silence=True,
    use_is_acceptance=True,
    forms=("signature", "seal"),
    discrepancies=True,
    response_period="10wd",
    re_review_period="5wd",
    discussion_period="3wd",
)


def alibaba_25(**changes: Any) -> Terms:
    """A phase that both managers confirm, a report under the full discrepancy flow, a warranty of a month."""
    lines = (
        line("phase-1", "20000.00", "survey"),
        line("phase-4", "70000.00", "tuning", pay_within="10wd"),
        line("retention", "10000.00", conditions=(PaymentCondition(kind="warranty_end"),)),
    )
    given: dict[str, Any] = {
        "payment_lines": lines,
        "milestones": (MilestoneTerm(milestone_id="go-live", name_zh="上线试运行", offset="13d", items=("tuning",)),),
        "after_care": (
            AfterCareTerm(
                care_id="warranty",
                name_zh="软件质量保证期",
                kind="warranty",
                period="1m!",
                needs_trial_run_end=True,
            ),
        ),
    }
    return terms((SURVEY, TUNING_REPORT), (deliverable("tuning-report"),), **{**given, **changes})


@cache
def calendar() -> WorkCalendar:
    return load_shipped()


def facts(known: WorkCalendar | None = None) -> Mapping[str, Any]:
    return {"calendar/cn": CalendarKnown(calendar=known or calendar())}


def file(name: str, content: str = "") -> FileRef:
    return FileRef(
        name=f"{name}.pdf",
        sha256=canonical.sha256({"name": name, "content": content}),
        size_bytes=1000,
        media_type="application/pdf",
    )


def submission(name: str, content: str = "") -> SubmitDeliverable:
    return SubmitDeliverable(deliverable=name, files=(file(name, content),))


def notice(*findings: str, again: str = "") -> RaiseDiscrepancies:
    """A notice with one aspect for each finding, or about discrepancy `again`."""
    return RaiseDiscrepancies(
        aspects=tuple(
            Aspect(requirement="符合需求描述", finding=finding, discrepancy=again)
            for finding in findings or ("与需求不符",)
        )
    )


REPLY = RecordCommunication(kind="reply", channel="email", content_sha256="2" * 64)


class Story(Spec[State]):
    """A contract's history told in sentences; every event of it is published and read back as the store would."""

    @property
    def contract(self) -> Contract:
        assert isinstance(self.state, Contract)
        return self.state

    def item(self, name: str) -> Item:
        return self.contract.items[name]

    def running(self, kind: str, item: str | None = None) -> Running:
        """The one open deadline of a kind."""
        found = [
            running
            for running in self.contract.running.values()
            if running.deadline.kind == kind and item in (None, running.deadline.item)
        ]
        assert len(found) == 1, found
        return found[0]

    def does(self, actor: Actor, body: ActBody, item: str = "", at: Instant | None = None) -> Self:
        """An act is decided, received `at` or now; what it records is not in the history yet."""
        if at is not None:
            self.now = at
        return self.when(ItemAct(item=item, body=body), actor=actor)

    def did(self, actor: Actor, body: ActBody, item: str = "", at: Instant | None = None) -> Self:
        """An act that belongs to the history."""
        return self.does(actor, body, item, at).after()

    def submitted(self, item: str, *names: str, at: Instant | None = None) -> Self:
        for name in names:
            self.did(PROVIDER_PM, submission(name), item, at)
        return self

    def accepts(self, item: str, form: str, actor: Actor = ACCEPTOR, at: Instant | None = None) -> Self:
        """Sign what is under review now."""
        body = AcceptItem(form=form, content_sha256=self.item(item).content_sha256)  # type: ignore[arg-type]
        return self.does(actor, body, item, at)

    def elapses(self, running: Running, at: Instant | None = None) -> Self:
        """The ticker finds the deadline due, a moment after its instant or `at`."""
        self.now = at or max(self.now, plus_seconds(running.due_at, 60))
        return self.when(DeadlineElapsed(deadline_id=running.deadline.deadline_id, due_at=running.due_at))

    def recomputes(self, running: Running, known: WorkCalendar) -> Self:
        self.facts = facts(known)
        return self.when(RecomputeDeadline(deadline_id=running.deadline.deadline_id))

    def settled(self, through: Instant) -> Self:
        """Contracts answers."""
        return self.receive(SettledThrough(contract=CONTRACT, through=through, asked_by="acceptance"))

    def appointed(self, actor: Actor, side: Side, role: RoleName) -> Self:
        return self.receive(RoleAppointed(contract=CONTRACT, holder=holder(actor, side, role, self.now)))

    def lapses(self, kind: str, item: str | None = None) -> Self:
        """The whole way of a deadline with legal effect: due, held, settled, fired."""
        running = self.running(kind, item)
        self.elapses(running).after()
        return self.settled(running.due_at).after() if running.deadline.legal_effect else self

    def _record(self, event: NewEvent, identity: str = "") -> Recorded:
        recorded = super()._record(event, identity)
        registry = ACCEPTANCE.events
        assert registry.decode(recorded.type, canonical.encode(recorded.data)) == recorded.data
        if recorded.type != "feed.received.v1":
            ACCEPTANCE.to_public(self.state, recorded)
        return recorded


def signed(agreed: Terms, known: WorkCalendar | None = None, at: Instant = START) -> Story:
    """The story of a contract that has just been signed: its items are planned, its settlement is open."""
    story = Story(ACCEPTANCE, f"contract/{CONTRACT}", facts(known), now=at)
    roles = tuple(holder(actor, side, role, at) for actor, side, role in ROLES)
    event = ContractSigned(contract=CONTRACT, terms=replace(agreed, signed_on=None), roles=roles, signatures=())
    return story.receive(event).after()


def extension(story: Story, item: str, days: int) -> ContractExtended:
    """Both sides agreed that the periods of an item are longer."""
    return ContractExtended(
        contract=CONTRACT,
        cause="客户系统延期",
        cause_side="customer",
        days=days,
        milestones=(),
        items=(item,),
        terms=story.contract.terms,
    )
