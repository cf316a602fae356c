"""Events of the discrepancy flow: notice, answer, agreement, rework, resubmission, discussion (section I)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Struct

from services.acceptance.domain.events.base import ItemEvent
from shared.kernel.actors import PERSONAL, Side
from shared.kernel.ids import Identifier, Sha256
from shared.kernel.instants import Day, Instant
from shared.kernel.texts import NeededText
from shared.public_events.submissions import Discrepancy, Submission
from shared.public_events.terms import Signature

DiscussionResult = Literal["rework", "accept_as_is", "take_out"]


class DaysLeft(Struct, frozen=True, kw_only=True):
    """What was left of a review when a notice stopped it (R-157): a period, and calendar days of agreed extensions."""

    period: str
    extended_by: int = 0


class DiscrepanciesRaised(ItemEvent, frozen=True, kw_only=True):
    """A written notice that counts (R-142, R-171); `discrepancies` are the aspects of this notice (R-170).

    `review_left` is what was left of the review that it stopped, as far as a period ran.
    """

    TOPIC: ClassVar[str] = "acceptance.discrepancies_raised.v1"

    round: int
    discrepancies: tuple[Discrepancy, ...]
    channel: str
    received_at: Instant
    notice_until: Instant | None = None
    text: Annotated[str, PERSONAL] = ""
    review_left: DaysLeft | None = None


class DiscrepanciesAnswered(ItemEvent, frozen=True, kw_only=True):
    """The provider answered these discrepancies; `complete` when none is left unanswered (R-172)."""

    TOPIC: ClassVar[str] = "acceptance.discrepancies_answered.v1"

    discrepancies: tuple[Discrepancy, ...]
    complete: bool
    received_at: Instant


class TreatmentAgreed(ItemEvent, frozen=True, kw_only=True):
    """The customer agreed to these treatments; `complete` makes the plan agreed (R-156).

    `milestones_affected` are those whose planned date a correction date passes: they need change control (R-173).
    """

    TOPIC: ClassVar[str] = "acceptance.treatment_agreed.v1"

    discrepancies: tuple[Identifier, ...]
    complete: bool
    milestones_affected: tuple[Identifier, ...] = ()


class DiscrepancyClosed(ItemEvent, frozen=True, kw_only=True):
    """The customer confirmed a discrepancy as settled or withdrew it in writing (R-157)."""

    TOPIC: ClassVar[str] = "acceptance.discrepancy_closed.v1"

    discrepancy: Identifier
    how: Literal["settled", "withdrawn"]


class ReworkStarted(ItemEvent, frozen=True, kw_only=True):
    """The provider began the agreed rework (R-157)."""

    TOPIC: ClassVar[str] = "acceptance.rework_started.v1"


class Resubmitted(ItemEvent, frozen=True, kw_only=True):
    """New versions, with what was done about each discrepancy (R-157); `round` is the review that follows."""

    TOPIC: ClassVar[str] = "acceptance.resubmitted.v1"

    round: int
    submissions: tuple[Submission, ...]
    discrepancies: tuple[Discrepancy, ...]
    received_at: Instant


class DiscussionOpened(ItemEvent, frozen=True, kw_only=True):
    """A second or later written objection (R-146, R-175)."""

    TOPIC: ClassVar[str] = "acceptance.discussion_opened.v1"

    round: int
    discrepancies: tuple[Discrepancy, ...]
    channel: str
    received_at: Instant
    text: Annotated[str, PERSONAL] = ""


class DiscussionHeld(ItemEvent, frozen=True, kw_only=True):
    """The discussion was held and recorded, which ends its period (R-175); it goes on until there is an agreement."""

    TOPIC: ClassVar[str] = "acceptance.discussion_held.v1"

    held_on: Day
    minutes_sha256: Sha256
    channel: str
    side: Side
    received_at: Instant


class Treatment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How and until when one discrepancy is corrected (R-172)."""

    discrepancy: Identifier
    treatment: NeededText
    correct_by: Day


class Conclusion(Struct, frozen=True, kw_only=True):
    """What both sides can agree on in a discussion (R-158); `change` names the change form for take_out."""

    result: DiscussionResult
    treatments: tuple[Treatment, ...] = ()
    change: str = ""


class ConclusionSigned(ItemEvent, frozen=True, kw_only=True):
    """One side's agreement to a conclusion; it takes effect when the other side signs the same one (R-158)."""

    TOPIC: ClassVar[str] = "acceptance.conclusion_signed.v1"

    conclusion: Conclusion
    signature: Signature


class DiscussionConcluded(ItemEvent, frozen=True, kw_only=True):
    """Both sides agreed, with who decided (R-158)."""

    TOPIC: ClassVar[str] = "acceptance.discussion_concluded.v1"

    conclusion: Conclusion
    decided_by: tuple[Signature, ...]
