"""Hours and minutes (R-009, R-281): elapsed time from an instant, or only while a window is open."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from shared.kernel.instants import BEIJING, Instant, to_datetime, to_instant
from shared.periods.calendar import WorkCalendar
from shared.periods.derivation import Step, Why
from shared.periods.errors import PeriodError
from shared.periods.spec import MINUTES_PER_DAY, PeriodSpec
from shared.periods.walk import check_reach, days_from, too_long
from shared.periods.window import Interval, Window

MINUTES = {"min": 1, "h": 60}

ALWAYS = Window(days="daily", intervals=(Interval(opens=0, closes=MINUTES_PER_DAY),))


def clock_end(
    trigger: Instant | None, spec: PeriodSpec, window: Window | None, calendar: WorkCalendar
) -> tuple[Instant, tuple[Step, ...], bool]:
    """(due instant, steps, provisional) of a period in hours or minutes; without a window the clock always runs.

    A start outside the window waits for the next opening; a period that is used up at the closing time ends there.
    Raises PeriodError (field `from`) without an instant, because a day alone does not start a clock.
    """
    if trigger is None:
        raise PeriodError(
            "from",
            "hours and minutes start at an instant; write the time of day too, for example 2025-09-25T15:00",
            "小时和分钟自某一时刻起算；请同时写明时刻，例如 2025-09-25T15:00",
        )
    window = window or ALWAYS
    remaining = timedelta(minutes=spec.count * MINUTES[spec.unit])
    check_reach(remaining.days)
    moment = to_datetime(trigger).astimezone(BEIJING)
    steps: list[Step] = []
    n = 0
    for day in days_from(moment.date()):
        is_open = window.is_open_on(day, calendar)
        due, left = _run(day, window.intervals if is_open else (), moment, remaining)
        ran = left < remaining
        n += ran
        steps.append(Step(date=day, counted=ran, n=n if ran else None, why=_why(day, window, calendar, is_open, ran)))
        if due is not None:
            provisional = window.needs_calendar and any(calendar.is_provisional(step.date) for step in steps)
            return to_instant(due), tuple(steps), provisional
        remaining = left
    raise too_long()


def _run(
    day: date, intervals: tuple[Interval, ...], moment: datetime, remaining: timedelta
) -> tuple[datetime | None, timedelta]:
    """Run the clock through one day from `moment` on: (the instant it is used up, or None, and what remains)."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
    for interval in intervals:
        opens = max(moment, midnight + timedelta(minutes=interval.opens))
        closes = midnight + timedelta(minutes=interval.closes)
        if opens >= closes:
            continue
        if remaining <= closes - opens:
            return opens + remaining, timedelta()
        remaining -= closes - opens
    return None, remaining


def _why(day: date, window: Window, calendar: WorkCalendar, is_open: bool, ran: bool) -> Why:
    if is_open and not ran:
        return "start_day"
    return window.kind(day, calendar) if window.needs_calendar else "calendar_day"
