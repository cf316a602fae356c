"""Calendars for tests: the shipped one, and years as they stood before a notice amended them."""

from __future__ import annotations

from datetime import date, timedelta

from msgspec.structs import replace

from services.catalog.calendars.shipped import load_shipped
from shared.periods import CalendarYear, DayException, WorkCalendar, calendar_of
from shared.periods.calendar import ExceptionKind

SHIPPED = load_shipped()
FIRST, LAST = date(2004, 1, 1), date(2026, 12, 31)
ALL_DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]


def year(number: int) -> CalendarYear:
    """A shipped year."""
    return next(known for known in SHIPPED.years if known.year == number)


def until(last_year: int) -> WorkCalendar:
    """The shipped calendar as it was before the year after `last_year` was published."""
    return calendar_of("cn", (known for known in SHIPPED.years if known.year <= last_year))


def exception(day: str, kind: ExceptionKind) -> DayException:
    """An exception without names."""
    return DayException(date=date.fromisoformat(day), kind=kind)


def with_days(base: CalendarYear, *, without: set[str], **kinds: list[str]) -> CalendarYear:
    """The year without some exceptions and with others; `kinds` are lists of days by kind."""
    kept = [day for day in base.days if day.date.isoformat() not in without]
    added = [exception(day, kind) for kind, days in kinds.items() for day in days]  # type: ignore[arg-type]
    return replace(base, days=tuple(sorted([*kept, *added], key=lambda day: day.date)))


# The notice of 2018-12-04 (国办发明电〔2018〕15号) gave Labour Day 2019 one day; the one of 2019-03-22 made it four,
# 1 to 4 May, with 28 April and 5 May worked.
LABOUR_DAY_2019_AS_FIRST_PUBLISHED = with_days(
    year(2019), without={"2019-04-28", "2019-05-02", "2019-05-03", "2019-05-04", "2019-05-05"}
)

# The notice of 2019-11-21 (国办发明电〔2019〕16号) ended Spring Festival 2020 on 30 January, with Saturday 1 February
# worked; the one of 2020-01-26 (国办发明电〔2020〕1号) extended it to 2 February.
SPRING_FESTIVAL_2020_AS_FIRST_PUBLISHED = with_days(
    year(2020),
    without={"2020-01-31", "2020-02-01", "2020-02-02"},
    makeup_working_day=["2020-02-01"],
)
