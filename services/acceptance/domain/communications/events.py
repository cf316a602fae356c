"""What was said, whether it counts or not."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from services.acceptance.domain.base import ItemEvent
from shared.kernel.actors import PERSONAL, Side
from shared.kernel.ids import Sha256
from shared.kernel.instants import Instant
from shared.messages.events import Event


class CommunicationRecorded(ItemEvent, frozen=True, kw_only=True):
    """A communication that is no objection (R-342); `stopped_silence` when any feedback was enough (R-186)."""

    TOPIC: ClassVar[str] = "acceptance.communication_recorded.v1"

    side: Side
    kind: str
    channel: str
    content_sha256: Sha256
    stopped_silence: bool
    received_at: Instant
    sent_at: Instant | None = None


class CommunicationWithoutEffect(ItemEvent, frozen=True, kw_only=True):
    """A communication that does not count (R-426): late, by the wrong person, in the wrong form, vague.

    `body` is the whole act: what people write may name people (R-464).
    """

    TOPIC: ClassVar[str] = "acceptance.communication_without_effect.v1"

    act: str
    rule: str
    reason: str
    received_at: Instant
    body: Annotated[msgspec.Raw, PERSONAL]


EVENTS: tuple[type[Event], ...] = (
    CommunicationRecorded,
    CommunicationWithoutEffect,
)
