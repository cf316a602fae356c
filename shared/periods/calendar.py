"""Working calendars as data (R-002, R-012, R-015, R-405): what kind of day each day is, and how far that is known.

In: the yearly notices as `CalendarYear` values, which travel inside events. Out: a `WorkCalendar` that answers for any
day. Everything is pure; the version is derived from the facts, so the same notices give the same version everywhere.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal

from msgspec import Struct

from shared.kernel.actors import PERSONAL
from shared.kernel.admission import admitted_by
from shared.kernel.ids import Identifier
from shared.kernel.instants import FIRST_DAY, LAST_DAY, Day
from shared.kernel.texts import check_line, check_long_line
from shared.messages import canonical
from shared.periods.errors import CalendarError

DayKind = Literal["working_day", "makeup_working_day", "weekend", "statutory_holiday", "holiday_block"]
ExceptionKind = Literal["makeup_working_day", "statutory_holiday", "holiday_block"]

WORKING_KINDS: frozenset[str] = frozenset({"working_day", "makeup_working_day"})

SATURDAY = 5
DECEMBER = 12

# from this day of December on, the next year's notice may still change the last published year.
PROVISIONAL_FROM_DAY = 25

# Published with the events, so the bounds are no part of the schema.
Line = Annotated[str, admitted_by(check_line)]
LongLine = Annotated[str, admitted_by(check_long_line)]

# Whoever publishes a year beyond what the ledger counts has mistyped it.
YEARS_PUBLISHED = range(FIRST_DAY.year, LAST_DAY.year + 1)

VERSION_HEX_DIGITS = 12

# Month and day of the festivals that every year has; nobody works on them unless a year says so by name.
FESTIVALS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})


class DayException(Struct, frozen=True, kw_only=True):
    """A day that a notice takes out of the plain week.

    statutory_holiday is a festival day itself (R-300), holiday_block any other rest day of its block, weekends inside
    it included, makeup_working_day a Saturday or Sunday that is worked (调休上班).
    """

    date: Day
    kind: ExceptionKind
    name_zh: Line = ""
    name_en: Line = ""


def _check_number(year: int) -> None:
    if year not in YEARS_PUBLISHED:
        raise CalendarError(
            "/year",
            f"{year} is no year from {YEARS_PUBLISHED[0]} to {YEARS_PUBLISHED[-1]}",
            f"{year} 不在 {YEARS_PUBLISHED[0]} 至 {YEARS_PUBLISHED[-1]} 年之间",
        )


class CalendarYear(Struct, frozen=True, kw_only=True):
    """What the notice of one year says; an amended notice replaces the earlier one as a whole (R-404).

    `days` are in order of date. They lie in the year, or in the December before it, because a notice may move the days
    around New Year (R-405).
    """

    year: Annotated[int, admitted_by(_check_number)]
    days: tuple[DayException, ...]
    source: LongLine
    notice: LongLine = ""
    published_on: Day | None = None
    reviewed_by: Annotated[Line, PERSONAL] = ""
    reviewed_on: Day | None = None


class WorkCalendar(Struct, frozen=True, kw_only=True, dict=True):
    """The calendar known from `years`, which follow each other without a gap; made by `calendar_of` and `merge`.

    `version` changes exactly when the kind of a day changes or the coverage grows. Outside the coverage the week is
    Monday to Friday as an estimate, and every such day is provisional.
    """

    id: Identifier
    version: str
    years: tuple[CalendarYear, ...]

    @property
    def coverage(self) -> tuple[datetime.date, datetime.date] | None:
        """First and last day of the published years; None while there is none."""
        if not self.years:
            return None
        return datetime.date(self.years[0].year, 1, 1), datetime.date(self.years[-1].year, DECEMBER, 31)

    @cached_property
    def provisional_from(self) -> datetime.date:
        """The first day that the next notice may still change (R-405)."""
        if not self.years:
            return datetime.date.min
        return datetime.date(self.years[-1].year, DECEMBER, PROVISIONAL_FROM_DAY)

    @cached_property
    def _exceptions(self) -> dict[datetime.date, DayException]:
        # Years ascend, so a later notice has the last word on the December that two notices speak of.
        return {day.date: day for year in self.years for day in year.days}

    def kind(self, day: datetime.date) -> DayKind:
        """The kind of a day; outside the coverage an estimate by the day of the week."""
        exception = self._exceptions.get(day)
        if exception is not None:
            return exception.kind
        return "weekend" if day.weekday() >= SATURDAY else "working_day"

    def is_working(self, day: datetime.date) -> bool:
        """Whether the day is a working day under the yearly arrangement, adjusted weekends included (R-002)."""
        return self.kind(day) in WORKING_KINDS

    def is_provisional(self, day: datetime.date) -> bool:
        """Whether a notice still to come may change the day: outside the coverage (R-012), or at its end (R-405)."""
        return day >= self.provisional_from or day.year < self.years[0].year

    def holiday(self, day: datetime.date) -> DayException | None:
        """The exception with its names, for explanations; None on a plain day."""
        return self._exceptions.get(day)


def calendar_of(calendar_id: str, years: Iterable[CalendarYear] = ()) -> WorkCalendar:
    """The calendar that these notices give; raises CalendarError when a year is missing between them."""
    ordered = tuple(sorted(years, key=lambda year: year.year))
    for earlier, later in pairwise(ordered):
        if later.year != earlier.year + 1:
            raise CalendarError(
                "/year",
                f"the year {earlier.year + 1} has to be published before {later.year} can be used",
                f"须先发布 {earlier.year + 1} 年，才能使用 {later.year} 年的安排",
            )
    return WorkCalendar(id=calendar_id, version=_version(ordered), years=ordered)


def merge(calendar: WorkCalendar, year: CalendarYear) -> WorkCalendar:
    """The calendar with the year added, or replaced as a whole when it was known; raises CalendarError on a gap."""
    others = (known for known in calendar.years if known.year != year.year)
    return calendar_of(calendar.id, (*others, year))


def _version(years: tuple[CalendarYear, ...]) -> str:
    """`2026-1f0c…`: the last year, and a hash of every fact that counting can depend on (names and sources cannot)."""
    if not years:
        return "none"
    facts = [[year.year, [[day.date, day.kind] for day in year.days]] for year in years]
    return f"{years[-1].year}-{canonical.sha256(facts)[:VERSION_HEX_DIGITS]}"


def check_year(year: CalendarYear) -> None:
    """Refuse what no notice can say; raises CalendarError naming the day.

    Checked: that there can be such a year, order and uniqueness of the days, that they belong to the year or the
    December before it, that only weekends are made up for (or a festival day, by name).
    """
    _check_number(year.year)
    earliest, latest = datetime.date(year.year - 1, DECEMBER, 1), datetime.date(year.year, DECEMBER, 31)
    before = datetime.date.min
    for index, day in enumerate(year.days):
        if day.date <= before:
            raise _fault(index, day, "is listed twice or out of order", "重复或次序不对")
        if not earliest <= day.date <= latest:
            raise _fault(
                index,
                day,
                f"belongs neither to {year.year} nor to the December before it",
                f"既不在 {year.year} 年内，也不在上一年的 12 月",
            )
        if day.kind == "makeup_working_day" and day.date.weekday() < SATURDAY and not _is_named_festival(day):
            raise _fault(
                index,
                day,
                "is no Saturday or Sunday, so it cannot be a make-up working day",
                "不是周六或周日，不能作为调休上班日",
            )
        before = day.date


def _is_named_festival(day: DayException) -> bool:
    """Whether the year says by name that a festival day is worked, although it is no weekend."""
    return (day.date.month, day.date.day) in FESTIVALS and bool(day.name_zh or day.name_en)


def _fault(index: int, day: DayException, text_en: str, text_zh: str) -> CalendarError:
    return CalendarError(f"/days/{index}/date", f"{day.date} {text_en}", f"{day.date} {text_zh}", day.date)
