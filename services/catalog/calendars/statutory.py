"""Which days of a year are statutory holidays by law (R-300): the festival days themselves, never their rest blocks.

The law is the State Council's 全国年节及纪念日放假办法 in the revision of the year; the dates of the lunar festivals
are data that ships with the program.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

from shared.periods import CalendarError, CalendarYear, fixed_days


class Festivals(Struct, frozen=True, kw_only=True):
    """The festivals of a year that move: `spring_festival` is the first day of the lunar year."""

    spring_festival: date
    tomb_sweeping_day: date
    dragon_boat_festival: date
    mid_autumn_festival: date


class Law(Struct, frozen=True, kw_only=True):
    """The statutory days since a year: Spring Festival as days from its first."""

    since: int
    spring_festival: tuple[int, ...]
    lunar_festivals: bool


# The revisions of 1999, 2007 (order 513), 2013 (order 644) and 2024 (order 795): 10, 11, 11 and 13 days.
LAWS = (
    Law(since=2000, spring_festival=(0, 1, 2), lunar_festivals=False),
    Law(since=2008, spring_festival=(-1, 0, 1), lunar_festivals=True),
    Law(since=2014, spring_festival=(0, 1, 2), lunar_festivals=True),
    Law(since=2025, spring_festival=(-1, 0, 1, 2), lunar_festivals=True),
)


def statutory_days(year: int) -> dict[date, str]:
    """The festival days of a year with the English name of their holiday; where two meet, one day (2009, 2020).

    Raises CalendarError for a year whose lunar festivals are not in the shipped table.
    """
    festivals, law = _festivals(year), _law(year)
    days = fixed_days(year)
    days |= {festivals.spring_festival + timedelta(days=n): "Spring Festival" for n in law.spring_festival}
    if law.lunar_festivals:
        days[festivals.tomb_sweeping_day] = "Tomb-sweeping Day"
        days[festivals.dragon_boat_festival] = "Dragon Boat Festival"
        days[festivals.mid_autumn_festival] = "Mid-autumn Festival"
    return days


def doubts(year: CalendarYear) -> Iterator[str]:
    """Where a year differs from the law on festival days; the notice decides, but its reviewer should look again."""
    if year.year not in FESTIVAL_YEARS:
        return
    by_law = set(statutory_days(year.year))
    listed = {day.date for day in year.days if day.kind == "statutory_holiday"}
    for day in sorted(by_law ^ listed):
        zh, en = ("应为", "is") if day in by_law else ("并非", "is not")
        yield f"{day}: 依法{zh}法定节假日，请复核 / by law it {en} a statutory holiday; please review"


def _law(year: int) -> Law:
    return next(law for law in reversed(LAWS) if law.since <= year)


# The years of the shipped table.
FESTIVAL_YEARS = range(2004, 2051)


@cache
def _table() -> dict[str, Festivals]:
    table = files("services.catalog").joinpath("data/calendars/festivals.json").read_bytes()
    return msgspec.json.decode(table, type=dict[str, Festivals])


def _festivals(year: int) -> Festivals:
    festivals = _table().get(str(year))
    if festivals is None:
        raise CalendarError(
            "year", f"the festival dates of {year} are not in the shipped table", f"内置数据中没有 {year} 年的节日日期"
        )
    return festivals
