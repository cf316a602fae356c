"""Working calendars with their coverage, version and history of notices (R-012)."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from services.catalog.domain.events import CalendarYearSet
from shared.kernel.instants import Instant
from shared.messages.events import Recorded
from shared.periods import WorkCalendar, calendar_of, merge
from shared.projections.view import View


class NoticeOfYear(Struct, frozen=True, kw_only=True):
    """One publication or amendment of a year."""

    year: int
    version: str
    amends: bool
    reason: str
    recorded_at: Instant


class CalendarDocument(Struct, frozen=True, kw_only=True):
    """A calendar as it stands, and the notices that made it."""

    calendar: WorkCalendar
    notices: tuple[NoticeOfYear, ...]


class CalendarHead(Struct, frozen=True, kw_only=True):
    """Which version of a calendar is the newest, without its years."""

    calendar: str
    version: str


def _keys(recorded: Recorded) -> tuple[str, ...]:
    event = recorded.data
    return (event.calendar,) if isinstance(event, CalendarYearSet) else ()


def _apply(document: CalendarDocument | None, key: str, recorded: Recorded) -> CalendarDocument | None:
    event = recorded.data
    if not isinstance(event, CalendarYearSet):
        raise TypeError(f"{recorded.type} is not about a calendar")
    notice = NoticeOfYear(
        year=event.year.year,
        version=event.version,
        amends=event.amends,
        reason=event.reason,
        recorded_at=recorded.recorded_at,
    )
    known = document.calendar if document else calendar_of(event.calendar)
    calendar = merge(known, event.year)
    if document is None:
        return CalendarDocument(calendar=calendar, notices=(notice,))
    return msgspec.structs.replace(document, calendar=calendar, notices=(*document.notices, notice))


def _apply_head(head: CalendarHead | None, key: str, recorded: Recorded) -> CalendarHead:
    event = recorded.data
    if not isinstance(event, CalendarYearSet):
        raise TypeError(f"{recorded.type} is not about a calendar")
    return CalendarHead(calendar=event.calendar, version=event.version)


CALENDARS: View[CalendarDocument] = View(
    name="calendars",
    version=1,
    document=CalendarDocument,
    keys=_keys,
    apply=_apply,
    labels=lambda document: ("*",),
    order=lambda document: document.calendar.id,
)
CALENDAR_HEADS: View[CalendarHead] = View(
    name="calendar_heads",
    version=1,
    document=CalendarHead,
    keys=_keys,
    apply=_apply_head,
    labels=lambda head: ("*",),
    order=lambda head: head.calendar,
)
