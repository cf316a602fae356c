"""A version was received."""

from __future__ import annotations

from typing import ClassVar

from services.acceptance.domain.base import ItemEvent
from shared.kernel.instants import Instant
from shared.messages.events import Event
from shared.public_events.submissions import Submission


class DeliverableSubmitted(ItemEvent, frozen=True, kw_only=True):
    """A version of a deliverable, or the evidence of a training, was received (R-125, R-134, R-409)."""

    TOPIC: ClassVar[str] = "acceptance.deliverable_submitted.v1"

    submission: Submission
    received_at: Instant


EVENTS: tuple[type[Event], ...] = (DeliverableSubmitted,)
