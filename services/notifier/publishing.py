"""Stage 5: the notifier's events -> the published language, and -> the rows that wake its reminders. Pure."""

from __future__ import annotations

from services.notifier.domain.events import (
    DeliveryAttemptFailed,
    DeliverySucceeded,
    NoticeLogged,
    ReminderCame,
    ReminderDropped,
    ReminderPlanned,
)
from services.notifier.domain.state import State, contract_of
from shared.deadlines.model import DeadlineChange, alarm_row
from shared.messages.events import Recorded
from shared.public_events.envelope import PublicMessage
from shared.public_events.notices import NotificationDelivered, NotificationFailed, NotificationLogged


def to_public(state: State, recorded: Recorded) -> tuple[PublicMessage, ...]:
    """Deliveries and final failures leave the service: they prove a warning, or that there was none (R-195, R-406)."""
    event = recorded.data
    if not isinstance(event, NoticeLogged | DeliverySucceeded | DeliveryAttemptFailed):
        return ()
    notice = contract_of(state).notices[event.notice].notice
    recipient = ", ".join(notice.recipients) or notice.organisation
    if isinstance(event, NoticeLogged):
        logged = NotificationLogged(
            notice=notice.notice,
            contract=notice.contract,
            item=notice.item,
            deadline=notice.deadline,
            kind=notice.kind,
            recipient=recipient,
            content_sha256=event.content_sha256,
        )
        return (PublicMessage(key=notice.contract, data=logged),)
    if isinstance(event, DeliverySucceeded):
        delivered = NotificationDelivered(
            notice=notice.notice,
            contract=notice.contract,
            item=notice.item,
            deadline=notice.deadline,
            kind=notice.kind,
            channel=event.target,
            recipient=recipient,
            content_sha256=event.content_sha256,
            attempts=event.attempt,
            delivered_at=recorded.effective_at,
        )
        return (PublicMessage(key=notice.contract, data=delivered),)
    if event.next_at is not None:
        return ()
    failed = NotificationFailed(
        notice=notice.notice,
        contract=notice.contract,
        item=notice.item,
        deadline=notice.deadline,
        kind=notice.kind,
        channel=event.target,
        recipient=recipient,
        attempts=event.attempt,
        reason=event.reason,
    )
    return (PublicMessage(key=notice.contract, data=failed),)


def reminder_rows(recorded: Recorded) -> tuple[DeadlineChange, ...]:
    """Reminders are woken by the same ticker as deadlines; they have no legal effect and no calendar of their own."""
    match recorded.data:
        case ReminderPlanned(reminder=reminder, at=at):
            return (alarm_row(recorded, reminder, "reminder", at),)
        case ReminderDropped(reminder=reminder) | ReminderCame(reminder=reminder):
            return (alarm_row(recorded, reminder, "reminder", None),)
        case _:
            return ()
