"""The end of a review: by the acts that the item needs over the same content (R-141, R-150), or by silence (R-143)."""

from __future__ import annotations

from services.acceptance.domain.act import DONE, UNCHANGED_OUTCOME, Act
from services.acceptance.domain.communications.consequences import without_effect
from services.acceptance.domain.discussion.errors import NeedsAgreementOfBoth
from services.acceptance.domain.discussion.state import InDiscussion
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.errors import AlreadyTerminal
from services.acceptance.domain.escalation.consequences import begin_escalation, flag_overdue
from services.acceptance.domain.escalation.state import Escalated
from services.acceptance.domain.items.state import Planned
from services.acceptance.domain.periods import consequences as periods
from services.acceptance.domain.review.commands import AcceptItem
from services.acceptance.domain.review.consequences import accept, close, start_review, waits_for
from services.acceptance.domain.review.errors import (
    COMPLETED_BY_TIME,
    ComesAfter,
    DiscrepanciesOpen,
    NotUnderReview,
    SignatureOverOtherContent,
    accepted_already,
    wrong_form,
)
from services.acceptance.domain.review.events import ItemSigned, WarningRecorded
from services.acceptance.domain.review.state import Accepted, Closed, GivenForm, UnderReview, Warnings
from services.acceptance.domain.review.terms import (
    CUSTOMERS_FORMS,
    NeededForm,
    agreed_for,
    counts_as,
    given,
    missing,
    needed,
)
from services.acceptance.domain.state import Item
from services.acceptance.domain.submission.state import Submitted
from shared.commands.decision import Outcome
from shared.deadlines.model import Deadline
from shared.public_events.notices import NotificationDelivered

# A pack, an order or a support is complete when its time is over; a confirmation beside it is recorded only (C-31).
BY_TIME = "A-TIME-EXPIRY"
CLOSED_UNCONFIRMED = "closed_unconfirmed"


def sign(draft: DecisionDraft, act: Act, body: AcceptItem) -> Outcome:
    """Accept an item, or add one of the acts that it needs (R-141, R-150, R-159)."""
    item = draft.item(act.item)
    if isinstance(item.phase, Accepted | Closed):
        return _again(draft, act, body, item)
    if item.term.profile == BY_TIME:
        return without_effect(draft, act, "COMPLETED_BY_TIME", "R-314", COMPLETED_BY_TIME)
    agreed = agreed_for(item.term, act.side)
    form = counts_as(body.form, agreed)
    if form is None:
        return without_effect(draft, act, "WRONG_FORM", "R-150", wrong_form(body.form, act.side, agreed))
    review = _review(draft, act, item)
    if body.content_sha256 != review.content_sha256:
        raise SignatureOverOtherContent(
            f"under review is {review.content_sha256}",
            zh=f"正在验收的内容哈希为 {review.content_sha256}",
            field="/content_sha256",
        )
    signature = act.signature(body.content_sha256, review.round, body.method, body.reference)
    return _add(draft, act, review, GivenForm(form=form, signature=signature))


def _review(draft: DecisionDraft, act: Act, item: Item) -> UnderReview:
    """The running review; an item without deliverables is confirmed as it stands (R-222)."""
    if isinstance(item.phase, Planned | Submitted | UnderReview) and item.is_complete:
        before = waits_for(draft, item.term)
        if before is not None:
            raise ComesAfter(before)
    if isinstance(item.phase, Planned | Submitted) and item.is_complete:
        start_review(draft, act.item, "", act.received_at)
        item = draft.item(act.item)
    if isinstance(item.phase, UnderReview):
        return item.phase
    if isinstance(item.phase, Planned | Submitted):
        raise NotUnderReview("not everything that belongs to the item was submitted", zh="该验收项的交付物尚未全部提交")
    if isinstance(item.phase, InDiscussion | Escalated):
        raise NeedsAgreementOfBoth()
    raise DiscrepanciesOpen(", ".join(found.discrepancy_id for found in item.live))


def _add(draft: DecisionDraft, act: Act, review: UnderReview, fresh: GivenForm) -> Outcome:
    """Accepted when every needed act was given over the same content, effective at the last of them (R-150)."""
    term = draft.item(act.item).term
    before = given(draft.item(act.item), review.content_sha256)
    still_needed = missing(term, before)
    if still_needed == missing(term, (*before, fresh)):
        return UNCHANGED_OUTCOME
    if len(needed(term)) == 1:
        _accepted(draft, act, review, (fresh,))
        return DONE
    signed = draft.record(
        ItemSigned(contract=draft.contract, item=act.item, form=fresh.form, signature=fresh.signature),
        act.received_at,
        act.by,
    )
    acts = (*before, fresh)
    left = missing(term, acts)
    if act.side == "customer" and _confirms(fresh, left):
        _confirm_others(draft, act, fresh, signed)
    if not left:
        _accepted(draft, act, review, acts)
    return DONE


def _confirms(fresh: GivenForm, left: tuple[NeededForm, ...]) -> bool:
    """The customer's signature confirms the reports too; a click beside it does not stand for the signature."""
    return fresh.form not in CUSTOMERS_FORMS or all(need.side != "customer" for need in left)


def _confirm_others(draft: DecisionDraft, act: Act, fresh: GivenForm, signed: str) -> None:
    """The customer's signature on the acceptance report confirms the reports (R-153; Alibaba 8)."""
    for name in draft.item(act.item).term.confirms:
        confirmed = draft.item(name).phase
        if isinstance(confirmed, UnderReview):
            accept(
                draft,
                name,
                basis="explicit",
                rule="R-153",
                effective_at=act.received_at,
                decided_at=act.received_at,
                actor=act.by,
                acts=(fresh,),
                grounds=(*confirmed.receipts, signed),
            )


def _accepted(draft: DecisionDraft, act: Act, review: UnderReview, acts: tuple[GivenForm, ...]) -> None:
    accept(
        draft,
        act.item,
        basis="explicit",
        rule="R-141" if review.round == 1 else "R-159",
        effective_at=max(given.signature.received_at for given in acts),
        decided_at=act.received_at,
        actor=act.by,
        acts=acts,
        grounds=(*review.receipts, review.started_by),
    )


def _again(draft: DecisionDraft, act: Act, body: AcceptItem, item: Item) -> Outcome:
    """A repeat changes nothing (R-421); a signature after a deemed acceptance is kept, but adds no effect (R-148)."""
    accepted = item.phase
    if not isinstance(accepted, Accepted):
        raise AlreadyTerminal()
    if body.content_sha256 != accepted.content_sha256:
        raise SignatureOverOtherContent(
            f"accepted is {accepted.content_sha256}",
            zh=f"已验收的内容哈希为 {accepted.content_sha256}",
            field="/content_sha256",
        )
    if act.side in accepted.sides:
        return UNCHANGED_OUTCOME
    reason = accepted_already(accepted.effective_at, accepted.basis)
    return without_effect(draft, act, "ACCEPTED_ALREADY", "R-148", reason)


def review_over(draft: DecisionDraft, deadline: Deadline) -> None:
    """The review ended without the act: silence accepts, or the customer is overdue (R-143, R-145, R-155)."""
    if deadline.legal_effect:
        _deem_accepted(draft, deadline)
        return
    periods.lapsed(draft, deadline, "overdue")
    flag_overdue(draft, deadline)
    begin_escalation(draft, deadline)


def _deem_accepted(draft: DecisionDraft, deadline: Deadline) -> None:
    """Silence accepts (R-143, R-185); the acceptance cites everything that R-406 asks for."""
    due_at = deadline.derivation.due_at
    review = draft.item(deadline.item).phase
    if not isinstance(review, UnderReview) or not review.silence or not review.receipts:
        raise TypeError(f"silence cannot accept {deadline.item}")
    ended = periods.lapsed(draft, deadline, "deemed_accepted")
    accepted = accept(
        draft,
        deadline.item,
        basis="silence",
        rule="R-185",
        effective_at=due_at,
        decided_at=due_at,
        grounds=(*review.receipts, review.started_by, ended),
        deadline=deadline.deadline_id,
    )
    known = draft.state.warnings.get(deadline.deadline_id, Warnings())
    draft.record(
        WarningRecorded(
            contract=draft.contract,
            item=deadline.item,
            accepted_event=accepted,
            deliveries=tuple(warned.notice for warned in known.deliveries if warned.delivered_at < due_at),
        ),
        due_at,
    )


def closing_over(draft: DecisionDraft, deadline: Deadline) -> None:
    """Silence on the solution of a request closes it; that is no acceptance, and nothing is paid for it (R-194)."""
    periods.lapsed(draft, deadline, CLOSED_UNCONFIRMED)
    close(draft, deadline.item, reason=CLOSED_UNCONFIRMED, rule="R-194", at=deadline.derivation.due_at)


def add_warning(draft: DecisionDraft, delivered: NotificationDelivered) -> None:
    """A reminder delivered in time, but learned of after the deemed acceptance, completes its evidence (R-406)."""
    known = draft.state.warnings.get(delivered.deadline)
    if known is None or not known.accepted_event or delivered.kind != "reminder":
        return
    accepted = draft.item(known.item).phase
    if isinstance(accepted, Accepted) and delivered.delivered_at < accepted.effective_at:
        draft.record(
            WarningRecorded(
                contract=draft.contract,
                item=known.item,
                accepted_event=known.accepted_event,
                deliveries=(delivered.notice,),
            ),
            delivered.delivered_at,
        )
