"""What can be asked of acceptance: the acts of the parties, as they arrive over HTTP and as they are kept.

An act is a body (one struct an act, in the `commands.py` of its subject) about an item of a contract. The same struct
is the body of the HTTP request, the content of the command, and, when the act has to wait, what `ActConditional` keeps
under the act's name; so fields are added with defaults and never renamed.
"""

from __future__ import annotations

from msgspec import Struct

from services.acceptance.domain.communications.commands import RecordCommunication
from services.acceptance.domain.discrepancies.commands import (
    AgreeTreatment,
    AnswerDiscrepancies,
    CloseDiscrepancy,
    RaiseDiscrepancies,
    Resubmit,
    StartRework,
)
from services.acceptance.domain.discussion.commands import ConcludeDiscussion, EscalateItem, RecordDiscussion
from services.acceptance.domain.items.commands import RequestChangeOfAccepted
from services.acceptance.domain.review.commands import AcceptItem
from services.acceptance.domain.submission.commands import SubmitDeliverable
from services.acceptance.domain.use.commands import RecordTrialRun, RecordUse
from shared.deadlines.commands import DeadlineElapsed, RecomputeDeadline

ActBody = (
    SubmitDeliverable
    | AcceptItem
    | RaiseDiscrepancies
    | AnswerDiscrepancies
    | AgreeTreatment
    | StartRework
    | Resubmit
    | CloseDiscrepancy
    | ConcludeDiscussion
    | RecordDiscussion
    | EscalateItem
    | RecordCommunication
    | RecordUse
    | RecordTrialRun
    | RequestChangeOfAccepted
)
# The names under which acts are kept and published.
ACTS: dict[str, type[ActBody]] = {
    "submit_deliverable": SubmitDeliverable,
    "accept_item": AcceptItem,
    "raise_discrepancies": RaiseDiscrepancies,
    "answer_discrepancies": AnswerDiscrepancies,
    "agree_treatment": AgreeTreatment,
    "start_rework": StartRework,
    "resubmit": Resubmit,
    "close_discrepancy": CloseDiscrepancy,
    "conclude_discussion": ConcludeDiscussion,
    "record_discussion": RecordDiscussion,
    "escalate_item": EscalateItem,
    "record_communication": RecordCommunication,
    "record_use": RecordUse,
    "record_trial_run": RecordTrialRun,
    "request_change_of_accepted": RequestChangeOfAccepted,
}
ACT_NAMES = {body: name for name, body in ACTS.items()}


class ItemAct(Struct, frozen=True, kw_only=True):
    """An act of a party about an item; `item` is empty for an act about the contract as a whole."""

    item: str
    body: ActBody


CommandBody = ItemAct | DeadlineElapsed | RecomputeDeadline
