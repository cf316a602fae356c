"""The discrepancy flow: notice, answer, agreement, rework, resubmission (section I)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Struct

from services.acceptance.domain.base import ItemEvent
from services.acceptance.domain.review.events import DaysLeft
from shared.kernel.actors import PERSONAL
from shared.kernel.ids import Identifier
from shared.kernel.instants import Day, Instant
from shared.kernel.texts import NeededText
from shared.messages.events import Event
from shared.public_events.submissions import Discrepancy, Submission


class Treatment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How and until when one discrepancy is corrected (R-172)."""

    discrepancy: Identifier
    treatment: NeededText
    correct_by: Day


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


EVENTS: tuple[type[Event], ...] = (
    DiscrepanciesRaised,
    DiscrepanciesAnswered,
    TreatmentAgreed,
    DiscrepancyClosed,
    ReworkStarted,
    Resubmitted,
)
