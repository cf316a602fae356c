"""What can be asked of acceptance: the acts of the parties, as they arrive over HTTP and as they are kept.

An act is a body (one struct an act, below) about an item of a contract. The same struct is the body of the HTTP
request, the content of the command, and, when the act has to wait, what `ActConditional` keeps under the act's name;
so fields are added with defaults and never renamed.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from services.acceptance.domain.events import DiscussionResult, Treatment
from shared.deadlines.commands import DeadlineElapsed, RecomputeDeadline
from shared.kernel.admission import admitted_by
from shared.kernel.ids import Identifier, Sha256
from shared.kernel.instants import Day, Instant
from shared.kernel.lists import each_once
from shared.kernel.texts import Line, LongLine, NeededText, Text
from shared.public_events.submissions import FileRef

# Acceptance is written by people: bounds keep a body far below the size limit of a public event.
FILES_MAX = 200
ASPECTS_MAX = 200

Channel = Literal["ledger", "dingtalk", "internet", "fax", "email", "paper"]
SignatureMethod = Literal["click", "e_sign", "scan"]
Form = Literal[
    "written",
    "email",
    "online_button",
    "online_click",
    "online_confirmation",
    "console",
    "signature",
    "signature_both",
    "seal",
    "signed_form",
    "signed_test_report",
    "joint_confirmation",
    "confirmation",
    "evaluation",
]


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the bodies of acts."""


class SubmitDeliverable(Body, frozen=True, kw_only=True):
    """Submit a version of a deliverable, or record the evidence of a training as its files (R-125, R-134).

    `content_sha256` is optional: where it is given it must be the hash of the files (`submission_sha256`).
    """

    deliverable: Identifier
    files: Annotated[tuple[FileRef, ...], Meta(max_length=FILES_MAX)] = ()
    note: Text = ""
    content_sha256: Sha256 | None = None


class AcceptItem(Body, frozen=True, kw_only=True):
    """Accept, sign or confirm an item (R-141, R-150); the signature covers the content hash that was shown (R-425)."""

    form: Form
    content_sha256: Sha256
    method: SignatureMethod = "click"
    reference: LongLine = ""


class Aspect(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One aspect that does not fit (R-170): which requirement, and what was found.

    `discrepancy` names the earlier discrepancy that a re-review found again.
    """

    requirement: Text
    finding: Text
    discrepancy: Line = ""


class RaiseDiscrepancies(Body, frozen=True, kw_only=True):
    """A written notice of discrepancies (R-171); without a requirement and a finding it is vague (R-179)."""

    aspects: Annotated[tuple[Aspect, ...], Meta(max_length=ASPECTS_MAX)] = ()
    text: Text = ""
    channel: Channel = "ledger"


class AnswerDiscrepancies(Body, frozen=True, kw_only=True):
    """The provider's treatment and time per discrepancy (R-172); it may answer a part of them."""

    treatments: Annotated[
        tuple[Treatment, ...], admitted_by(each_once("discrepancy"), min_length=1, max_length=ASPECTS_MAX)
    ]


class AgreeTreatment(Body, frozen=True, kw_only=True):
    """The customer agrees to the treatment of these discrepancies (R-156); it may agree to a part of them."""

    discrepancies: Annotated[tuple[Identifier, ...], admitted_by(each_once(), min_length=1, max_length=ASPECTS_MAX)]


class StartRework(Body, frozen=True, kw_only=True):
    """The provider begins the agreed rework (R-157)."""


class NewVersion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new version of one deliverable in a resubmission."""

    deliverable: Identifier
    files: Annotated[tuple[FileRef, ...], Meta(max_length=FILES_MAX)] = ()
    note: Text = ""
    content_sha256: Sha256 | None = None


class WorkDone(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was done about one discrepancy."""

    discrepancy: Identifier
    done: NeededText


class Resubmit(Body, frozen=True, kw_only=True):
    """New versions, with what was done about each open discrepancy (R-157)."""

    versions: Annotated[
        tuple[NewVersion, ...], admitted_by(each_once("deliverable"), min_length=1, max_length=FILES_MAX)
    ]
    done: Annotated[tuple[WorkDone, ...], admitted_by(each_once("discrepancy"), max_length=ASPECTS_MAX)] = ()


class CloseDiscrepancy(Body, frozen=True, kw_only=True):
    """The customer confirms a discrepancy as settled, or withdraws it in writing (R-157)."""

    discrepancy: Identifier
    how: Literal["settled", "withdrawn"]


class ConcludeDiscussion(Body, frozen=True, kw_only=True):
    """One side's agreement to how the discussion ends (R-158); it counts when the other side agrees to the same.

    rework: `treatments` for every open discrepancy. take_out: `change` names the approved change form.
    """

    result: DiscussionResult
    treatments: Annotated[tuple[Treatment, ...], admitted_by(each_once("discrepancy"), max_length=ASPECTS_MAX)] = ()
    change: Line = ""
    method: SignatureMethod = "click"
    reference: LongLine = ""


class RecordDiscussion(Body, frozen=True, kw_only=True):
    """The discussion was held, and its minutes are recorded (R-175); `minutes_sha256` is their hash."""

    held_on: Day
    minutes_sha256: Sha256
    channel: Channel = "ledger"


class EscalateItem(Body, frozen=True, kw_only=True):
    """Bring a matter before the directors, after a discussion that came to no agreement (R-175, R-176)."""

    reason: NeededText


class RecordCommunication(Body, frozen=True, kw_only=True):
    """A written communication that is no objection: a neutral reply, or a protest against recorded use (R-342).

    `sent_at` is the sender's own stamp: information, never the measure (R-409).
    """

    kind: Literal["reply", "protest"]
    channel: Channel
    content_sha256: Sha256
    sent_at: Instant | None = None


class RecordUse(Body, frozen=True, kw_only=True):
    """Evidence that the result is in real business use (R-190)."""

    used_at: Instant
    description: NeededText
    evidence_sha256: Sha256


class RecordTrialRun(Body, frozen=True, kw_only=True):
    """Start or end of an agreed trial run (R-191, R-246)."""

    what: Literal["started", "ended"]
    on: Day


class RequestChangeOfAccepted(Body, frozen=True, kw_only=True):
    """The customer wants accepted content changed (R-147, R-205); `change` names the change form once there is one."""

    reason: NeededText
    change: Line = ""


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
