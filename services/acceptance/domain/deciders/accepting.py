"""Explicit acceptance: by the acceptor's signature, or by one signature of each side over the same content (R-150)."""

from __future__ import annotations

from services.acceptance.domain import reasons
from services.acceptance.domain.acts import DONE, UNCHANGED_OUTCOME, Act, without_effect
from services.acceptance.domain.commands import AcceptItem
from services.acceptance.domain.deciders.ending import accept
from services.acceptance.domain.deciders.review_start import start_review
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
from services.acceptance.domain.state import (
    Accepted,
    Closed,
    Escalated,
    InDiscussion,
    Item,
    Planned,
    Submitted,
    UnderReview,
)
from shared.commands.decision import Outcome
from shared.public_events.terms import Signature


def sign(draft: DecisionDraft, act: Act, body: AcceptItem) -> Outcome:
    """Accept an item, or add one of the signatures that it needs (R-141, R-159)."""
    item = draft.item(act.item)
    if isinstance(item.phase, Accepted | Closed):
        return _again(draft, act, body, item)
    if item.term.forms and body.form not in item.term.forms:
        reason = reasons.wrong_form(body.form, item.term.forms)
        return without_effect(draft, act, "WRONG_FORM", "R-150", reason)
    review = _review(draft, act, item)
    if body.content_sha256 != review.content_sha256:
        raise SignatureOverOtherContent(f"under review is {review.content_sha256}", field="content_sha256")
    _check_confirmed(draft, act, item)
    signature = act.signature(body.content_sha256, review.round, body.method, body.reference)
    if item.term.acceptor == "acceptor":
        return _accepted(draft, act, body, review, (signature,))
    return _one_of_both(draft, act, body, review, signature)


def _review(draft: DecisionDraft, act: Act, item: Item) -> UnderReview:
    """The running review; an item without deliverables is confirmed as it stands (R-222)."""
    if isinstance(item.phase, Planned) and not item.needs:
        for name in item.term.after:
            if not draft.item(name).is_terminal:
                raise ComesAfter(name)
        start_review(draft, act.item, "", act.received_at)
        item = draft.item(act.item)
    if isinstance(item.phase, UnderReview):
        return item.phase
    if isinstance(item.phase, Planned | Submitted):
        raise NotUnderReview("not everything that belongs to the item was submitted")
    if isinstance(item.phase, InDiscussion | Escalated):
        raise NeedsAgreementOfBoth()
    raise DiscrepanciesOpen(", ".join(found.discrepancy_id for found in item.live))


def _check_confirmed(draft: DecisionDraft, act: Act, item: Item) -> None:
    """What the customer's signature confirms too has to be in review, without open discrepancies (R-153)."""
    if act.side != "customer":
        return
    for name in item.term.confirms:
        if not isinstance(draft.item(name).phase, UnderReview | Accepted | Closed):
            raise ComesAfter(name)


def _one_of_both(
    draft: DecisionDraft, act: Act, body: AcceptItem, review: UnderReview, signature: Signature
) -> Outcome:
    """Accepted when both sides signed the same content, effective at the later signature (R-150)."""
    if any(held.side == act.side for held in review.signatures):
        return UNCHANGED_OUTCOME
    signed = draft.record(
        ItemSigned(contract=draft.contract, item=act.item, form=body.form, signature=signature),
        act.received_at,
        act.by,
    )
    if act.side == "customer":
        _confirm_others(draft, act, body, signature, signed)
    signatures = (*review.signatures, signature)
    if len(signatures) == 1:
        return DONE
    return _accepted(draft, act, body, review, signatures)


def _confirm_others(draft: DecisionDraft, act: Act, body: AcceptItem, signature: Signature, signed: str) -> None:
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
                form=body.form,
                signatures=(signature,),
                grounds=(*confirmed.receipts, signed),
            )


def _accepted(
    draft: DecisionDraft, act: Act, body: AcceptItem, review: UnderReview, signatures: tuple[Signature, ...]
) -> Outcome:
    accept(
        draft,
        act.item,
        basis="explicit",
        rule="R-141" if review.round == 1 else "R-159",
        effective_at=max(signature.received_at for signature in signatures),
        decided_at=act.received_at,
        actor=act.by,
        form=body.form,
        signatures=signatures,
        grounds=(*review.receipts, review.started_by),
    )
    return DONE


def _again(draft: DecisionDraft, act: Act, body: AcceptItem, item: Item) -> Outcome:
    """A repeat changes nothing (R-421); a signature after a deemed acceptance is kept, but adds no effect (R-148)."""
    accepted = item.phase
    if not isinstance(accepted, Accepted):
        raise AlreadyTerminal()
    if body.content_sha256 != accepted.content_sha256:
        raise SignatureOverOtherContent(f"accepted is {accepted.content_sha256}", field="content_sha256")
    if act.side in accepted.sides:
        return UNCHANGED_OUTCOME
    reason = reasons.accepted_already(accepted.effective_at, accepted.basis)
    return without_effect(draft, act, "ACCEPTED_ALREADY", "R-148", reason)
