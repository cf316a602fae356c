"""Whether a year can be what its notice says: it is published as firm, and periods end by it.

The law names New Year's Day, Labour Day and National Day by their dates (R-300); a year that leaves one of them a plain
working day was not read to its end. The festivals of the moon are not asked for here: where they fall is a table's word
against the notice's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from shared.periods.calendar import CalendarYear, WorkCalendar, calendar_of
from shared.periods.errors import CalendarError
from shared.periods.walk import ONE_DAY

# The calendar of the State Council, to which the law on festivals applies.
STATE_CALENDAR: Final = "cn"

# (Since, days of Labour Day): the revisions of 1999, 2007 and 2024; the oldest stands for the years before it.
LABOUR_DAYS: Final = ((2025, 2), (2008, 1), (2000, 3))

# No notice has had more than 8, and no year fewer than 248 working days.
MAKEUP_DAYS_MAX: Final = 15
WORKING_DAYS_MIN: Final = 240


def check_plausible_year(calendar: str, year: CalendarYear) -> None:
    """Refuse a year that no notice can have meant; raises CalendarError with the day or the number, and what to do."""
    alone = calendar_of(calendar, (year,))
    if calendar == STATE_CALENDAR:
        _check_festivals(alone, year.year)
    made_up = sum(day.kind == "makeup_working_day" for day in year.days)
    if made_up > MAKEUP_DAYS_MAX:
        raise CalendarError(
            "/days",
            f"{made_up} make-up working days are more than the {MAKEUP_DAYS_MAX} that a year can have; "
            "list only the Saturdays and Sundays that the notice names as worked",
            f"调休上班日 {made_up} 天，超过一年可有的 {MAKEUP_DAYS_MAX} 天；请仅列出通知写明上班的周六、周日",
        )
    working = sum(alone.is_working(day) for day in _days_of(year.year))
    if working < WORKING_DAYS_MIN:
        raise CalendarError(
            "/days",
            f"{working} working days are fewer than the {WORKING_DAYS_MIN} that a year has; "
            "list only the rest days that the notice names",
            f"工作日仅 {working} 天，少于一年应有的 {WORKING_DAYS_MIN} 天；请仅列出通知写明的放假日",
        )


def fixed_days(year: int) -> dict[date, str]:
    """The festival days whose dates the law itself names, with the English name of their holiday."""
    labour_days = next((days for since, days in LABOUR_DAYS if since <= year), LABOUR_DAYS[-1][1])
    days = {date(year, 1, 1): "New Year's Day"}
    days |= {date(year, 5, 1 + n): "Labour Day" for n in range(labour_days)}
    return days | {date(year, 10, day): "National Day" for day in (1, 2, 3)}


def _check_festivals(alone: WorkCalendar, year: int) -> None:
    for day in fixed_days(year):
        if alone.is_working(day) and alone.holiday(day) is None:
            raise CalendarError(
                "/days",
                f"{day} is a statutory holiday by law, and the year leaves it a working day; list it as "
                "statutory_holiday, or by name as makeup_working_day where the notice says that it is worked",
                f"{day} 依法为法定节假日，该年度安排中却为工作日；请列为 statutory_holiday，"
                "通知写明上班的，请注明名称并列为 makeup_working_day",
                day,
            )


def _days_of(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += ONE_DAY
