"""Stage 3a: an event of an item's stream folded into the item; strict about which phase an event can follow (R-408)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from services.acceptance.domain.events import (
    ActConditional,
    ActDecided,
    ChangeOfAcceptedRequested,
    CommunicationRecorded,
    CommunicationWithoutEffect,
    ConclusionSigned,
    DeliverableSubmitted,
    DiscrepanciesAnswered,
    DiscrepanciesRaised,
    DiscrepancyClosed,
    DiscussionConcluded,
    DiscussionHeld,
    DiscussionOpened,
    EscalationWithdrawn,
    ItemAccepted,
    ItemClosed,
    ItemEscalated,
    ItemEvent,
    ItemPlanned,
    ItemReplanned,
    ItemSigned,
    ListedForReview,
    OverdueEscalated,
    OverdueFlagged,
    OverdueWithdrawn,
    Resubmitted,
    ReviewStarted,
    ReviewSuspended,
    ReworkStarted,
    TreatmentAgreed,
    UseRecorded,
    WarningRecorded,
)
from services.acceptance.domain.state import (
    Accepted,
    Closed,
    DiscrepancyOpen,
    Escalated,
    Flag,
    GivenForm,
    InDiscussion,
    Interrupted,
    Item,
    PlanAgreed,
    Planned,
    Received,
    Rework,
    SignedConclusion,
    Submitted,
    UnderReview,
)
from shared.messages.events import Recorded
from shared.public_events.submissions import Discrepancy, Submission

P = TypeVar("P", bound=Struct)

# What is kept beside the items, or only for the record, leaves the item as it is.
NOTED = (
    ActConditional,
    ActDecided,
    CommunicationWithoutEffect,
    ListedForReview,
    OverdueEscalated,
    UseRecorded,
    WarningRecorded,
)


def planned(event: ItemPlanned) -> Item:
    """The item that an event plans."""
    return Item(contract=event.contract, term=event.term, needs=event.needs, phase=Planned())


def evolve_item(item: Item, recorded: Recorded) -> Item:
    """The item after one more event of its stream; raises TypeError for an event that cannot follow."""
    data = recorded.data
    if isinstance(data, NOTED):
        return item
    match data:
        case ItemReplanned():
            return replace(item, term=data.term, needs=data.needs)
        case ChangeOfAcceptedRequested():
            _expect(item, Accepted, recorded)
            return replace(item, change_requests=(*item.change_requests, (data.change, data.reason)))
        case CommunicationRecorded():
            return _silence_stopped(item, recorded) if data.stopped_silence else item
        case OverdueFlagged():
            flag = Flag(deadline=data.deadline, kind=data.kind, side=data.side, due_at=data.due_at)
            return replace(item, overdue=(*item.overdue, flag))
        case OverdueWithdrawn():
            kept = tuple(flag for flag in item.overdue if flag.deadline != data.deadline)
            return replace(item, overdue=kept)
        case ItemEvent():
            if item.is_terminal:
                raise TypeError(f"{recorded.type} cannot follow on a terminal item")
            return _in_review(item, data, recorded)
        case _:
            raise TypeError(f"{recorded.type} does not belong to an item")


def _in_review(item: Item, data: ItemEvent, recorded: Recorded) -> Item:
    match data:
        case DeliverableSubmitted(submission=submission, received_at=received_at):
            if not isinstance(item.phase, Planned | Submitted):
                raise _cannot_follow(item, recorded)
            return replace(_received(item, (submission,), received_at, recorded), phase=Submitted())
        case ReviewStarted():
            phase = UnderReview(
                round=data.round,
                silence=data.silence_accepts or data.silence_closes,
                closes=data.silence_closes,
                content_sha256=data.content_sha256,
                started_by=recorded.event_id,
                receipts=data.receipts,
            )
            return replace(item, phase=phase, interrupted=None)
        case ReviewSuspended():
            _expect(item, UnderReview, recorded)
            return replace(item, phase=Submitted())
        case ItemSigned(form=form, signature=signature):
            _expect(item, UnderReview, recorded)
            others = tuple(
                earlier
                for earlier in item.forms_given
                if (earlier.form, earlier.signature.side) != (form, signature.side)
            )
            return replace(item, forms_given=(*others, GivenForm(form=form, signature=signature)))
        case ItemAccepted():
            return replace(item, phase=_accepted(item, data, recorded))
        case ItemClosed(reason=reason):
            return replace(item, phase=Closed(reason=reason, effective_at=recorded.effective_at))
        case _:
            return _in_discrepancies(item, data, recorded)


def _in_discrepancies(item: Item, data: ItemEvent, recorded: Recorded) -> Item:
    match data:
        case DiscrepanciesRaised():
            if not isinstance(item.phase, UnderReview | DiscrepancyOpen):
                raise _cannot_follow(item, recorded)
            interrupted = item.interrupted
            if isinstance(item.phase, UnderReview):
                review = item.phase
                interrupted = Interrupted(silence=review.silence, closes=review.closes, left=data.review_left)
            phase = DiscrepancyOpen(round=data.round, notice_until=data.notice_until)
            return replace(_with(_objected(item), data.discrepancies), phase=phase, interrupted=interrupted)
        case DiscrepanciesAnswered():
            return _with(item, data.discrepancies)
        case TreatmentAgreed():
            return _agreed(item, data, recorded)
        case DiscrepancyClosed(discrepancy=name, how=how):
            return _with(item, (replace(item.discrepancies[name], state=how),))
        case ReworkStarted():
            return replace(item, phase=Rework(round=_expect(item, PlanAgreed, recorded).round))
        case Resubmitted(submissions=submissions, received_at=received_at):
            return _with(_received(item, submissions, received_at, recorded), data.discrepancies)
        case DiscussionOpened():
            _expect(item, UnderReview, recorded)
            return replace(_with(_objected(item), data.discrepancies), phase=InDiscussion(round=data.round))
        case DiscussionHeld():
            return replace(item, phase=replace(_expect(item, InDiscussion, recorded), held=True))
        case ConclusionSigned():
            return _conclusion_signed(item, data, recorded)
        case DiscussionConcluded():
            return _concluded(item, data, recorded)
        case ItemEscalated():
            return replace(item, phase=_escalated(item, data, recorded))
        case EscalationWithdrawn():
            return replace(item, phase=_expect(item, Escalated, recorded).before)
        case _:
            raise TypeError(f"{recorded.type} does not belong to an item")


def _cannot_follow(item: Item, recorded: Recorded) -> TypeError:
    return TypeError(f"{recorded.type} cannot follow on {type(item.phase).__name__}")


def _expect(item: Item, phase: type[P], recorded: Recorded) -> P:
    """The phase of the item, which has to be `phase`."""
    if not isinstance(item.phase, phase):
        raise _cannot_follow(item, recorded)
    return item.phase


def _discussing(item: Item, recorded: Recorded) -> InDiscussion | Escalated:
    if not isinstance(item.phase, InDiscussion | Escalated):
        raise _cannot_follow(item, recorded)
    return item.phase


def _escalated(item: Item, data: ItemEscalated, recorded: Recorded) -> Escalated:
    before = item.phase
    if not isinstance(before, DiscrepancyOpen | InDiscussion):
        raise _cannot_follow(item, recorded)
    return Escalated(
        round=before.round,
        before=before,
        reason=data.reason,
        deadline=data.deadline,
        due_at=data.due_at,
        conclusions=before.conclusions if isinstance(before, InDiscussion) else (),
    )


def _with(item: Item, discrepancies: Iterable[Discrepancy]) -> Item:
    changed = {found.discrepancy_id: found for found in discrepancies}
    return replace(item, discrepancies={**item.discrepancies, **changed})


def _objected(item: Item) -> Item:
    """Who objects does not stand by what he had signed."""
    return replace(item, forms_given=tuple(act for act in item.forms_given if act.signature.side != "customer"))


def _received(item: Item, submissions: tuple[Submission, ...], received_at: str, recorded: Recorded) -> Item:
    fresh = {
        submission.deliverable: Received(submission=submission, received_at=received_at, event_id=recorded.event_id)
        for submission in submissions
    }
    return replace(item, received={**item.received, **fresh})


def _silence_stopped(item: Item, recorded: Recorded) -> Item:
    return replace(item, phase=replace(_expect(item, UnderReview, recorded), silence=False))


def _accepted(item: Item, data: ItemAccepted, recorded: Recorded) -> Accepted:
    return Accepted(
        basis=data.basis,
        effective_at=recorded.effective_at,
        event_id=recorded.event_id,
        content=data.content,
        content_sha256=item.content_sha256,
        grounds=data.grounds,
        sides=tuple(signature.side for signature in data.signatures),
    )


def _agreed(item: Item, data: TreatmentAgreed, recorded: Recorded) -> Item:
    phase = _expect(item, DiscrepancyOpen, recorded)
    agreed = _with(item, (replace(item.discrepancies[name], state="agreed") for name in data.discrepancies))
    return replace(agreed, phase=PlanAgreed(round=phase.round)) if data.complete else agreed


def _conclusion_signed(item: Item, data: ConclusionSigned, recorded: Recorded) -> Item:
    phase = _discussing(item, recorded)
    others = tuple(held for held in phase.conclusions if held.signature.side != data.signature.side)
    mine = SignedConclusion(conclusion=data.conclusion, signature=data.signature)
    return replace(item, phase=replace(phase, conclusions=(*others, mine)))


def _concluded(item: Item, data: DiscussionConcluded, recorded: Recorded) -> Item:
    """A conclusion to rework is an agreed plan; the other results are followed by acceptance or closing."""
    phase = _discussing(item, recorded)
    if data.conclusion.result != "rework":
        return item
    planned_again = (
        replace(
            item.discrepancies[treatment.discrepancy],
            state="agreed",
            treatment=treatment.treatment,
            correct_by=treatment.correct_by,
        )
        for treatment in data.conclusion.treatments
    )
    return replace(_with(item, planned_again), phase=PlanAgreed(round=phase.round))
