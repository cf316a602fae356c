"""Discussions and escalations end by an agreement of both sides only (R-158), signed by each over the same content."""

from __future__ import annotations

from msgspec import UNSET

from services.acceptance.domain.act import DONE, UNCHANGED_OUTCOME, Act
from services.acceptance.domain.discrepancies.consequences import begin_corrections, check_treatments
from services.acceptance.domain.discussion.commands import ConcludeDiscussion, EscalateItem, RecordDiscussion
from services.acceptance.domain.discussion.errors import (
    DiscussionInTheFuture,
    DiscussionNotHeld,
    NotInDiscussion,
    TakeOutNeedsChange,
    TreatmentsIncomplete,
)
from services.acceptance.domain.discussion.events import (
    Conclusion,
    ConclusionSigned,
    DiscussionConcluded,
    DiscussionHeld,
)
from services.acceptance.domain.discussion.state import InDiscussion
from services.acceptance.domain.discussion.timers import AGREEMENT, DISCUSSION
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.errors import AlreadyTerminal
from services.acceptance.domain.escalation.consequences import escalate
from services.acceptance.domain.escalation.state import Discussing
from services.acceptance.domain.periods import consequences as periods
from services.acceptance.domain.review.consequences import accept, close
from services.acceptance.domain.review.errors import taken_out_by_change
from services.acceptance.domain.state import Item
from shared.commands.decision import Outcome
from shared.deadlines.model import Deadline
from shared.kernel.instants import beijing_date
from shared.messages import canonical
from shared.public_events.terms import Signature


def conclude(draft: DecisionDraft, act: Act, body: ConcludeDiscussion) -> Outcome:
    """One side agrees to a conclusion; when the other side has agreed to the same one, it takes effect."""
    item = draft.item(act.item)
    if item.is_terminal:
        raise AlreadyTerminal()
    if not isinstance(item.phase, Discussing):
        raise NotInDiscussion()
    conclusion = _conclusion(draft, act, item, body)
    content = canonical.sha256(
        {
            "contract": draft.contract,
            "item": act.item,
            "round": item.phase.round,
            "conclusion": conclusion,
        }
    )
    held = {signed.signature.side: signed.signature for signed in item.phase.conclusions}
    if act.side in held and held[act.side].content_sha256 == content:
        return UNCHANGED_OUTCOME
    signature = act.signature(content, item.phase.round, body.method, body.reference)
    draft.record(
        ConclusionSigned(contract=draft.contract, item=act.item, conclusion=conclusion, signature=signature),
        act.received_at,
        act.by,
    )
    others = [earlier for side, earlier in held.items() if side != act.side]
    agreed = [earlier for earlier in others if earlier.content_sha256 == content]
    if agreed:
        _take_effect(draft, act, conclusion, (agreed[0], signature))
    return DONE


def record_discussion(draft: DecisionDraft, act: Act, body: RecordDiscussion) -> Outcome:
    """The discussion was held and recorded: its period ends, by parameter that of the agreement begins (R-175)."""
    item = draft.item(act.item)
    phase = _in_discussion(item)
    if body.held_on > beijing_date(act.received_at):
        raise DiscussionInTheFuture(field="/held_on")
    if phase.held:
        return UNCHANGED_OUTCOME
    event = draft.record(
        DiscussionHeld(
            contract=draft.contract,
            item=act.item,
            held_on=body.held_on,
            minutes_sha256=body.minutes_sha256,
            channel=body.channel,
            side=act.side,
            received_at=act.received_at,
        ),
        act.received_at,
        act.by,
    )
    kinds = frozenset({DISCUSSION})
    periods.end(draft, act.item, kinds, reason="discussion_held", met_by=event, at=act.received_at)
    if item.term.agreement_period is not UNSET:
        periods.begin(
            draft,
            item=act.item,
            kind=AGREEMENT,
            timer="T-14",
            rule="R-175",
            side="provider",
            period=item.term.agreement_period,
            trigger=act.received_at,
            trigger_event=event,
            at=act.received_at,
        )
    return DONE


def escalate_matter(draft: DecisionDraft, act: Act, body: EscalateItem) -> Outcome:
    """Either side may bring the matter before the directors once it was discussed (R-175)."""
    phase = _in_discussion(draft.item(act.item))
    if not phase.held:
        raise DiscussionNotHeld()
    event = escalate(draft, act.item, reason="no_agreement", at=act.received_at, actor=act.by, text=body.reason)
    kinds = frozenset({AGREEMENT})
    periods.end(draft, act.item, kinds, reason="escalated", met_by=event, at=act.received_at)
    return DONE


def _in_discussion(item: Item) -> InDiscussion:
    if item.is_terminal:
        raise AlreadyTerminal()
    if not isinstance(item.phase, InDiscussion):
        raise NotInDiscussion()
    return item.phase


def _conclusion(draft: DecisionDraft, act: Act, item: Item, body: ConcludeDiscussion) -> Conclusion:
    """What is proposed, checked for what its result needs."""
    needed = {found.discrepancy_id for found in item.unresolved} if body.result == "rework" else set()
    if {treatment.discrepancy for treatment in body.treatments} != needed:
        raise TreatmentsIncomplete(", ".join(sorted(needed)), field="/treatments")
    check_treatments(item, body.treatments, act.received_at)
    if body.result == "take_out" and body.change not in draft.state.changes_approved:
        raise TakeOutNeedsChange(body.change, field="/change")
    return Conclusion(
        result=body.result,
        treatments=tuple(sorted(body.treatments, key=lambda treatment: treatment.discrepancy)),
        change=body.change,
    )


def _take_effect(draft: DecisionDraft, act: Act, conclusion: Conclusion, signatures: tuple[Signature, ...]) -> None:
    concluded = draft.record(
        DiscussionConcluded(contract=draft.contract, item=act.item, conclusion=conclusion, decided_by=signatures),
        act.received_at,
        act.by,
    )
    match conclusion.result:
        case "rework":
            periods.end(
                draft,
                act.item,
                None,
                reason="discussion_concluded",
                met_by=concluded,
                at=act.received_at,
            )
            begin_corrections(draft, act.item, concluded, act.received_at)
        case "accept_as_is":
            accept(
                draft,
                act.item,
                basis="explicit",
                rule="R-158",
                effective_at=act.received_at,
                decided_at=act.received_at,
                actor=act.by,
                signatures=signatures,
                grounds=(concluded,),
            )
        case "take_out":
            reason = taken_out_by_change(conclusion.change)
            close(draft, act.item, reason=reason, rule="R-158", at=act.received_at, actor=act.by)


def discussion_over(draft: DecisionDraft, deadline: Deadline) -> None:
    """Nothing was agreed in time: the directors decide (R-175, R-176)."""
    periods.lapsed(draft, deadline, "escalated")
    reason = "discussion_failed" if deadline.kind == DISCUSSION else "no_agreement"
    escalate(draft, deadline.item, reason=reason, at=deadline.derivation.due_at, missed=deadline)
