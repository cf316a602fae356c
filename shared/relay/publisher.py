"""The port behind the relay: what takes envelopes to the broker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from shared.public_events.envelope import Envelope


class PublishFailed(Exception):
    """Not everything was acknowledged; some of it may have arrived all the same. Publish what is left again.

    `acknowledged` is how many envelopes at the beginning the broker has for good.
    """

    def __init__(self, reason: str, *, acknowledged: int = 0) -> None:
        super().__init__(reason)
        self.acknowledged = acknowledged


class RecordRefused(PublishFailed):
    """The envelope behind those that are acknowledged can never be published as things are; others can.

    Too large for the broker, a topic that is not there or not ours to write, or nothing that a record can be made of.
    """


class Publisher(Protocol):
    """Sends in the order given; may be called again after any failure."""

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Return when every envelope is acknowledged by the broker; raises PublishFailed and RecordRefused."""

    async def close(self) -> None:
        """Let go of the broker."""
