"""What acceptance publishes on `ledger.acceptance.v1`; the key is the contract id."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal

from msgspec import Struct

from shared.kernel.actors import Side
from shared.kernel.ids import Identifier, Sha256
from shared.kernel.instants import Instant
from shared.public_events.after_acceptance import AFTER_ACCEPTANCE_EVENTS
from shared.public_events.envelope import PublicEvent
from shared.public_events.submissions import ACCEPTANCE_TOPIC, AcceptedFile, Basis, Discrepancy, Submission
from shared.public_events.terms import PaymentLine, Signature


class MissingForm(Struct, frozen=True, kw_only=True):
    """An act that an acceptance still needs: by which side, in which form (R-150)."""

    side: Side
    form: str


class DeliverableSubmitted(PublicEvent, frozen=True, kw_only=True):
    """A deliverable was submitted or its evidence recorded; received when recorded (R-008, R-409)."""

    TYPE: ClassVar[str] = "acceptance.deliverable_submitted.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    item: Identifier
    submission: Submission
    received_at: Instant


class ReviewStarted(PublicEvent, frozen=True, kw_only=True):
    """The item is complete and under review (R-140); `round` 1 is the first review, later ones are re-reviews.

    Silence accepts, or closes the item without acceptance (R-194), or has no effect.
    """

    TYPE: ClassVar[str] = "acceptance.review_started.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    item: Identifier
    round: int
    silence_accepts: bool
    silence_closes: bool = False


class ReviewSuspended(PublicEvent, frozen=True, kw_only=True):
    """The review waits, because the item that its acceptance confirms too has discrepancies (R-153)."""

    TYPE: ClassVar[str] = "acceptance.review_suspended.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    item: Identifier
    waits_for: Identifier


class DiscrepancyRaised(PublicEvent, frozen=True, kw_only=True):
    """A written notice that counts (R-142, R-171)."""

    TYPE: ClassVar[str] = "acceptance.discrepancy_raised.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    item: Identifier
    round: int
    discrepancies: tuple[Discrepancy, ...]
    received_at: Instant


class DiscrepancyAnswered(PublicEvent, frozen=True, kw_only=True):
    """The provider answered discrepancies with treatment and time (R-172)."""

    TYPE: ClassVar[str] = "acceptance.discrepancy_answered.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    item: Identifier
    discrepancies: tuple[Discrepancy, ...]
    complete: bool


class TreatmentAgreed(PublicEvent, frozen=True, kw_only=True):
    """The customer agreed to treatments; `complete` when all open discrepancies are agreed (R-156).

    `milestones_affected` are those that a correction date passes: they need change control (R-173).
    """

    TYPE: ClassVar[str] = "acceptance.treatment_agreed.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    item: Identifier
    discrepancies: tuple[Identifier, ...]
    complete: bool
    milestones_affected: tuple[Identifier, ...] = ()


class DiscrepancyClosed(PublicEvent, frozen=True, kw_only=True):
    """The customer confirmed a discrepancy as settled or withdrew it in writing (R-157)."""

    TYPE: ClassVar[str] = "acceptance.discrepancy_closed.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    item: Identifier
    discrepancy: Identifier
    how: Literal["settled", "withdrawn"]


class ReworkStarted(PublicEvent, frozen=True, kw_only=True):
    """The provider began the agreed rework (R-157)."""

    TYPE: ClassVar[str] = "acceptance.rework_started.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    item: Identifier


class Resubmitted(PublicEvent, frozen=True, kw_only=True):
    """A new version that lists what was done about each discrepancy (R-157)."""

    TYPE: ClassVar[str] = "acceptance.resubmitted.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    item: Identifier
    round: int
    submissions: tuple[Submission, ...]
    discrepancies: tuple[Discrepancy, ...]
    received_at: Instant


class DiscussionOpened(PublicEvent, frozen=True, kw_only=True):
    """A second or later written objection (R-146, R-175)."""

    TYPE: ClassVar[str] = "acceptance.discussion_opened.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    item: Identifier
    round: int
    discrepancies: tuple[Discrepancy, ...]
    received_at: Instant


class DiscussionHeld(PublicEvent, frozen=True, kw_only=True):
    """The discussion was held and its minutes recorded, which ends its period (R-175)."""

    TYPE: ClassVar[str] = "acceptance.discussion_held.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    item: Identifier
    held_on: date
    minutes_sha256: Sha256
    side: Side


class DiscussionConcluded(PublicEvent, frozen=True, kw_only=True):
    """Both sides agreed how to go on (R-158), with who decided."""

    TYPE: ClassVar[str] = "acceptance.discussion_concluded.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    item: Identifier
    result: Literal["rework", "accept_as_is", "take_out"]
    decided_by: tuple[Signature, ...]


class Accepted(PublicEvent, frozen=True, kw_only=True):
    """Terminal acceptance (R-148). `basis` explicit cites signatures; silence cites the deadline (R-406).

    `grounds` are the ids of the events cited: receipt, deadline, evidence of use. `forms` are those of the acts that
    accepted explicitly (R-150).
    """

    TYPE: ClassVar[str] = "acceptance.accepted.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    item: Identifier
    basis: Basis
    rule: str
    accepted_content: tuple[AcceptedFile, ...]
    signatures: tuple[Signature, ...] = ()
    grounds: tuple[str, ...] = ()
    deadline: str = ""
    report_unsigned: bool = False
    forms: tuple[str, ...] = ()


class Closed(PublicEvent, frozen=True, kw_only=True):
    """The item ended without acceptance (taken out by change control, R-158; termination, R-411)."""

    TYPE: ClassVar[str] = "acceptance.closed.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    item: Identifier
    reason: str


class Voided(PublicEvent, frozen=True, kw_only=True):
    """A joint correction voided an acceptance (R-443)."""

    TYPE: ClassVar[str] = "acceptance.voided.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    item: Identifier
    voided_event: str
    evidence: str


class Overdue(PublicEvent, frozen=True, kw_only=True):
    """A flag, never an acceptance (R-145, R-155): the period is over and `side` still has to act."""

    TYPE: ClassVar[str] = "acceptance.overdue.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    item: Identifier
    deadline: str
    kind: str
    side: Side


class OverdueWithdrawn(PublicEvent, frozen=True, kw_only=True):
    """The flag was set although the act had been received in time, or the act came late and ended it."""

    TYPE: ClassVar[str] = "acceptance.overdue_withdrawn.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    item: Identifier
    deadline: str
    reason: str


class Escalated(PublicEvent, frozen=True, kw_only=True):
    """The matter goes to higher roles: both PMs, then the directors or the steering committee (R-155, R-176)."""

    TYPE: ClassVar[str] = "acceptance.escalated.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    item: Identifier
    to_roles: tuple[str, ...]
    reason: str


class CommunicationRecorded(PublicEvent, frozen=True, kw_only=True):
    """A written communication that is no objection: a neutral reply, a protest against use (R-342).

    Of kind `signature` it is one of the acts that an acceptance needs, in `form`; `forms_missing` are the forms of the
    acts that are still needed then (R-150).
    """

    TYPE: ClassVar[str] = "acceptance.communication_recorded.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    item: str
    side: Side
    kind: str
    channel: str
    content_sha256: Sha256
    stopped_silence: bool
    received_at: Instant
    form: str = ""
    forms_missing: tuple[MissingForm, ...] = ()


class CommunicationWithoutEffect(PublicEvent, frozen=True, kw_only=True):
    """A communication that was recorded but does not count (R-426): late, wrong person, wrong form, vague."""

    TYPE: ClassVar[str] = "acceptance.communication_without_effect.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    item: str
    act: str
    rule: str
    reason: str
    received_at: Instant


class ActConditional(PublicEvent, frozen=True, kw_only=True):
    """An act waits for what may be on its way (R-401, R-403): asks contracts for "settled through" `received_at`."""

    TYPE: ClassVar[str] = "acceptance.act_conditional.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    item: str
    act: str
    why: str
    received_at: Instant


class UseRecorded(PublicEvent, frozen=True, kw_only=True):
    """Evidence of real business use (R-190); during a trial run it accepts nothing (R-191)."""

    TYPE: ClassVar[str] = "acceptance.use_recorded.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    item: Identifier
    used_at: Instant
    evidence_sha256: Sha256
    recorded_by_side: Side


class ChangeOfAcceptedRequested(PublicEvent, frozen=True, kw_only=True):
    """The customer wants accepted content changed: a flag, the acceptance stays (R-147, R-205)."""

    TYPE: ClassVar[str] = "acceptance.change_of_accepted_requested.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    item: Identifier
    change: str
    reason: str


class RePlanApplied(PublicEvent, frozen=True, kw_only=True):
    """The settlement applied a price change as a whole (R-444): the lines as they stand now."""

    TYPE: ClassVar[str] = "acceptance.re_plan_applied.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    change: Identifier
    price_version: int
    price_total: Decimal
    payment_lines: tuple[PaymentLine, ...]


class RePlanRefused(PublicEvent, frozen=True, kw_only=True):
    """The settlement refused a price change as a whole (R-444), with the rule."""

    TYPE: ClassVar[str] = "acceptance.re_plan_refused.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    change: Identifier
    price_version: int
    rule: str
    reason: str


ACCEPTANCE_EVENTS: tuple[type[PublicEvent], ...] = (
    DeliverableSubmitted,
    ReviewStarted,
    ReviewSuspended,
    DiscrepancyRaised,
    DiscrepancyAnswered,
    TreatmentAgreed,
    DiscrepancyClosed,
    ReworkStarted,
    Resubmitted,
    DiscussionOpened,
    DiscussionHeld,
    DiscussionConcluded,
    Accepted,
    Closed,
    Voided,
    Overdue,
    OverdueWithdrawn,
    Escalated,
    CommunicationRecorded,
    CommunicationWithoutEffect,
    ActConditional,
    UseRecorded,
    ChangeOfAcceptedRequested,
    RePlanApplied,
    RePlanRefused,
    *AFTER_ACCEPTANCE_EVENTS,
)
