"""The payment lines as signed, dated anew by a calendar, and re-planned as a whole (R-444)."""

from __future__ import annotations

from decimal import Decimal

from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.review.state import Closed
from services.acceptance.domain.settlement.consequences import settle
from services.acceptance.domain.settlement.errors import (
    LINE_TWICE,
    NO_CONDITION,
    closed_item,
    does_not_add_up,
    line_requested,
    not_positive,
    other_price_version,
)
from services.acceptance.domain.settlement.events import (
    InvoiceDueDateSet,
    RePlanApplied,
    RePlanRefused,
    SettlementOpened,
)
from services.acceptance.domain.settlement.state import Settlement
from shared.kernel.instants import Instant
from shared.periods import end_day, recompute
from shared.public_events.contracts import RePlanSent
from shared.public_events.terms import PaymentLine


def open_settlement(draft: DecisionDraft, signed_at: Instant) -> None:
    """The payment lines as signed; what only waited for the signing is requested at once (R-445)."""
    terms = draft.state.terms
    draft.record(
        SettlementOpened(
            contract=draft.contract,
            number=terms.number,
            name=terms.name,
            customer=terms.customer,
            provider=terms.provider,
            currency=terms.currency,
            tax_rate=terms.tax_rate,
            price_version=terms.price_version,
            price_total=terms.price_total,
            lines=terms.payment_lines,
        ),
        signed_at,
    )
    settle(draft)


def set_due_date(draft: DecisionDraft, request_id: str, now: Instant) -> None:
    """Compute a provisional due date anew under the calendar that is known now (R-403, R-446)."""
    settlement = draft.state.settlement
    for line, request in settlement.requests.items() if settlement else ():
        before = request.pay_by
        if request.request_id != request_id or before is None or not before.provisional or not request.active:
            continue
        if before.calendar_version == draft.calendar.version:
            continue
        fresh = recompute(before, draft.calendar)
        draft.record(
            InvoiceDueDateSet(
                contract=draft.contract,
                request_id=request_id,
                seller=draft.state.terms.provider,
                buyer=draft.state.terms.customer,
                line=line,
                generation=request.generation,
                pay_by=end_day(fresh),
                pay_by_derivation=fresh,
                old_pay_by=end_day(before),
            ),
            now,
        )


def re_plan(draft: DecisionDraft, sent: RePlanSent, effective_at: Instant) -> None:
    """Apply a price change as a whole, or refuse it as a whole (R-444); what it makes due is requested at once.

    `effective_at` is the instant of effect as contracts has it (R-204): never before the last signature.
    """
    settlement = draft.state.settlement
    if settlement is None:
        raise TypeError("a re-plan cannot come before the settlement is opened")
    fault = _fault(draft, settlement, sent)
    if fault is not None:
        rule, reason = fault
        draft.record(
            RePlanRefused(
                contract=draft.contract,
                change=sent.change,
                price_version=settlement.price_version,
                rule=rule,
                reason=reason,
            ),
            effective_at,
        )
        return
    draft.record(
        RePlanApplied(
            contract=draft.contract,
            change=sent.change,
            price_version=settlement.price_version + 1,
            price_total=sent.re_plan.price_total,
            lines=sent.re_plan.payment_lines,
        ),
        effective_at,
    )
    settle(draft, not_before=effective_at)


def _fault(draft: DecisionDraft, settlement: Settlement, sent: RePlanSent) -> tuple[str, str] | None:
    """The rule that the re-plan breaks and how, or None."""
    plan = sent.re_plan
    lines, total = plan.payment_lines, plan.price_total
    if plan.drawn_on_price_version != settlement.price_version:
        return "R-444", other_price_version(plan.drawn_on_price_version, settlement.price_version)
    if (changed := _changed_requested_line(settlement, lines)) is not None:
        return "R-444", line_requested(changed)
    if len({line.line_id for line in lines}) != len(lines):
        return "R-440", LINE_TWICE
    if (nothing := next((line.line_id for line in lines if line.amount <= 0), None)) is not None:
        return "R-440", not_positive(nothing)
    for amounts in ([line.amount for line in lines], [row.price for row in plan.price_rows]):
        if sum(amounts, Decimal(0)) != total:
            return "R-440", does_not_add_up(total)
    conditions = (_condition_fault(draft, line) for line in lines)
    return next((("R-222", fault) for fault in conditions if fault is not None), None)


def _changed_requested_line(settlement: Settlement, lines: tuple[PaymentLine, ...]) -> str | None:
    planned = {line.line_id: line for line in lines}
    for line in settlement.lines:
        request = settlement.requests.get(line.line_id)
        if request is not None and request.active and planned.get(line.line_id) != line:
            return line.line_id
    return None


def _condition_fault(draft: DecisionDraft, line: PaymentLine) -> str | None:
    """An item that the same change adds is not known here yet, so only closed ones are refused."""
    if not line.conditions:
        return NO_CONDITION
    for condition in line.conditions:
        item = draft.state.items.get(condition.item)
        if item is not None and isinstance(item.phase, Closed):
            return closed_item(line.line_id, condition.item)
    return None
