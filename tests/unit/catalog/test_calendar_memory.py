"""Calendars in memory: read once a version, and never kept under a version that they do not have."""

from __future__ import annotations

from typing import Any

from services.catalog.calendars.shipped import load_shipped
from services.catalog.memory import CalendarMemory
from services.catalog.projections.calendars import CALENDAR_HEADS, CALENDARS, CalendarDocument, CalendarHead
from shared.periods import WorkCalendar, calendar_of
from shared.projections.view import View

CALENDAR = load_shipped()
LAST_YEAR = calendar_of("cn", CALENDAR.years[:-1])


class Views:
    """The views of calendars as a reader gives them; counts how often the whole calendar was read."""

    def __init__(self, version: str, calendar: WorkCalendar) -> None:
        self.version = version
        self.calendar = calendar
        self.read = 0

    async def get(self, view: View[Any], tenant: str, key: str) -> CalendarHead | CalendarDocument | None:
        if key != self.calendar.id:
            return None
        if view is CALENDAR_HEADS:
            return CalendarHead(calendar=key, version=self.version)
        assert view is CALENDARS
        self.read += 1
        return CalendarDocument(calendar=self.calendar, notices=())

    async def list(self, *asked: Any) -> tuple[list[Any], str | None]:
        return [], None

    async def reach(self, position: int, timeout_s: float) -> bool:
        return True


async def test_a_calendar_is_read_once_a_version() -> None:
    views, memory = Views(LAST_YEAR.version, LAST_YEAR), CalendarMemory(limit=1)
    assert [await memory.newest(views, "cn") for _ in range(2)] == [LAST_YEAR, LAST_YEAR]
    views.version, views.calendar = CALENDAR.version, CALENDAR
    assert [await memory.newest(views, "cn") for _ in range(2)] == [CALENDAR, CALENDAR]
    assert views.read == 2
    assert await memory.newest(views, "de") is None


async def test_a_calendar_of_a_view_that_lags_is_answered_and_not_kept_as_the_new_one() -> None:
    views, memory = Views(CALENDAR.version, LAST_YEAR), CalendarMemory()
    assert await memory.newest(views, "cn") == LAST_YEAR
    views.calendar = CALENDAR
    assert await memory.newest(views, "cn") == CALENDAR
