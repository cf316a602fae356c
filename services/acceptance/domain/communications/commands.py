"""A written communication."""

from __future__ import annotations

from typing import Literal

from services.acceptance.domain.base import Body, Channel
from shared.kernel.ids import Sha256
from shared.kernel.instants import Instant


class RecordCommunication(Body, frozen=True, kw_only=True):
    """A written communication that is no objection: a neutral reply, or a protest against recorded use (R-342).

    `sent_at` is the sender's own stamp: information, never the measure (R-409).
    """

    kind: Literal["reply", "protest"]
    channel: Channel
    content_sha256: Sha256
    sent_at: Instant | None = None
