"""The notice of one year, holiday by holiday as the State Council writes it, and the `CalendarYear` that it gives.

This is the form of the shipped files and of the reviewed files of `qizhang calendar import FILE` (docs/calendar.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated

import msgspec
from msgspec import Struct

from services.catalog.problems import Defect, Path
from shared.kernel.ids import END, Identifier
from shared.periods import CalendarError, CalendarYear, DayException, check_year
from shared.periods.calendar import ExceptionKind

INTERVAL_DAYS_MAX = 31
YEAR_FIRST, YEAR_LAST = 2000, 2050

_DAYS_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(/[0-9]{4}-[0-9]{2}-[0-9]{2})?" + END

Days = Annotated[str, msgspec.Meta(pattern=_DAYS_PATTERN, description="A day, or first/last of several")]


class Holiday(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One holiday of the notice: the rest days, the festival days among them, and the weekend days worked for it."""

    name_zh: str
    name_en: str
    rest: tuple[Days, ...]
    statutory: tuple[Days, ...] = ()
    makeup: tuple[Days, ...] = ()


class Notice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The notice of a year; an amended notice is written out as a whole, with the days as they are now."""

    calendar: Identifier
    year: Annotated[int, msgspec.Meta(ge=YEAR_FIRST, le=YEAR_LAST)]
    notice: str
    source: str
    published_on: date | None = None
    reviewed_by: str = ""
    reviewed_on: date | None = None
    holidays: tuple[Holiday, ...]


def year_of(notice: Notice) -> CalendarYear:
    """The calendar year of a notice without faults."""
    days = sorted((day for _, day in _exceptions(notice)), key=lambda day: day.date)
    return CalendarYear(
        year=notice.year,
        days=tuple(days),
        source=notice.source,
        notice=notice.notice,
        published_on=notice.published_on,
        reviewed_by=notice.reviewed_by,
        reviewed_on=notice.reviewed_on,
    )


def faults(notice: Notice) -> list[Defect]:
    """What no notice can say, each at its place in the file; a check relies on those before it."""
    for check in (_malformed_entries, _days_listed_twice, _statutory_days_at_work, _days_beyond_a_notice):
        found = list(check(notice))
        if found:
            return found
    return []


def _entries(notice: Notice, *fields: str) -> Iterator[tuple[Path, str]]:
    """Every entry of these lists of days, with its place."""
    for index, holiday in enumerate(notice.holidays):
        for field in fields:
            for position, text in enumerate(getattr(holiday, field)):
                yield ("holidays", index, field, position), text


def _exceptions(notice: Notice) -> Iterator[tuple[Path, DayException]]:
    """Every day that the notice takes out of the plain week, with the place that says so."""
    statutory = {day for _, text in _entries(notice, "statutory") for day in _days(text)}
    for path, text in _entries(notice, "rest", "makeup"):
        holiday = notice.holidays[int(path[1])]
        for day in _days(text):
            rest: ExceptionKind = "statutory_holiday" if day in statutory else "holiday_block"
            yield path, _exception(day, rest if path[2] == "rest" else "makeup_working_day", holiday)


def _exception(day: date, kind: ExceptionKind, holiday: Holiday) -> DayException:
    return DayException(date=day, kind=kind, name_zh=holiday.name_zh, name_en=holiday.name_en)


def _days(text: str) -> list[date]:
    """The days of an entry, `2026-02-14` or `2026-02-15/2026-02-23`; raises ValueError."""
    first, _, last = text.partition("/")
    start, end = date.fromisoformat(first), date.fromisoformat(last or first)
    length = (end - start).days + 1
    if not 1 <= length <= INTERVAL_DAYS_MAX:
        raise ValueError(f"an entry runs forward over at most {INTERVAL_DAYS_MAX} days")
    return [start + timedelta(days=distance) for distance in range(length)]


def _malformed_entries(notice: Notice) -> Iterator[Defect]:
    for path, text in _entries(notice, "rest", "statutory", "makeup"):
        try:
            _days(text)
        except ValueError as error:
            text_zh = f"{text} 不是有效的日期或区间（由先到后，至多 {INTERVAL_DAYS_MAX} 天）"
            yield Defect(path=path, text_en=f"{text}: {error}", text_zh=text_zh)


def _days_listed_twice(notice: Notice) -> Iterator[Defect]:
    seen: set[date] = set()
    for path, day in _exceptions(notice):
        if day.date in seen:
            yield Defect(path=path, text_en=f"{day.date} is listed twice", text_zh=f"{day.date} 重复列出")
        seen.add(day.date)


def _statutory_days_at_work(notice: Notice) -> Iterator[Defect]:
    rest = {day for _, text in _entries(notice, "rest") for day in _days(text)}
    for path, text in _entries(notice, "statutory"):
        for day in _days(text):
            if day not in rest:
                text_en = f"{day} is statutory but not among the rest days"
                yield Defect(path=path, text_en=text_en, text_zh=f"{day} 为法定节假日，但不在放假日之内")


def _days_beyond_a_notice(notice: Notice) -> Iterator[Defect]:
    try:
        check_year(year_of(notice))
    except CalendarError as error:
        origin = {day.date: path for path, day in _exceptions(notice)}
        path = origin[error.day] if error.day else ()
        yield Defect(path=path, text_en=error.detail, text_zh=error.detail_zh)
