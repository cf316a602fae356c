"""A further objection is discussed until both sides agree (R-158, R-175)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Struct

from services.acceptance.domain.base import ItemEvent
from services.acceptance.domain.discrepancies.events import Treatment
from shared.kernel.actors import PERSONAL, Side
from shared.kernel.ids import Sha256
from shared.kernel.instants import Day, Instant
from shared.messages.events import Event
from shared.public_events.submissions import Discrepancy
from shared.public_events.terms import Signature

DiscussionResult = Literal["rework", "accept_as_is", "take_out"]


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


EVENTS: tuple[type[Event], ...] = (
    DiscussionOpened,
    DiscussionHeld,
    ConclusionSigned,
    DiscussionConcluded,
)
