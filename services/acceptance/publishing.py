"""Stage 5: a private event and the state after it give the public events that leave with it.

The two vocabularies differ: what only orders the service's own work is not published, and a signature that is not yet
an acceptance or a conclusion is published as a communication. Where a public event says a part of what the private
one says in the same words, `IN_THE_SAME_WORDS` names it.
"""

from __future__ import annotations

from services.acceptance.domain.aftercare import events as aftercare
from services.acceptance.domain.base import ItemEvent
from services.acceptance.domain.communications import events as communications
from services.acceptance.domain.conditional import events as conditional
from services.acceptance.domain.discrepancies import events as discrepancies
from services.acceptance.domain.discussion import events as discussion
from services.acceptance.domain.escalation import events as escalation
from services.acceptance.domain.items import events as items
from services.acceptance.domain.review import events as review
from services.acceptance.domain.review.terms import NeededForm, given, missing
from services.acceptance.domain.settlement import events as settlement
from services.acceptance.domain.state import Contract, State
from services.acceptance.domain.submission import events as submission
from services.acceptance.domain.use import events as use
from shared.deadlines.model import DEADLINE_EVENTS
from shared.messages.events import Event, Recorded
from shared.public_events import acceptance as public
from shared.public_events import after_acceptance as after
from shared.public_events.deadlines import deadline_messages
from shared.public_events.envelope import PublicEvent, PublicMessage
from shared.public_events.invoicing import InvoiceDueDateSet, InvoiceRequested, InvoiceReversed
from shared.public_events.terms import Signature

OWNER = "acceptance"

UNPUBLISHED: tuple[type[Event], ...] = (
    conditional.ActDecided,
    items.ItemPlanned,
    items.ItemReplanned,
    conditional.ListedForReview,
    settlement.SettlementOpened,
)

IN_THE_SAME_WORDS: dict[type[Event], type[PublicEvent]] = {
    conditional.ActConditional: public.ActConditional,
    aftercare.AfterCareEnded: after.AfterCareEnded,
    aftercare.AfterCareStarted: after.AfterCareStarted,
    items.ChangeOfAcceptedRequested: public.ChangeOfAcceptedRequested,
    communications.CommunicationWithoutEffect: public.CommunicationWithoutEffect,
    submission.DeliverableSubmitted: public.DeliverableSubmitted,
    discrepancies.DiscrepanciesAnswered: public.DiscrepancyAnswered,
    discrepancies.DiscrepanciesRaised: public.DiscrepancyRaised,
    discrepancies.DiscrepancyClosed: public.DiscrepancyClosed,
    discussion.DiscussionHeld: public.DiscussionHeld,
    discussion.DiscussionOpened: public.DiscussionOpened,
    escalation.EscalationWithdrawn: public.OverdueWithdrawn,
    review.ItemClosed: public.Closed,
    escalation.ItemEscalated: public.Escalated,
    escalation.OverdueEscalated: public.Escalated,
    escalation.OverdueFlagged: public.Overdue,
    escalation.OverdueWithdrawn: public.OverdueWithdrawn,
    settlement.RePlanRefused: public.RePlanRefused,
    discrepancies.Resubmitted: public.Resubmitted,
    review.ReviewStarted: public.ReviewStarted,
    review.ReviewSuspended: public.ReviewSuspended,
    discrepancies.ReworkStarted: public.ReworkStarted,
    discrepancies.TreatmentAgreed: public.TreatmentAgreed,
    use.TrialRunRecorded: after.TrialRunRecorded,
    review.WarningRecorded: after.WarningEvidence,
}


def to_public(state: State, recorded: Recorded) -> tuple[PublicMessage, ...]:
    """The public messages of an event of a contract; key: the contract id."""
    data = recorded.data
    if isinstance(data, DEADLINE_EVENTS):
        return deadline_messages(OWNER, recorded)
    if isinstance(data, UNPUBLISHED):
        return ()
    if not isinstance(state, Contract):
        raise TypeError(f"{recorded.type} does not belong to a contract")
    same = IN_THE_SAME_WORDS.get(type(data))
    event = _in_the_same_words(same, data) if same else _in_other_words(state, data)
    return (PublicMessage(key=state.contract, data=event),)


def _in_the_same_words(public_type: type[PublicEvent], data: Event) -> PublicEvent:
    return public_type(**{name: getattr(data, name) for name in public_type.__struct_fields__})


def _in_other_words(state: Contract, data: Event) -> PublicEvent:
    match data:
        case review.ItemAccepted():
            return public.Accepted(
                contract=data.contract,
                item=data.item,
                basis=data.basis,
                rule=data.rule,
                accepted_content=data.content,
                signatures=data.signatures,
                grounds=data.grounds,
                deadline=data.deadline,
                report_unsigned=data.report_unsigned,
                forms=data.forms,
            )
        case communications.CommunicationRecorded():
            return public.CommunicationRecorded(
                contract=data.contract,
                item=data.item,
                side=data.side,
                kind=data.kind,
                channel=data.channel,
                content_sha256=data.content_sha256,
                stopped_silence=data.stopped_silence,
                received_at=data.received_at,
            )
        case review.ItemSigned(form=form, signature=signature):
            item = state.items[data.item]
            left = missing(item.term, given(item, signature.content_sha256))
            return _signed(data, "signature", signature, form, left)
        case discussion.ConclusionSigned(signature=signature):
            return _signed(data, "conclusion", signature)
        case discussion.DiscussionConcluded():
            return public.DiscussionConcluded(
                contract=data.contract,
                item=data.item,
                result=data.conclusion.result,
                decided_by=data.decided_by,
            )
        case use.UseRecorded():
            return public.UseRecorded(
                contract=data.contract,
                item=data.item,
                used_at=data.used_at,
                evidence_sha256=data.evidence_sha256,
                recorded_by_side=data.side,
            )
        case settlement.RePlanApplied():
            return public.RePlanApplied(
                contract=data.contract,
                change=data.change,
                price_version=data.price_version,
                price_total=data.price_total,
                payment_lines=data.lines,
            )
        case settlement.InvoiceRequested():
            return invoice_request(data)
        case settlement.InvoiceDueDateSet():
            return invoice_due_date(data)
        case settlement.InvoiceReversed():
            return invoice_reversal(data)
        case _:
            raise TypeError(f"{data.TOPIC} has no public form")


def _signed(
    data: ItemEvent, kind: str, signature: Signature, form: str = "", left: tuple[NeededForm, ...] = ()
) -> PublicEvent:
    """One side has signed; both see what is still missing, and nothing has taken effect yet."""
    return public.CommunicationRecorded(
        contract=data.contract,
        item=data.item,
        side=signature.side,
        kind=kind,
        channel=signature.method,
        content_sha256=signature.content_sha256,
        stopped_silence=False,
        received_at=signature.received_at,
        form=form,
        forms_missing=tuple(public.MissingForm(side=need.side, form=one) for need in left for one in need.forms),
    )


def invoice_request(data: settlement.InvoiceRequested) -> InvoiceRequested:
    """The request as finance needs it, whole (R-446)."""
    return InvoiceRequested(
        request_id=data.request_id,
        contract=data.contract,
        contract_number=data.contract_number,
        contract_name=data.contract_name,
        line=data.line.line_id,
        line_name_zh=data.line.name_zh,
        generation=data.generation,
        price_version=data.price_version,
        amount=data.line.amount,
        net=data.net,
        tax=data.tax,
        tax_rate=data.tax_rate,
        currency=data.currency,
        amount_in_words_zh=data.amount_in_words_zh,
        seller=data.seller,
        buyer=data.buyer,
        basis=data.basis,
        items=data.items,
        pay_by=data.pay_by,
        provisional=bool(data.pay_by_derivation and data.pay_by_derivation.provisional),
        pay_by_derivation=data.pay_by_derivation,
    )


def invoice_due_date(data: settlement.InvoiceDueDateSet) -> InvoiceDueDateSet:
    """The due date as finance needs it."""
    return InvoiceDueDateSet(
        request_id=data.request_id,
        contract=data.contract,
        line=data.line,
        generation=data.generation,
        pay_by=data.pay_by,
        old_pay_by=data.old_pay_by,
        provisional=data.pay_by_derivation.provisional,
        pay_by_derivation=data.pay_by_derivation,
    )


def invoice_reversal(data: settlement.InvoiceReversed) -> InvoiceReversed:
    """The reversal as finance needs it."""
    return InvoiceReversed(
        request_id=data.request_id,
        contract=data.contract,
        line=data.line,
        generation=data.generation,
        reason=data.reason,
    )
