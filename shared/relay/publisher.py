"""The port behind the relay: what takes envelopes to the broker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from shared.public_events.envelope import Envelope


class PublishFailed(Exception):
    """Not everything was acknowledged; some of it may have arrived all the same. Publish the same again."""


class RecordTooLarge(PublishFailed):
    """A record is larger than the broker takes; nothing of the chunk was sent."""


class Publisher(Protocol):
    """Sends in the order given; may be called again after any failure."""

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Return when every envelope is acknowledged by the broker; raises PublishFailed."""

    async def close(self) -> None:
        """Let go of the broker."""
