"""How every receiver folds the calendars that the catalogue publishes: the same years, the same version."""

from __future__ import annotations

from shared.periods import WorkCalendar, calendar_of, merge
from shared.public_events.catalog import CalendarYearAmended, CalendarYearPublished


def fold_calendar(known: WorkCalendar | None, event: CalendarYearPublished | CalendarYearAmended) -> WorkCalendar:
    """The calendar with the year merged in; raises ValueError when the version is not the one the event names.

    The catalogue merged the same years in the same order, so another version means that this receiver computes
    days differently from the owner: it must stop, not guess (R-402).
    """
    calendar = merge(known or calendar_of(event.calendar), event.year)
    if calendar.version != event.version:
        raise ValueError(f"calendar {event.calendar}: {calendar.version} was computed, {event.version} published")
    return calendar
