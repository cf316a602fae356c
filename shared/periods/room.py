"""Whether a period that is agreed today can be counted whenever it will start: asked once, when it is taken in.

A period is computed later, from a trigger that nobody knows yet, on calendars that will be published until then. So it
is computed at the door from the day of the agreement, and has to end well before the engine would give up.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from shared.periods.calendar import WorkCalendar
from shared.periods.derivation import Derivation
from shared.periods.engine import compute, end_day
from shared.periods.errors import PeriodError

# Ten years. The engine walks over `DAYS_WALKED_MAX`; the rest is the room that rest days of later calendars may need,
# which `check_plausible_year` keeps below it.
DAYS_AGREED_MAX: Final = 3_660


def compute_with_room(
    trigger: date, period: str, calendar: WorkCalendar, cutoff: str = "24:00", extended_by: int = 0
) -> Derivation:
    """The derivation of a period in days that begins on `trigger`; raises PeriodError where there is no room."""
    derivation = compute(trigger, period, calendar, cutoff, extended_by=extended_by)
    if abs((end_day(derivation) - trigger).days) > DAYS_AGREED_MAX:
        raise PeriodError(
            "period",
            f"{period} reaches over more than {DAYS_AGREED_MAX} days; agree on a shorter one",
            f"{period} 超过 {DAYS_AGREED_MAX} 天；请约定较短的期间",
        )
    return derivation
