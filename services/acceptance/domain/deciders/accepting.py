"""Explicit acceptance: by the acts that the item needs, all over the same content (R-141, R-150)."""

from __future__ import annotations

from services.acceptance.domain import forms, reasons
from services.acceptance.domain.acts import DONE, UNCHANGED_OUTCOME, Act, without_effect
from services.acceptance.domain.commands import AcceptItem
from services.acceptance.domain.deciders.ending import accept
from services.acceptance.domain.deciders.review_start import start_review, waits_for
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.errors import (
    AlreadyTerminal,
    ComesAfter,
    DiscrepanciesOpen,
    NeedsAgreementOfBoth,
    NotUnderReview,
    SignatureOverOtherContent,
)
from services.acceptance.domain.events import ItemSigned
from services.acceptance.domain.forms import NeededForm
from services.acceptance.domain.state import (
    Accepted,
    Closed,
    Escalated,
    GivenForm,
    InDiscussion,
    Item,
    Planned,
    Submitted,
    UnderReview,
)
from shared.commands.decision import Outcome

# A pack, an order or a support is complete when its time is over; a confirmation beside it is recorded only (C-31).
COMPLETED_BY_TIME = "A-TIME-EXPIRY"


def sign(draft: DecisionDraft, act: Act, body: AcceptItem) -> Outcome:
    """Accept an item, or add one of the acts that it needs (R-141, R-150, R-159)."""
    item = draft.item(act.item)
    if isinstance(item.phase, Accepted | Closed):
        return _again(draft, act, body, item)
    if item.term.profile == COMPLETED_BY_TIME:
        return without_effect(draft, act, "COMPLETED_BY_TIME", "R-314", reasons.COMPLETED_BY_TIME)
    agreed = forms.agreed_for(item.term, act.side)
    form = forms.counts_as(body.form, agreed)
    if form is None:
        return without_effect(draft, act, "WRONG_FORM", "R-150", reasons.wrong_form(body.form, act.side, agreed))
    review = _review(draft, act, item)
    if body.content_sha256 != review.content_sha256:
        raise SignatureOverOtherContent(f"under review is {review.content_sha256}", field="/content_sha256")
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
        raise NotUnderReview("not everything that belongs to the item was submitted")
    if isinstance(item.phase, InDiscussion | Escalated):
        raise NeedsAgreementOfBoth()
    raise DiscrepanciesOpen(", ".join(found.discrepancy_id for found in item.live))


def _add(draft: DecisionDraft, act: Act, review: UnderReview, fresh: GivenForm) -> Outcome:
    """Accepted when every needed act was given over the same content, effective at the last of them (R-150)."""
    term = draft.item(act.item).term
    before = forms.given(draft.item(act.item), review.content_sha256)
    still_needed = forms.missing(term, before)
    if still_needed == forms.missing(term, (*before, fresh)):
        return UNCHANGED_OUTCOME
    if len(forms.needed(term)) == 1:
        _accepted(draft, act, review, (fresh,))
        return DONE
    signed = draft.record(
        ItemSigned(contract=draft.contract, item=act.item, form=fresh.form, signature=fresh.signature),
        act.received_at,
        act.by,
    )
    acts = (*before, fresh)
    left = forms.missing(term, acts)
    if act.side == "customer" and _confirms(fresh, left):
        _confirm_others(draft, act, fresh, signed)
    if not left:
        _accepted(draft, act, review, acts)
    return DONE


def _confirms(fresh: GivenForm, left: tuple[NeededForm, ...]) -> bool:
    """The customer's signature confirms the reports too; a click beside it does not stand for the signature."""
    return fresh.form not in forms.CUSTOMERS_FORMS or all(need.side != "customer" for need in left)


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
        raise SignatureOverOtherContent(f"accepted is {accepted.content_sha256}", field="/content_sha256")
    if act.side in accepted.sides:
        return UNCHANGED_OUTCOME
    reason = reasons.accepted_already(accepted.effective_at, accepted.basis)
    return without_effect(draft, act, "ACCEPTED_ALREADY", "R-148", reason)
