"""From an act to the decider that knows it; by now the act is known to count as far as time and person go."""

from __future__ import annotations

from typing import assert_never

from services.acceptance.domain.acts import Act
from services.acceptance.domain.commands import (
    AcceptItem,
    AgreeTreatment,
    AnswerDiscrepancies,
    CloseDiscrepancy,
    ConcludeDiscussion,
    EscalateItem,
    RaiseDiscrepancies,
    RecordCommunication,
    RecordDiscussion,
    RecordTrialRun,
    RecordUse,
    RequestChangeOfAccepted,
    Resubmit,
    StartRework,
    SubmitDeliverable,
)
from services.acceptance.domain.deciders.accepting import sign
from services.acceptance.domain.deciders.answering import agree, answer
from services.acceptance.domain.deciders.communicating import record_communication
from services.acceptance.domain.deciders.discrepancies import raise_discrepancies
from services.acceptance.domain.deciders.discussing import conclude, escalate_matter, record_discussion
from services.acceptance.domain.deciders.reworking import close_discrepancy, resubmit, start_rework
from services.acceptance.domain.deciders.submitting import submit
from services.acceptance.domain.deciders.using import record_trial_run, record_use, request_change_of_accepted
from services.acceptance.domain.draft import DecisionDraft
from shared.commands.decision import Outcome


def act_on(draft: DecisionDraft, act: Act) -> Outcome:
    """Decide the act; raises the refusals of `domain/errors.py`."""
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
