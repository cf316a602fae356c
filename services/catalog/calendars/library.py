"""The tables of the chinesecalendar package as notices and years: facts are taken over once, as data (R-012).

The only module that asks a calendar library, and never during a decision (R-408). Which days are statutory comes from
the law, not from the library.
"""

from __future__ import annotations

from datetime import date, timedelta
from importlib.metadata import version
from itertools import groupby

from chinese_calendar.constants import Holiday as Festival
from chinese_calendar.constants import holidays, workdays

from services.catalog.calendars.notice import Holiday, Notice, year_of
from services.catalog.calendars.shipped import CALENDAR
from services.catalog.calendars.statutory import statutory_days
from shared.periods import CalendarYear

LIBRARY = "chinesecalendar"
ONE_DAY = timedelta(days=1)

# The notice of 2006 moved the rest days of 31 December and 1 January to the 2nd and 3rd; the library has left it out.
WORKED_TOO = {date(2005, 12, 31): "New Year's Day"}
DECEMBER = 12

# The library shortens these names.
TITLES_ZH = {"清明": "清明节", "端午": "端午节", "中秋": "中秋节"}


def years_from_chinesecalendar() -> list[CalendarYear]:
    """Every year that the installed chinesecalendar knows, in order."""
    return [year_of(notice) for notice in notices_from_chinesecalendar()]


def notices_from_chinesecalendar() -> list[Notice]:
    """The library's tables as notices, in order."""
    titles = {str(festival.value): TITLES_ZH.get(festival.chinese, festival.chinese) for festival in Festival}
    years = sorted({day.year for day in holidays})
    return [_notice(year, titles) for year in years]


def _notice(year: int, titles: dict[str, str]) -> Notice:
    statutory = statutory_days(year)
    # A festival day on a plain weekend is missing in the library's table (2012-06-23), so the law's days come first.
    rest = statutory | {day: festival for day, festival in holidays.items() if _notice_year(day) == year}
    made_up = {day: festival for day, festival in (workdays | WORKED_TOO).items() if _notice_year(day) == year}
    return Notice(
        calendar=CALENDAR,
        year=year,
        notice=f"国务院办公厅关于{year}年部分节假日安排的通知",
        source=f"{LIBRARY} {version(LIBRARY)}",
        holidays=tuple(
            Holiday(
                name_zh=titles[festival],
                name_en=festival,
                rest=_intervals(rest, festival),
                statutory=_intervals({day: rest[day] for day in statutory}, festival),
                makeup=_intervals(made_up, festival),
            )
            for festival in dict.fromkeys(rest[day] for day in sorted(rest))
        ),
    )


def _notice_year(day: date) -> int:
    """The year whose notice speaks of the day: New Year's arrangements in December belong to the next one (R-405)."""
    return day.year + 1 if day.month == DECEMBER else day.year


def _intervals(days: dict[date, str], festival: str) -> tuple[str, ...]:
    """The days of one festival as `2026-02-15/2026-02-23`, one entry a run."""
    ordered = enumerate(sorted(day for day in days if days[day] == festival))
    runs = [[day for _, day in run] for _, run in groupby(ordered, lambda item: item[1] - item[0] * ONE_DAY)]
    return tuple(f"{run[0]}/{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
