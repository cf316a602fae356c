"""Walking over days with a limit, so that no period, however written, runs away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from shared.kernel.instants import Instant, beijing_date
from shared.periods.errors import PeriodError

ONE_DAY = timedelta(days=1)

# About eleven years: longer than any period of the sources, short enough to store every step.
DAYS_WALKED_MAX = 4_000

# Beijing time has had one offset since the end of daylight saving time in 1991.
FIRST_TRIGGER_DAY = date(1992, 1, 1)
LAST_TRIGGER_DAY = date(2999, 12, 31)


def trigger_day(trigger: Instant | date) -> date:
    """The Beijing day of a trigger (R-001); refuses one for which Beijing time or the arithmetic of days does not hold.

    Canonical instants and days in ISO form compare as text, so the check comes before any arithmetic.
    """
    if isinstance(trigger, datetime):
        raise TypeError("a trigger is an instant text or a day, never a datetime")
    if not str(FIRST_TRIGGER_DAY) <= str(trigger) <= str(LAST_TRIGGER_DAY):
        raise PeriodError(
            "from",
            f"the day of the trigger has to be between {FIRST_TRIGGER_DAY} and {LAST_TRIGGER_DAY}",
            f"起算日须在 {FIRST_TRIGGER_DAY} 与 {LAST_TRIGGER_DAY} 之间",
        )
    return trigger if isinstance(trigger, date) else beijing_date(trigger)


def check_reach(days: int) -> None:
    """Refuse a period that would walk over more than `DAYS_WALKED_MAX` days."""
    if days > DAYS_WALKED_MAX:
        raise too_long()


def days_from(first: date, direction: int = 1) -> Iterator[date]:
    """`DAYS_WALKED_MAX` days from `first` on, or back when `direction` is -1; who needs more raises `too_long`."""
    return (first + direction * distance * ONE_DAY for distance in range(DAYS_WALKED_MAX))


def too_long() -> PeriodError:
    """The refusal of a period that reaches too far."""
    return PeriodError(
        "period",
        f"the period reaches over more than {DAYS_WALKED_MAX} days; write a shorter one",
        f"该期间超过 {DAYS_WALKED_MAX} 天；请缩短期间",
    )
