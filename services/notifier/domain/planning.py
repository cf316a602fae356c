"""When a reminder goes out, and what a notice says: pure functions of a deadline, a calendar and the contract's people.

Reminders warn three, one and no working days before the last day, at 09:00 Beijing time (design section 6); a flag
of lateness is repeated on every working day until it is withdrawn (R-155).
"""

from __future__ import annotations

from datetime import date, timedelta

from services.notifier.domain.events import Notice, NoticeKind, ReminderPlanned
from services.notifier.domain.state import ContractNotices
from services.notifier.domain.texts import acceptance_text, deadline_text, escalation_text, moved_text, overdue_text
from shared.deadlines.model import Deadline
from shared.kernel.actors import Side
from shared.kernel.ids import derived_id
from shared.kernel.instants import Instant, beijing_date, plus_seconds, start_of_day
from shared.periods import WorkCalendar, working_days_before
from shared.public_events.acceptance import Accepted, Escalated, Overdue
from shared.public_events.deadlines import DeadlineWasMoved

REMINDER_HOUR = 9
WORKING_DAYS_BEFORE = (3, 1, 0)
OVERDUE_REPEAT = -1
DAYS_SEARCHED_MAX = 60

# Deadlines that only drive the ledger itself warn nobody.
SILENT_KINDS = frozenset({"escalation", "change_effect", "after_care_end"})
ROLES_TOLD = ("acceptor", "project_manager", "business_owner")


def at_reminder_hour(day: date) -> Instant:
    """09:00 Beijing time of `day`."""
    return plus_seconds(start_of_day(day), REMINDER_HOUR * 3600)


def reminders_for(deadline: Deadline, calendar: WorkCalendar, now: Instant) -> tuple[ReminderPlanned, ...]:
    """The reminders of a deadline that still lie in the future; none for periods without a last day."""
    last_day = deadline.derivation.last_day
    if last_day is None or deadline.kind in SILENT_KINDS:
        return ()
    planned = (
        ReminderPlanned(
            reminder=derived_id("reminder", deadline.deadline_id, deadline.derivation.due_at, str(days)),
            deadline=deadline.deadline_id,
            days_before=days,
            at=at_reminder_hour(working_days_before(last_day, days, calendar)),
        )
        for days in WORKING_DAYS_BEFORE
    )
    return tuple(reminder for reminder in planned if reminder.at > now)


def next_overdue_reminder(deadline_id: str, calendar: WorkCalendar, now: Instant) -> ReminderPlanned:
    """The reminder of the next working day after `now` for a flag that is up (R-155)."""
    day = beijing_date(now) + timedelta(days=1)
    for _ in range(DAYS_SEARCHED_MAX):
        if calendar.is_working(day):
            break
        day += timedelta(days=1)
    return ReminderPlanned(
        reminder=derived_id("overdue-reminder", deadline_id, day.isoformat()),
        deadline=deadline_id,
        days_before=OVERDUE_REPEAT,
        at=at_reminder_hour(day),
    )


def organisation_of(state: ContractNotices, side: Side) -> str:
    """The organisation on a side; empty before the contract's terms are known."""
    if state.terms is None:
        return ""
    return state.terms.customer.organisation if side == "customer" else state.terms.provider.organisation


def recipients_of(state: ContractNotices, side: Side, roles: tuple[str, ...], now: Instant) -> tuple[str, ...]:
    """The subjects who hold one of `roles` on `side` at `now`, each once, in a stable order."""
    holders = {
        holder.subject
        for holder in state.roles
        if holder.side == side
        and holder.role in roles
        and holder.held_from <= now
        and (holder.held_to is None or now < holder.held_to)
    }
    return tuple(sorted(holders))


def _notice(
    state: ContractNotices,
    now: Instant,
    *,
    identity: tuple[str, ...],
    contract: str,
    kind: NoticeKind,
    side: Side,
    texts: tuple[str, str, str, str],
    roles: tuple[str, ...] = ROLES_TOLD,
    item: str = "",
    deadline: str = "",
    due_at: Instant | None = None,
    cause_event: str = "",
) -> Notice:
    title_zh, title_en, text_zh, text_en = texts
    return Notice(
        notice=derived_id("notice", kind, side, *identity),
        contract=contract,
        item=item,
        deadline=deadline,
        kind=kind,
        side=side,
        organisation=organisation_of(state, side),
        recipients=recipients_of(state, side, roles, now),
        title_zh=title_zh,
        title_en=title_en,
        text_zh=text_zh,
        text_en=text_en,
        due_at=due_at,
        cause_event=cause_event,
    )


def reminder_notice(state: ContractNotices, reminder: ReminderPlanned, deadline: Deadline, now: Instant) -> Notice:
    """What the side that has to act is told before its deadline."""
    return _notice(
        state,
        now,
        identity=(reminder.reminder,),
        contract=deadline.contract,
        kind="reminder",
        side=deadline.side,
        texts=deadline_text(state, deadline, reminder.days_before),
        item=deadline.item,
        deadline=deadline.deadline_id,
        due_at=deadline.derivation.due_at,
    )


def overdue_notice(state: ContractNotices, flag: Overdue, kind: NoticeKind, identity: str, now: Instant) -> Notice:
    """What the late side is told when the flag goes up, and again on every working day."""
    return _notice(
        state,
        now,
        identity=(identity,),
        contract=flag.contract,
        kind=kind,
        side=flag.side,
        texts=overdue_text(state, flag),
        item=flag.item,
        deadline=flag.deadline,
    )


def moved_notices(state: ContractNotices, event: DeadlineWasMoved, cause: str, now: Instant) -> tuple[Notice, ...]:
    """Both sides are told of an announced move, with old and new instant and the reason (R-403, R-404)."""
    deadline = event.deadline
    if event.old_due_at == deadline.derivation.due_at:
        return ()
    return tuple(
        _notice(
            state,
            now,
            identity=(cause,),
            contract=deadline.contract,
            kind="deadline_moved",
            side=side,
            texts=moved_text(state, event),
            item=deadline.item,
            deadline=deadline.deadline_id,
            due_at=deadline.derivation.due_at,
            cause_event=cause,
        )
        for side in ("customer", "provider")
    )


def escalation_notices(state: ContractNotices, event: Escalated, cause: str, now: Instant) -> tuple[Notice, ...]:
    """The escalated roles of both sides are told (R-155, R-176)."""
    return tuple(
        _notice(
            state,
            now,
            identity=(cause,),
            contract=event.contract,
            kind="escalation",
            side=side,
            texts=escalation_text(state, event),
            roles=event.to_roles,
            item=event.item,
            cause_event=cause,
        )
        for side in ("customer", "provider")
    )


def acceptance_notices(
    state: ContractNotices, event: Accepted, effective_at: Instant, cause: str, now: Instant
) -> tuple[Notice, ...]:
    """Both sides are told of an acceptance that nobody signed: by silence or by use (R-188)."""
    if event.basis not in ("silence", "use"):
        return ()
    return tuple(
        _notice(
            state,
            now,
            identity=(cause,),
            contract=event.contract,
            kind="acceptance",
            side=side,
            texts=acceptance_text(state, event, effective_at),
            item=event.item,
            cause_event=cause,
        )
        for side in ("customer", "provider")
    )
