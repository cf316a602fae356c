"""The payment lines: requested exactly once when all their conditions hold (R-442), re-planned as a whole (R-444)."""

from __future__ import annotations

from decimal import Decimal

from services.acceptance.domain import reasons
from services.acceptance.domain.amount_words import amount_in_words_zh
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.events import (
    InvoiceDueDateSet,
    InvoiceRequested,
    RePlanApplied,
    RePlanRefused,
    SettlementOpened,
)
from services.acceptance.domain.state import Accepted, Closed, Settlement
from shared.kernel.ids import derived_id
from shared.kernel.instants import Instant
from shared.kernel.money import net_of_tax
from shared.periods import Derivation, compute, end_day, recompute
from shared.public_events.contracts import RePlanSent
from shared.public_events.invoicing import AcceptedItem
from shared.public_events.terms import PaymentCondition, PaymentLine


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


def settle(draft: DecisionDraft, not_before: Instant = "") -> None:
    """Request every line whose conditions all hold and that has no active request (R-442).

    Nobody is asked for nothing (R-440). A request is effective when the last of its conditions became true, and not
    before `not_before`.
    """
    settlement = draft.state.settlement
    if settlement is None:
        return
    for line in settlement.lines:
        earlier = settlement.requests.get(line.line_id)
        if line.amount <= 0 or (earlier is not None and earlier.active):
            continue
        since = [_holds_since(draft, condition) for condition in line.conditions]
        held = [instant for instant in since if instant is not None]
        if held and len(held) == len(since):
            generation = 0 if earlier is None else earlier.generation + 1
            _request(draft, settlement, line, generation, max(*held, not_before))


def _holds_since(draft: DecisionDraft, condition: PaymentCondition) -> Instant | None:
    """When a condition of a line became true; None while it is not."""
    match condition.kind:
        case "signing":
            return draft.state.settlement.signed_at if draft.state.settlement else None
        case "warranty_end":
            ends = [_ended_at(draft, term.care_id) for term in draft.state.terms.after_care]
            known = [ended for ended in ends if ended is not None]
            return max(known) if known and len(known) == len(ends) else None
        case "item_accepted":
            item = draft.state.items.get(condition.item)
            accepted = item.phase if item else None
            return accepted.effective_at if isinstance(accepted, Accepted) else None


def _ended_at(draft: DecisionDraft, care: str) -> Instant | None:
    running = draft.state.care.get(care)
    return running.ended_at if running else None


def _request(draft: DecisionDraft, settlement: Settlement, line: PaymentLine, generation: int, at: Instant) -> None:
    net, tax = net_of_tax(line.amount, settlement.tax_rate, settlement.currency)
    items = tuple(
        _accepted_item(draft, condition.item) for condition in line.conditions if condition.kind == "item_accepted"
    )
    pay_by = _pay_by(draft, line, at)
    others = tuple(condition.kind for condition in line.conditions if condition.kind != "item_accepted")
    draft.record(
        InvoiceRequested(
            contract=draft.contract,
            request_id=derived_id(draft.tenant, draft.contract, line.line_id, str(generation)),
            contract_number=settlement.number,
            contract_name=settlement.name,
            seller=settlement.provider,
            buyer=settlement.customer,
            line=line,
            generation=generation,
            price_version=settlement.price_version,
            net=net,
            tax=tax,
            tax_rate=settlement.tax_rate,
            currency=settlement.currency,
            amount_in_words_zh=amount_in_words_zh(line.amount, settlement.currency),
            basis=tuple(dict.fromkeys((*others, *(item.basis for item in items)))),
            items=items,
            pay_by=end_day(pay_by) if pay_by else None,
            pay_by_derivation=pay_by,
        ),
        at,
    )


def _accepted_item(draft: DecisionDraft, name: str) -> AcceptedItem:
    item = draft.item(name)
    accepted = item.phase
    if not isinstance(accepted, Accepted):
        raise TypeError(f"{name} is not accepted")
    return AcceptedItem(
        item=name,
        name_zh=item.term.name_zh,
        basis=accepted.basis,
        effective_at=accepted.effective_at,
        event_id=accepted.event_id,
        content=accepted.content,
    )


def _pay_by(draft: DecisionDraft, line: PaymentLine, at: Instant) -> Derivation | None:
    if line.pay_within is None:
        return None
    return compute(at, line.pay_within, draft.calendar, draft.state.terms.cutoff)


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


# ---- re-plan ----


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
        return "R-444", reasons.other_price_version(plan.drawn_on_price_version, settlement.price_version)
    if (changed := _changed_requested_line(settlement, lines)) is not None:
        return "R-444", reasons.line_requested(changed)
    if len({line.line_id for line in lines}) != len(lines):
        return "R-440", reasons.LINE_TWICE
    if (nothing := next((line.line_id for line in lines if line.amount <= 0), None)) is not None:
        return "R-440", reasons.not_positive(nothing)
    for amounts in ([line.amount for line in lines], [row.price for row in plan.price_rows]):
        if sum(amounts, Decimal(0)) != total:
            return "R-440", reasons.does_not_add_up(total)
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
        return reasons.NO_CONDITION
    for condition in line.conditions:
        item = draft.state.items.get(condition.item)
        if item is not None and isinstance(item.phase, Closed):
            return reasons.closed_item(line.line_id, condition.item)
    return None
