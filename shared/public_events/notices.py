"""What the notifier publishes on `ledger.notices.v1`: the proof of warning (R-195, R-406). Key: the contract id."""

from __future__ import annotations

from typing import ClassVar

from shared.kernel.ids import Identifier
from shared.kernel.instants import Instant
from shared.public_events.envelope import PublicEvent

NOTICES_TOPIC = "ledger.notices.v1"


class NotificationDelivered(PublicEvent, frozen=True, kw_only=True):
    """A reminder or message reached a channel; `deadline` is set when it warned of one."""

    TYPE: ClassVar[str] = "notices.notification_delivered.v1"
    TOPIC: ClassVar[str] = NOTICES_TOPIC

    notice: str
    contract: Identifier
    item: str = ""
    deadline: str = ""
    kind: str
    channel: str
    recipient: str
    content_sha256: str
    attempts: int
    delivered_at: Instant


class NotificationFailed(PublicEvent, frozen=True, kw_only=True):
    """A notification was given up after its last attempt."""

    TYPE: ClassVar[str] = "notices.notification_failed.v1"
    TOPIC: ClassVar[str] = NOTICES_TOPIC

    notice: str
    contract: Identifier
    item: str = ""
    deadline: str = ""
    kind: str
    channel: str
    recipient: str
    attempts: int
    reason: str


NOTICES_EVENTS: tuple[type[PublicEvent], ...] = (NotificationDelivered, NotificationFailed)
