"""The port of a channel: what the sender hands over, and what comes back."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from services.notifier.domain.events import Notice
from services.notifier.projections.endpoints import EndpointDocument
from shared.messages import canonical


class Parcel(Struct, frozen=True, kw_only=True):
    """A notice on its way to a target; `endpoint` is the webhook endpoint that the target names, where it is one."""

    tenant: str
    notice: Notice
    target: str
    attempt: int
    endpoint: EndpointDocument | None = None


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of one attempt: `failure` empty on success, `evidence` what the receiver answered."""

    failure: str = ""
    evidence: str = ""
    retry_after_s: int = 0
    gone: bool = False


class Channel(Protocol):
    """One way of telling people."""

    async def send(self, parcel: Parcel) -> Outcome:
        """Deliver a notice to a target; a failure is an outcome, and so is whatever this raises."""


def message_body(tenant: str, notice: Notice) -> bytes:
    """The message as sent: canonical JSON, the same bytes at every attempt, so that its hash is the proof."""
    return canonical.encode(
        {"type": f"ledger.notice.{notice.kind}", "tenant": tenant, "id": notice.notice, "data": notice}
    )
