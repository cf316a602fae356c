"""Stage 3a: a service or a tier with its revisions, or a calendar with its years, folded from the catalogue's log."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from services.catalog.domain.events import (
    CalendarYearSet,
    ImportConcluded,
    ServiceRevised,
    ServiceWithdrawn,
    TierRevised,
)
from shared.messages.events import Recorded
from shared.periods import CalendarYear, WorkCalendar, calendar_of, merge


class Empty(Struct, frozen=True, kw_only=True):
    """A scope without events."""


class ServiceKnown(Struct, frozen=True, kw_only=True):
    """A service by the content hashes of its revisions, in their order; the content stands in the log and the views."""

    service: str
    published: tuple[str, ...]
    retired: bool = False


class TierKnown(Struct, frozen=True, kw_only=True):
    """A tier by the content hashes of its revisions, in their order."""

    tier: str
    published: tuple[str, ...]


class ImportKnown(Struct, frozen=True, kw_only=True):
    """The digest of what was imported last of the data that ships with the program."""

    content_sha256: str


class CalendarKnown(Struct, frozen=True, kw_only=True):
    """A working calendar with the years that were published."""

    calendar: WorkCalendar

    def year(self, year: int) -> CalendarYear | None:
        """The year as it was published last."""
        return next((known for known in self.calendar.years if known.year == year), None)


State = Empty | ServiceKnown | TierKnown | ImportKnown | CalendarKnown


def initial() -> State:
    """A scope before its first event."""
    return Empty()


def evolve(state: State, recorded: Recorded) -> State:
    """Fold one event; raises TypeError for one that cannot follow."""
    event = recorded.data
    match state, event:
        case (Empty() | ServiceKnown(), ServiceRevised()):
            earlier = state.published if isinstance(state, ServiceKnown) else ()
            return ServiceKnown(service=event.service, published=(*earlier, event.content_sha256))
        case (ServiceKnown(), ServiceWithdrawn()):
            return msgspec.structs.replace(state, retired=True)
        case (Empty() | TierKnown(), TierRevised()):
            earlier = state.published if isinstance(state, TierKnown) else ()
            return TierKnown(tier=event.tier, published=(*earlier, event.content_sha256))
        case (Empty() | ImportKnown(), ImportConcluded()):
            return ImportKnown(content_sha256=event.content_sha256)
        case (Empty(), CalendarYearSet()):
            return CalendarKnown(calendar=merge(calendar_of(event.calendar), event.year))
        case (CalendarKnown(), CalendarYearSet()):
            return CalendarKnown(calendar=merge(state.calendar, event.year))
        case _:
            raise TypeError(f"{recorded.type} cannot follow on {type(state).__name__}")
