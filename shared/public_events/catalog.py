"""What the catalogue publishes on `ledger.catalog.v1`; keys are the id of the service or of the calendar."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Raw

from shared.kernel.ids import Identifier, Sha256
from shared.periods import CalendarYear
from shared.public_events.envelope import PublicEvent

CATALOG_TOPIC = "ledger.catalog.v1"


class ServicePublished(PublicEvent, frozen=True, kw_only=True):
    """A revision of a service, immutable from now on (R-020). `document` is the whole catalogue entry as JSON."""

    TYPE: ClassVar[str] = "catalog.service_published.v1"
    TOPIC: ClassVar[str] = CATALOG_TOPIC

    service: Identifier
    revision: int
    content_sha256: Sha256
    document: Raw


class ServiceRetired(PublicEvent, frozen=True, kw_only=True):
    """The service can no longer be drafted from; contracts keep the revision that they pinned."""

    TYPE: ClassVar[str] = "catalog.service_retired.v1"
    TOPIC: ClassVar[str] = CATALOG_TOPIC

    service: Identifier
    reason: str


class CalendarYearPublished(PublicEvent, frozen=True, kw_only=True):
    """A year of a working calendar; `version` is the calendar's version once the year is merged (R-012)."""

    TYPE: ClassVar[str] = "catalog.calendar_year_published.v1"
    TOPIC: ClassVar[str] = CATALOG_TOPIC

    calendar: Identifier
    version: str
    year: CalendarYear


class CalendarYearAmended(PublicEvent, frozen=True, kw_only=True):
    """A published year was changed by a later notice (R-404); `year` replaces the earlier one as a whole."""

    TYPE: ClassVar[str] = "catalog.calendar_year_amended.v1"
    TOPIC: ClassVar[str] = CATALOG_TOPIC

    calendar: Identifier
    version: str
    year: CalendarYear
    reason: str


CATALOG_EVENTS: tuple[type[PublicEvent], ...] = (
    ServicePublished,
    ServiceRetired,
    CalendarYearPublished,
    CalendarYearAmended,
)
