"""What follows when a period is over (sections H, I, J): the one place where time alone changes anything."""

from __future__ import annotations

from services.acceptance.domain import timers
from services.acceptance.domain.deciders.aftercare import after_care_ended, no_trial_run
from services.acceptance.domain.deciders.ending import accept, close
from services.acceptance.domain.deciders.escalating import (
    begin_escalation,
    escalate,
    escalate_overdue,
    flag_overdue,
)
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.events import WarningRecorded
from services.acceptance.domain.state import UnderReview, Warnings
from shared.deadlines.model import Deadline, DeadlineLapsed

CLOSED_UNCONFIRMED = "closed_unconfirmed"


def lapse(draft: DecisionDraft, deadline: Deadline) -> None:
    """The period ended without the act, effective at its due instant whenever it is recorded (R-401)."""
    match deadline.kind:
        case timers.REVIEW | timers.RE_REVIEW if deadline.legal_effect:
            _deem_accepted(draft, deadline)
        case timers.CLOSING:
            _close_unconfirmed(draft, deadline)
        case timers.REVIEW | timers.RE_REVIEW:
            _lapsed(draft, deadline, "overdue")
            flag_overdue(draft, deadline)
            begin_escalation(draft, deadline)
        case timers.RESPONSE:
            _response_missing(draft, deadline)
        case timers.DISCUSSION | timers.AGREEMENT:
            _lapsed(draft, deadline, "escalated")
            escalate(
                draft,
                deadline.item,
                reason="discussion_failed" if deadline.kind == timers.DISCUSSION else "no_agreement",
                at=deadline.derivation.due_at,
                missed=deadline,
            )
        case timers.CORRECTION:
            _lapsed(draft, deadline, "overdue")
            flag_overdue(draft, deadline)
        case timers.ESCALATION:
            _lapsed(draft, deadline, "escalated")
            escalate_overdue(draft, deadline)
        case timers.TRIAL_RUN_ANSWER:
            no_trial_run(draft, deadline, _lapsed(draft, deadline, "no_trial_run"))
        case timers.AFTER_CARE_END:
            _lapsed(draft, deadline, "after_care_ended")
            after_care_ended(draft, deadline)
        case _:
            raise TypeError(f"nothing is known to follow from a deadline of kind {deadline.kind}")


def _lapsed(draft: DecisionDraft, deadline: Deadline, consequence: str) -> str:
    return draft.record(DeadlineLapsed(deadline=deadline, consequence=consequence), deadline.derivation.due_at)


def _deem_accepted(draft: DecisionDraft, deadline: Deadline) -> None:
    """Silence accepts (R-143, R-185); the acceptance cites everything that R-406 asks for."""
    due_at = deadline.derivation.due_at
    review = draft.item(deadline.item).phase
    if not isinstance(review, UnderReview) or not review.silence or not review.receipts:
        raise TypeError(f"silence cannot accept {deadline.item}")
    lapsed = _lapsed(draft, deadline, "deemed_accepted")
    accepted = accept(
        draft,
        deadline.item,
        basis="silence",
        rule="R-185",
        effective_at=due_at,
        decided_at=due_at,
        grounds=(*review.receipts, review.started_by, lapsed),
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


def _close_unconfirmed(draft: DecisionDraft, deadline: Deadline) -> None:
    """Silence on the solution of a request closes it; that is no acceptance, and nothing is paid for it (R-194)."""
    _lapsed(draft, deadline, CLOSED_UNCONFIRMED)
    close(draft, deadline.item, reason=CLOSED_UNCONFIRMED, rule="R-194", at=deadline.derivation.due_at)


def _response_missing(draft: DecisionDraft, deadline: Deadline) -> None:
    """Without an answer the provider is overdue; with one, but without an agreement, nobody is (R-172, R-176)."""
    item = draft.item(deadline.item)
    unanswered = any(found.state == "open" for found in item.unresolved)
    escalated = item.term.discrepancies
    _lapsed(draft, deadline, "escalated" if escalated else "overdue")
    if unanswered:
        flag_overdue(draft, deadline)
    if escalated:
        reason = "response_overdue" if unanswered else "no_agreement"
        escalate(draft, deadline.item, reason=reason, at=deadline.derivation.due_at, missed=deadline)
