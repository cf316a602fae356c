"""The notifier's private events.

The struct names below are not stored, the TOPICs and field names are, for ever: add fields with defaults, never rename
or retype; a new shape is a new `.v2` event with an upcaster.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Struct

from shared.kernel.actors import PERSONAL, Side
from shared.kernel.ids import Identifier
from shared.kernel.instants import Instant
from shared.messages.events import Event, FeedReceived

NoticeKind = Literal["reminder", "overdue_reminder", "deadline_moved", "overdue", "escalation", "acceptance"]


# The target that everything is written to; whoever reads the log of the process, no recipient is reached by it.
LOG_TARGET = "log"


class Notice(Struct, frozen=True, kw_only=True):
    """What one side is told. The texts are rendered when the notice is planned, so that the proof shows them."""

    notice: str
    contract: Identifier
    item: str
    deadline: str
    kind: NoticeKind
    side: Side
    organisation: str
    recipients: tuple[Annotated[str, PERSONAL], ...]
    title_zh: str
    title_en: str
    text_zh: str
    text_en: str
    due_at: Instant | None = None
    cause_event: str = ""


class ReminderPlanned(Event, frozen=True, kw_only=True):
    """A reminder will go out at `at` unless the deadline is met before; `days_before` in working days (3, 1, 0).

    An overdue reminder has `days_before` -1 and repeats on every working day (R-155).
    """

    TOPIC: ClassVar[str] = "notifier.reminder_planned.v1"

    reminder: str
    deadline: str
    days_before: int
    at: Instant


class ReminderDropped(Event, frozen=True, kw_only=True):
    """A planned reminder will not go out: the deadline was met, moved or has lapsed."""

    TOPIC: ClassVar[str] = "notifier.reminder_dropped.v1"

    reminder: str
    reason: str


class ReminderCame(Event, frozen=True, kw_only=True):
    """The time of a reminder came; the notice follows in the same decision."""

    TOPIC: ClassVar[str] = "notifier.reminder_came.v1"

    reminder: str


class NoticePlanned(Event, frozen=True, kw_only=True):
    """A notice exists and waits to be dispatched."""

    TOPIC: ClassVar[str] = "notifier.notice_planned.v1"

    notice: Notice


class NoticeDispatched(Event, frozen=True, kw_only=True):
    """The targets are fixed: the log channel, and the webhook endpoints the organisation had at that moment."""

    TOPIC: ClassVar[str] = "notifier.notice_dispatched.v1"

    notice: str
    targets: tuple[str, ...]


class NoticeLogged(Event, frozen=True, kw_only=True):
    """The notice stands in the ledger's own log, which reaches nobody: no proof of warning (R-195)."""

    TOPIC: ClassVar[str] = "notifier.notice_logged.v1"

    notice: str
    attempt: int
    content_sha256: str


class DeliverySucceeded(Event, frozen=True, kw_only=True):
    """A target took the notice: the proof of warning.

    Logs written before December 2026 have it for the log target, too, where it proves none.
    """

    TOPIC: ClassVar[str] = "notifier.delivery_succeeded.v1"

    notice: str
    target: str
    attempt: int
    content_sha256: str
    evidence: str = ""


class DeliveryAttemptFailed(Event, frozen=True, kw_only=True):
    """An attempt failed; `next_at` is when the next one is due, None when the target was given up."""

    TOPIC: ClassVar[str] = "notifier.delivery_attempt_failed.v1"

    notice: str
    target: str
    attempt: int
    reason: str
    next_at: Instant | None


class EndpointRegistered(Event, frozen=True, kw_only=True):
    """A webhook endpoint of an organisation. Its secret is derived, never stored; `generation` counts rotations."""

    TOPIC: ClassVar[str] = "notifier.endpoint_registered.v1"

    endpoint: Identifier
    organisation: Identifier
    url: str
    generation: int = 1


class EndpointSecretRotated(Event, frozen=True, kw_only=True):
    """From now on messages carry signatures of the new and of the previous secret."""

    TOPIC: ClassVar[str] = "notifier.endpoint_secret_rotated.v1"

    endpoint: Identifier
    generation: int


class EndpointDisabled(Event, frozen=True, kw_only=True):
    """Nothing is sent there any more: asked for, or the receiver answered 410."""

    TOPIC: ClassVar[str] = "notifier.endpoint_disabled.v1"

    endpoint: Identifier
    reason: str


NOTIFIER_EVENTS: tuple[type[Event], ...] = (
    FeedReceived,
    ReminderPlanned,
    ReminderDropped,
    ReminderCame,
    NoticePlanned,
    NoticeDispatched,
    NoticeLogged,
    DeliverySucceeded,
    DeliveryAttemptFailed,
    EndpointRegistered,
    EndpointSecretRotated,
    EndpointDisabled,
)
