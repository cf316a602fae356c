"""One example of every private event of the notifier; the golden files were taken from them."""

from __future__ import annotations

import msgspec

from services.notifier.domain import events
from shared.kernel.actors import system_actor
from shared.messages import canonical
from shared.messages.events import Event, FeedReceived
from shared.public_events.acceptance import OverdueWithdrawn
from shared.testing.spec import START

NOTICE = events.Notice(
    notice="7a1c",
    contract="C1",
    item="reports",
    deadline="5d2e",
    kind="reminder",
    side="customer",
    organisation="acme",
    recipients=("li", "zhang"),
    title_zh="验收审核还有3个工作日到期",
    title_en="The review for acceptance is due in 3 working day(s)",
    text_zh="合同到期提醒",
    text_en="A reminder",
    due_at="2026-03-09T16:00:00.000Z",
    cause_event="e1",
)
WITHDRAWN = OverdueWithdrawn(contract="C1", item="reports", deadline="5d2e", reason="act received")

EVERY_EVENT: tuple[Event, ...] = (
    FeedReceived(
        source="acceptance",
        topic=WITHDRAWN.TOPIC,
        key="C1",
        n=1,
        event_id="e1",
        type=WITHDRAWN.TYPE,
        effective_at=START,
        recorded_at=START,
        actor=system_actor("acceptance"),
        data=msgspec.Raw(canonical.encode(WITHDRAWN)),
    ),
    events.ReminderPlanned(reminder="r1", deadline="5d2e", days_before=3, at=START),
    events.ReminderDropped(reminder="r1", reason="met"),
    events.ReminderCame(reminder="r1"),
    events.NoticePlanned(notice=NOTICE),
    events.NoticeDispatched(notice="7a1c", targets=("log", "webhook:hook")),
    events.NoticeLogged(notice="7a1c", attempt=1, content_sha256="0" * 64),
    events.DeliverySucceeded(notice="7a1c", target="log", attempt=1, content_sha256="0" * 64, evidence="logged"),
    events.DeliveryAttemptFailed(notice="7a1c", target="webhook:hook", attempt=1, reason="HTTP 500", next_at=START),
    events.EndpointRegistered(endpoint="hook", organisation="acme", url="https://hooks.example.com/ledger"),
    events.EndpointSecretRotated(endpoint="hook", generation=2),
    events.EndpointDisabled(endpoint="hook", reason="moved"),
)
