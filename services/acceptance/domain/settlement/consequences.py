"""A payment line is requested exactly once, when all its conditions hold (R-442)."""

from __future__ import annotations

from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.review.state import Accepted
from services.acceptance.domain.settlement.amount_words import amount_in_words_zh
from services.acceptance.domain.settlement.events import InvoiceRequested
from services.acceptance.domain.settlement.state import Settlement
from shared.kernel.ids import derived_id
from shared.kernel.instants import Instant
from shared.kernel.money import net_of_tax
from shared.periods import Derivation, compute, end_day
from shared.public_events.invoicing import AcceptedItem
from shared.public_events.terms import PaymentCondition, PaymentLine


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
