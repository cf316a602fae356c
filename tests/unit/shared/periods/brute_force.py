"""An oracle that shares nothing with the engine: every answer is found by trying days, or minutes, one by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

ONE_DAY = timedelta(days=1)
ONE_MINUTE = timedelta(minutes=1)
TRIES_MAX = 2_000

IsWorking = Callable[[date], bool]


def working_days_after(trigger: date, count: int, is_working: IsWorking) -> date:
    """The first day by which `count` working days lie after the trigger."""
    return _first(trigger, 1, lambda day: sum(map(is_working, _between(trigger + ONE_DAY, day))) == count)


def working_days_back(trigger: date, count: int, is_working: IsWorking) -> date:
    """The last day from which on `count` working days lie before the trigger."""
    return _first(trigger, -1, lambda day: sum(map(is_working, _between(day, trigger - ONE_DAY))) == count)


def pack_end(start: date, count: int, is_working: IsWorking) -> date:
    """The first day by which `count` working days lie in the pack, the start day among them."""
    return _first(start, 1, lambda day: sum(map(is_working, _between(start, day))) == count)


def rolled(nominal: date, is_working: IsWorking) -> date:
    """The nominal day, or the first working day after it."""
    return _first(nominal, 1, is_working)


def months_later(day: date, months: int) -> date:
    """The same day number that many months on; tried from the 31st downwards where the month is shorter."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    for number in range(day.day, 0, -1):
        try:
            return date(year, month, number)
        except ValueError:
            continue
    raise ValueError("a month has a first day")


def minutes_in_window(start: datetime, minutes: int, is_open: Callable[[datetime], bool]) -> datetime:
    """Let a clock run minute by minute; `is_open` says whether the minute that begins then is inside the window."""
    moment = start
    while minutes:
        minutes -= is_open(moment)
        moment += ONE_MINUTE
    return moment


def _between(first: date, last: date) -> list[date]:
    return [first + n * ONE_DAY for n in range((last - first).days + 1)]


def _first(start: date, direction: int, holds: Callable[[date], bool]) -> date:
    return next(day for n in range(TRIES_MAX) if holds(day := start + direction * n * ONE_DAY))
