"""Stage 8: a public event -> reminders planned or dropped, notices planned. Pure."""

from __future__ import annotations

from services.notifier.domain.decider import calendar_of
from services.notifier.domain.events import Notice, NoticePlanned, ReminderDropped, ReminderPlanned
from services.notifier.domain.planning import (
    OVERDUE_REPEAT,
    acceptance_notices,
    escalation_notices,
    moved_notices,
    next_overdue_reminder,
    overdue_notice,
    reminders_for,
)
from services.notifier.domain.state import ContractNotices, State
from services.notifier.domain.streams import notice_stream, reminder_stream
from shared.commands.decision import UNCHANGED, Decision
from shared.commands.service import Facts
from shared.deadlines.model import Deadline
from shared.kernel.instants import Instant
from shared.messages.events import FeedReceived, NewEvent, Recorded
from shared.public_events.acceptance import (
    Accepted,
    Closed,
    Escalated,
    Overdue,
    OverdueWithdrawn,
)
from shared.public_events.contracts import ContractSigned
from shared.public_events.deadlines import (
    DeadlineHasLapsed,
    DeadlineWasMet,
    DeadlineWasMoved,
    DeadlineWasSet,
)
from shared.public_events.language import public_event


def react(state: State, recorded: Recorded, facts: Facts) -> Decision:
    """What follows from a feed event that `evolve` has just folded into `state`."""
    feed = recorded.data
    if not isinstance(feed, FeedReceived) or not isinstance(state, ContractNotices):
        return UNCHANGED
    now = recorded.recorded_at
    match public_event(feed):
        case ContractSigned():
            # Topics do not wait for one another: deadlines may have come before the terms that name their calendar.
            waiting = (_planned(state, deadline, facts, now) for deadline in state.deadlines.values())
            return Decision(events=tuple(event for planned in waiting for event in planned))
        case DeadlineWasSet(deadline=deadline):
            return Decision(events=_planned(state, deadline, facts, now))
        case DeadlineWasMoved() as event:
            notices = moved_notices(state, event, feed.event_id, now)
            return Decision(
                events=(
                    *_dropped(state, event.deadline.deadline_id, event.reason, now),
                    *_planned(state, event.deadline, facts, now),
                    *_noticed(notices, now),
                )
            )
        case DeadlineWasMet(deadline=deadline, reason=reason):
            return Decision(events=_dropped(state, deadline.deadline_id, reason, now))
        case DeadlineHasLapsed(deadline=deadline, consequence=consequence):
            return Decision(events=_dropped(state, deadline.deadline_id, consequence, now))
        case Overdue() as flag:
            return Decision(events=_flag_raised(state, flag, feed.event_id, facts, now))
        case OverdueWithdrawn(deadline=deadline_id, reason=reason):
            return Decision(events=_dropped(state, deadline_id, reason, now))
        case Escalated() as event:
            return Decision(events=_noticed(escalation_notices(state, event, feed.event_id, now), now))
        case Accepted() as event:
            notices = acceptance_notices(state, event, feed.effective_at, feed.event_id, now)
            return Decision(events=(*_dropped_for_lowered_flags(state, now), *_noticed(notices, now)))
        case Closed():
            return Decision(events=_dropped_for_lowered_flags(state, now))
        case _:
            return UNCHANGED


def _planned(state: ContractNotices, deadline: Deadline, facts: Facts, now: Instant) -> tuple[NewEvent, ...]:
    calendar = calendar_of(state, facts)
    if calendar is None:
        return ()
    return tuple(_reminder_event(reminder, now) for reminder in reminders_for(deadline, calendar, now))


def _reminder_event(reminder: ReminderPlanned, now: Instant) -> NewEvent:
    return NewEvent(stream=reminder_stream(reminder.reminder), data=reminder, effective_at=now)


def _dropped(state: ContractNotices, deadline: str, reason: str, now: Instant) -> tuple[NewEvent, ...]:
    """Drop the reminders of a deadline; the repetition of a flag lives as long as the flag is up.

    The flag travels on another topic than the end of its deadline and may come first.
    """
    flag_is_up = deadline in state.overdue
    return tuple(
        NewEvent(
            stream=reminder_stream(reminder.reminder),
            data=ReminderDropped(reminder=reminder.reminder, reason=reason),
            effective_at=now,
        )
        for reminder in state.reminders.values()
        if reminder.deadline == deadline and not (flag_is_up and reminder.days_before == OVERDUE_REPEAT)
    )


def _dropped_for_lowered_flags(state: ContractNotices, now: Instant) -> tuple[NewEvent, ...]:
    """Reminders whose deadline no longer runs and whose flag is down: the item has ended."""
    ended = {
        reminder.deadline
        for reminder in state.reminders.values()
        if reminder.deadline not in state.deadlines and reminder.deadline not in state.overdue
    }
    return tuple(event for deadline in sorted(ended) for event in _dropped(state, deadline, "ended", now))


def _flag_raised(state: ContractNotices, flag: Overdue, cause: str, facts: Facts, now: Instant) -> tuple[NewEvent, ...]:
    events = _noticed((overdue_notice(state, flag, "overdue", cause, now),), now)
    calendar = calendar_of(state, facts)
    if calendar is None:
        return events
    return (*events, _reminder_event(next_overdue_reminder(flag.deadline, calendar, now), now))


def _noticed(notices: tuple[Notice, ...], now: Instant) -> tuple[NewEvent, ...]:
    return tuple(
        NewEvent(stream=notice_stream(notice.notice), data=NoticePlanned(notice=notice), effective_at=now)
        for notice in notices
    )
