"""Stage 5: the catalogue's events -> the published language. Pure; what other services work on is public."""

from __future__ import annotations

from services.catalog.domain.events import (
    CalendarYearSet,
    ImportConcluded,
    ServiceRevised,
    ServiceWithdrawn,
    TierRevised,
)
from services.catalog.domain.state import State
from shared.messages.events import Recorded
from shared.public_events.catalog import (
    CalendarYearAmended,
    CalendarYearPublished,
    ServicePublished,
    ServiceRetired,
)
from shared.public_events.envelope import PublicEvent, PublicMessage


def to_public(state: State, recorded: Recorded) -> tuple[PublicMessage, ...]:
    """One public event for each private one; tiers are an overview to read, and an import is the catalogue's own."""
    if isinstance(recorded.data, TierRevised | ImportConcluded):
        return ()
    public: PublicEvent
    match recorded.data:
        case ServiceRevised() as event:
            key = event.service
            public = ServicePublished(
                service=event.service,
                revision=event.revision,
                content_sha256=event.content_sha256,
                document=event.document,
            )
        case ServiceWithdrawn() as event:
            key = event.service
            public = ServiceRetired(service=event.service, reason=event.reason)
        case CalendarYearSet(amends=True) as event:
            key = event.calendar
            public = CalendarYearAmended(
                calendar=event.calendar, version=event.version, year=event.year, reason=event.reason
            )
        case CalendarYearSet() as event:
            key = event.calendar
            public = CalendarYearPublished(calendar=event.calendar, version=event.version, year=event.year)
        case _:
            raise TypeError(f"{recorded.type} does not belong to the catalogue")
    return (PublicMessage(key=key, data=public),)
