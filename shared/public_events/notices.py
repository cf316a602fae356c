"""What the notifier publishes on `ledger.notices.v1`, also the proof of warning (R-195, R-406). Key: the contract."""

from __future__ import annotations

from typing import ClassVar

from shared.kernel.ids import Identifier
from shared.kernel.instants import Instant
from shared.public_events.envelope import PublicEvent

NOTICES_TOPIC = "ledger.notices.v1"
LOG_CHANNEL = "log"


class NotificationDelivered(PublicEvent, frozen=True, kw_only=True):
    """A message reached a channel of its recipient; `deadline` is set when it warned of one.

    Until December 2026 a line in the ledger's own log was said to be a delivery, too; `proves_warning` knows.
    """

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

    @property
    def proves_warning(self) -> bool:
        """Whether somebody was reached (R-195)."""
        return self.channel != LOG_CHANNEL


class NotificationLogged(PublicEvent, frozen=True, kw_only=True):
    """A message was written to the ledger's own log. Nobody is reached by that, so it proves no warning (R-195)."""

    TYPE: ClassVar[str] = "notices.notification_logged.v1"
    TOPIC: ClassVar[str] = NOTICES_TOPIC

    notice: str
    contract: Identifier
    item: str = ""
    deadline: str = ""
    kind: str
    recipient: str
    content_sha256: str


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


NOTICES_EVENTS: tuple[type[PublicEvent], ...] = (NotificationDelivered, NotificationLogged, NotificationFailed)
