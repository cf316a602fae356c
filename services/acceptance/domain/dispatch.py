"""From an act, or from a period that is over, to the subject that knows what follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import assert_never

from services.acceptance.domain.act import Act
from services.acceptance.domain.aftercare.decide import after_care_over, trial_run_answer_over
from services.acceptance.domain.aftercare.timers import AFTER_CARE_END, TRIAL_RUN_ANSWER
from services.acceptance.domain.communications.commands import RecordCommunication
from services.acceptance.domain.communications.decide import record_communication
from services.acceptance.domain.discrepancies.commands import (
    AgreeTreatment,
    AnswerDiscrepancies,
    CloseDiscrepancy,
    RaiseDiscrepancies,
    Resubmit,
    StartRework,
)
from services.acceptance.domain.discrepancies.decide.answer import agree, answer, response_over
from services.acceptance.domain.discrepancies.decide.notice import raise_discrepancies
from services.acceptance.domain.discrepancies.decide.rework import (
    close_discrepancy,
    correction_over,
    resubmit,
    start_rework,
)
from services.acceptance.domain.discrepancies.timers import CORRECTION, RESPONSE
from services.acceptance.domain.discussion.commands import ConcludeDiscussion, EscalateItem, RecordDiscussion
from services.acceptance.domain.discussion.decide import conclude, discussion_over, escalate_matter, record_discussion
from services.acceptance.domain.discussion.timers import AGREEMENT, DISCUSSION
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.escalation.decide import step_over
from services.acceptance.domain.escalation.timers import ESCALATION
from services.acceptance.domain.items.commands import RequestChangeOfAccepted
from services.acceptance.domain.items.decide import request_change_of_accepted
from services.acceptance.domain.review.commands import AcceptItem
from services.acceptance.domain.review.decide import closing_over, review_over, sign
from services.acceptance.domain.review.timers import CLOSING, RE_REVIEW, REVIEW
from services.acceptance.domain.submission.commands import SubmitDeliverable
from services.acceptance.domain.submission.decide import submit
from services.acceptance.domain.use.commands import RecordTrialRun, RecordUse
from services.acceptance.domain.use.decide import record_trial_run, record_use
from shared.commands.decision import Outcome
from shared.deadlines.model import Deadline

# What follows when a period of a kind is over (sections H, I, J): the one place where time alone changes anything.
OVER: Mapping[str, Callable[[DecisionDraft, Deadline], None]] = {
    REVIEW: review_over,
    RE_REVIEW: review_over,
    CLOSING: closing_over,
    RESPONSE: response_over,
    CORRECTION: correction_over,
    DISCUSSION: discussion_over,
    AGREEMENT: discussion_over,
    ESCALATION: step_over,
    TRIAL_RUN_ANSWER: trial_run_answer_over,
    AFTER_CARE_END: after_care_over,
}


def act_on(draft: DecisionDraft, act: Act) -> Outcome:
    """Decide the act; by now it is known to count as far as time and person go; raises the refusals of its subject."""
    body = act.body
    match body:
        case SubmitDeliverable():
            return submit(draft, act, body)
        case AcceptItem():
            return sign(draft, act, body)
        case RaiseDiscrepancies():
            return raise_discrepancies(draft, act, body)
        case AnswerDiscrepancies():
            return answer(draft, act, body)
        case AgreeTreatment():
            return agree(draft, act, body)
        case StartRework():
            return start_rework(draft, act)
        case Resubmit():
            return resubmit(draft, act, body)
        case CloseDiscrepancy():
            return close_discrepancy(draft, act, body)
        case ConcludeDiscussion():
            return conclude(draft, act, body)
        case RecordDiscussion():
            return record_discussion(draft, act, body)
        case EscalateItem():
            return escalate_matter(draft, act, body)
        case RecordCommunication():
            return record_communication(draft, act, body)
        case RecordUse():
            return record_use(draft, act, body)
        case RecordTrialRun():
            return record_trial_run(draft, act, body)
        case RequestChangeOfAccepted():
            return request_change_of_accepted(draft, act, body)
        case _:
            assert_never(body)


def lapse(draft: DecisionDraft, deadline: Deadline) -> None:
    """The period ended without the act, effective at its due instant whenever it is recorded (R-401)."""
    over = OVER.get(deadline.kind)
    if over is None:
        raise TypeError(f"nothing is known to follow from a deadline of kind {deadline.kind}")
    over(draft, deadline)
