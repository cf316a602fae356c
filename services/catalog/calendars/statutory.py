"""Which days of a year are statutory holidays by law (R-300): the festival days themselves, never their rest blocks.

The law is the State Council's 全国年节及纪念日放假办法 in the revision of the year; the dates of the lunar festivals
are data that ships with the program.
"""

from __future__ import annotations

from datetime import date, timedelta
from importlib.resources import files

import msgspec
from msgspec import Struct

from shared.periods import CalendarError


class Festivals(Struct, frozen=True, kw_only=True):
    """The festivals of a year that move: `spring_festival` is the first day of the lunar year."""

    spring_festival: date
    tomb_sweeping_day: date
    dragon_boat_festival: date
    mid_autumn_festival: date


class Law(Struct, frozen=True, kw_only=True):
    """The statutory days since a year: Spring Festival as days from its first, Labour Day as a number of days."""

    since: int
    spring_festival: tuple[int, ...]
    labour_days: int
    lunar_festivals: bool


# The revisions of 1999, 2007 (order 513), 2013 (order 644) and 2024 (order 795): 10, 11, 11 and 13 days.
LAWS = (
    Law(since=2000, spring_festival=(0, 1, 2), labour_days=3, lunar_festivals=False),
    Law(since=2008, spring_festival=(-1, 0, 1), labour_days=1, lunar_festivals=True),
    Law(since=2014, spring_festival=(0, 1, 2), labour_days=1, lunar_festivals=True),
    Law(since=2025, spring_festival=(-1, 0, 1, 2), labour_days=2, lunar_festivals=True),
)


def statutory_days(year: int) -> dict[date, str]:
    """The festival days of a year with the English name of their holiday; where two meet, one day (2009, 2020).

    Raises CalendarError for a year whose lunar festivals are not in the shipped table.
    """
    festivals = _festivals(year)
    law = next(law for law in reversed(LAWS) if law.since <= year)
    days = {date(year, 1, 1): "New Year's Day"}
    days |= {festivals.spring_festival + timedelta(days=n): "Spring Festival" for n in law.spring_festival}
    days |= {date(year, 5, 1 + n): "Labour Day" for n in range(law.labour_days)}
    if law.lunar_festivals:
        days[festivals.tomb_sweeping_day] = "Tomb-sweeping Day"
        days[festivals.dragon_boat_festival] = "Dragon Boat Festival"
        days[festivals.mid_autumn_festival] = "Mid-autumn Festival"
    return days | {date(year, 10, day): "National Day" for day in (1, 2, 3)}


def _festivals(year: int) -> Festivals:
    table = files("services.catalog").joinpath("data/calendars/festivals.json").read_bytes()
    festivals = msgspec.json.decode(table, type=dict[str, Festivals]).get(str(year))
    if festivals is None:
        raise CalendarError(
            "year", f"the festival dates of {year} are not in the shipped table", f"内置数据中没有 {year} 年的节日日期"
        )
    return festivals
