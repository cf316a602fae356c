"""What reads answer: an item and a settlement in the words of their readers, made from the documents of the views."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from services.acceptance.domain.escalation.state import Escalated, Flag
from services.acceptance.domain.review.state import Accepted, Closed, GivenForm, UnderReview
from services.acceptance.domain.review.terms import NeededForm, given, missing
from services.acceptance.projections.finance import FinanceEntry, FinanceKind, SettlementDocument
from services.acceptance.projections.items import ItemDocument, ToReview, WaitingAct
from services.acceptance.publishing import OWNER
from shared.deadlines.answer import DeadlineAnswer, deadline_answer
from shared.kernel.instants import Instant
from shared.periods import end_day
from shared.public_events.invoicing import InvoiceDueDateSet, InvoiceRequested, InvoiceReversed
from shared.public_events.submissions import Discrepancy, ItemState, Submission
from shared.public_events.terms import PaymentCondition, Signature


class ItemSummary(Struct, frozen=True, kw_only=True):
    """A card of the board: where an item stands, what is due next, and which flags are up."""

    contract: str
    item: str
    name_zh: str
    name_en: str
    profile: str
    state: ItemState
    next_due_at: Instant | None
    overdue: bool
    change_requested: bool
    waiting_acts: int
    changed_at: Instant


class SubmittedDeliverable(Struct, frozen=True, kw_only=True):
    """The newest version of a deliverable and when it was received."""

    submission: Submission
    received_at: Instant


class ItemDetail(Struct, frozen=True, kw_only=True):
    """An item in full. `content_sha256` is what a signature on it covers now (R-425).

    `missing` are the groups of deliverables of which one is still to be submitted. `forms_given` are the acts towards
    the acceptance of what is under review, `forms_missing` those that it still needs (R-150). `round` is 0 before the
    first review. `basis`, `effective_at`, `acceptance_event` and `grounds` (the events that it cites, R-406) are set
    once it is accepted.
    """

    contract: str
    item: str
    name_zh: str
    name_en: str
    profile: str
    criteria: tuple[str, ...]
    forms: tuple[str, ...]
    state: ItemState
    round: int
    silence_accepts: bool
    silence_closes: bool
    content_sha256: str
    submitted: tuple[SubmittedDeliverable, ...]
    missing: tuple[tuple[str, ...], ...]
    signatures: tuple[Signature, ...]
    forms_given: tuple[GivenForm, ...]
    forms_missing: tuple[NeededForm, ...]
    discrepancies: tuple[Discrepancy, ...]
    deadlines: tuple[DeadlineAnswer, ...]
    overdue: tuple[Flag, ...]
    escalated_because: str
    waiting_acts: tuple[WaitingAct, ...]
    to_review: tuple[ToReview, ...]
    change_requests: tuple[tuple[str, str], ...]
    basis: str
    closed_because: str
    effective_at: Instant | None
    acceptance_event: str
    grounds: tuple[str, ...]
    version: int
    changed_at: Instant


class LineDetail(Struct, frozen=True, kw_only=True):
    """A payment line: open, or requested under an id; `pay_by` is provisional until the year is published (R-446)."""

    line: str
    name_zh: str
    amount: Decimal
    conditions: tuple[PaymentCondition, ...]
    pay_within: str | None
    state: Literal["open", "requested"]
    request_id: str
    generation: int
    pay_by: date | None
    pay_by_provisional: bool


class SettlementDetail(Struct, frozen=True, kw_only=True):
    """The payment plan at its price version (R-444); the lines add up to the price (R-440)."""

    contract: str
    number: str
    currency: str
    tax_rate: Decimal
    price_version: int
    price_total: Decimal
    signed_at: Instant
    lines: tuple[LineDetail, ...]
    version: int


class FinanceItem(Struct, frozen=True, kw_only=True):
    """An invoice request, the due date that completes it, or its reversal, with both times; as the public event says.

    `event_id` is the same however often it is read.
    """

    event_id: str
    kind: FinanceKind
    effective_at: Instant
    recorded_at: Instant
    organisations: tuple[str, ...]
    requested: InvoiceRequested | None = None
    due_date_set: InvoiceDueDateSet | None = None
    reversed: InvoiceReversed | None = None


def finance_item(entry: FinanceEntry) -> FinanceItem:
    """What finance is shown of an entry: all but its place in the log, which would tell what others do (R-424)."""
    return FinanceItem(**{name: getattr(entry, name) for name in FinanceItem.__struct_fields__})


def summary(document: ItemDocument) -> ItemSummary:
    """The card of an item."""
    item = document.item
    return ItemSummary(
        contract=item.contract,
        item=item.term.item_id,
        name_zh=item.term.name_zh,
        name_en=item.term.name_en,
        profile=item.term.profile,
        state=document.state,
        next_due_at=min((running.due_at for running in document.running.values()), default=None),
        overdue=bool(item.overdue),
        change_requested=bool(item.change_requests),
        waiting_acts=len(document.waiting),
        changed_at=document.changed_at,
    )


def detail(document: ItemDocument) -> ItemDetail:
    """An item in full."""
    item, phase = document.item, document.item.phase
    acts = given(item, item.content_sha256)
    received = [item.received[name] for name in sorted(item.received)]
    return ItemDetail(
        contract=item.contract,
        item=item.term.item_id,
        name_zh=item.term.name_zh,
        name_en=item.term.name_en,
        profile=item.term.profile,
        criteria=item.term.criteria,
        forms=item.term.forms,
        state=document.state,
        round=getattr(phase, "round", 0),
        silence_accepts=isinstance(phase, UnderReview) and phase.silence and not phase.closes,
        silence_closes=isinstance(phase, UnderReview) and phase.silence and phase.closes,
        content_sha256=item.content_sha256,
        submitted=tuple(
            SubmittedDeliverable(submission=found.submission, received_at=found.received_at) for found in received
        ),
        missing=tuple(group for group in item.needs if not any(name in item.received for name in group)),
        signatures=tuple(act.signature for act in acts) if isinstance(phase, UnderReview) else (),
        forms_given=acts,
        forms_missing=() if item.is_terminal else missing(item.term, acts),
        discrepancies=tuple(item.discrepancies.values()),
        deadlines=_deadlines(document),
        overdue=item.overdue,
        escalated_because=phase.reason if isinstance(phase, Escalated) else "",
        waiting_acts=document.waiting,
        to_review=document.to_review,
        change_requests=item.change_requests,
        basis=phase.basis if isinstance(phase, Accepted) else "",
        closed_because=phase.reason if isinstance(phase, Closed) else "",
        effective_at=phase.effective_at if isinstance(phase, Accepted | Closed) else None,
        acceptance_event=phase.event_id if isinstance(phase, Accepted) else "",
        grounds=phase.grounds if isinstance(phase, Accepted) else (),
        version=document.version,
        changed_at=document.changed_at,
    )


def _deadlines(document: ItemDocument) -> tuple[DeadlineAnswer, ...]:
    ordered = sorted(document.running.values(), key=lambda running: running.due_at)
    return tuple(deadline_answer(running.deadline, OWNER, held=running.held) for running in ordered)


def settlement_detail(document: SettlementDocument) -> SettlementDetail:
    """The payment plan with the state of each line."""
    settlement = document.settlement
    lines = []
    for line in settlement.lines:
        request = settlement.requests.get(line.line_id)
        active = request if request is not None and request.active else None
        lines.append(
            LineDetail(
                line=line.line_id,
                name_zh=line.name_zh,
                amount=line.amount,
                conditions=line.conditions,
                pay_within=line.pay_within,
                state="requested" if active else "open",
                request_id=active.request_id if active else "",
                generation=active.generation if active else 0,
                pay_by=end_day(active.pay_by) if active and active.pay_by else None,
                pay_by_provisional=bool(active and active.pay_by and active.pay_by.provisional),
            )
        )
    return SettlementDetail(
        contract=document.contract,
        number=settlement.number,
        currency=settlement.currency,
        tax_rate=settlement.tax_rate,
        price_version=settlement.price_version,
        price_total=settlement.price_total,
        signed_at=settlement.signed_at,
        lines=tuple(lines),
        version=document.version,
    )
