"""What the catalogue told, folded into a service or a calendar as contracts knows it."""

from __future__ import annotations

from msgspec.structs import replace

from services.contracts.domain.catalogue.state import CalendarKnown, Revision, ServiceRevisions
from services.contracts.domain.state import Absent, State
from shared.public_events.calendars import fold_calendar
from shared.public_events.catalog import CalendarYearAmended, CalendarYearPublished, ServicePublished, ServiceRetired

CatalogEvent = ServicePublished | ServiceRetired | CalendarYearPublished | CalendarYearAmended


def catalogue_told(state: State, event: CatalogEvent) -> State:
    """Fold what the catalogue published."""
    if isinstance(event, CalendarYearPublished | CalendarYearAmended):
        if not isinstance(state, Absent | CalendarKnown):
            raise TypeError(f"{type(state).__name__} is no calendar")
        known = state.calendar if isinstance(state, CalendarKnown) else None
        return CalendarKnown(calendar=fold_calendar(known, event))
    if not isinstance(state, Absent | ServiceRevisions):
        raise TypeError(f"{type(state).__name__} is no catalogue service")
    service = state if isinstance(state, ServiceRevisions) else ServiceRevisions(revisions={})
    if isinstance(event, ServiceRetired):
        return replace(service, retired=True)
    revision = Revision(content_sha256=event.content_sha256, document=bytes(event.document))
    return ServiceRevisions(revisions={**service.revisions, event.revision: revision})
