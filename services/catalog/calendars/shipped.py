"""The working calendar that ships with the program: one notice file a year, read without the catalogue or a library."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec

from services.catalog.calendars.notice import Notice, year_of
from shared.periods import CalendarYear, WorkCalendar, calendar_of
from shared.periods.plausible import STATE_CALENDAR

CALENDAR = STATE_CALENDAR


def shipped_years() -> list[CalendarYear]:
    """The years that ship with the program, in order."""
    folder = files("services.catalog") / "data" / "calendars"
    notices = (file for file in folder.iterdir() if file.name.startswith(f"{CALENDAR}-"))
    years = [year_of(msgspec.json.decode(file.read_bytes(), type=Notice)) for file in notices]
    return sorted(years, key=lambda year: year.year)


@cache
def load_shipped() -> WorkCalendar:
    """The calendar that the shipped years give."""
    return calendar_of(CALENDAR, shipped_years())
