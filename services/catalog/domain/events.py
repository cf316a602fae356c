"""The catalogue's private events.

The TOPICs and field names below are stored for ever: add fields with defaults, never rename or retype; a new shape is
a new `.v2` event with an upcaster.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Raw

from shared.kernel.ids import Identifier, Sha256
from shared.messages.events import Event
from shared.periods import CalendarYear


class ServiceRevised(Event, frozen=True, kw_only=True):
    """A revision of a service was published; revisions count from 1 and never change (R-020)."""

    TOPIC: ClassVar[str] = "catalog.service_revised.v1"

    service: Identifier
    revision: int
    content_sha256: Sha256
    document: Raw


class ServiceWithdrawn(Event, frozen=True, kw_only=True):
    """The service can no longer be drafted from."""

    TOPIC: ClassVar[str] = "catalog.service_withdrawn.v1"

    service: Identifier
    reason: str


class TierRevised(Event, frozen=True, kw_only=True):
    """A revision of a tier was published; revisions count from 1 and never change."""

    TOPIC: ClassVar[str] = "catalog.tier_revised.v1"

    tier: Identifier
    revision: int
    content_sha256: Sha256
    document: Raw


class ImportConcluded(Event, frozen=True, kw_only=True):
    """All that ships with the program under this digest had been published when this was recorded."""

    TOPIC: ClassVar[str] = "catalog.import_concluded.v1"

    content_sha256: Sha256


class CalendarYearSet(Event, frozen=True, kw_only=True):
    """A year of a calendar was published, or replaced as a whole (`amends`); `version` is the calendar's after it."""

    TOPIC: ClassVar[str] = "catalog.calendar_year_set.v1"

    calendar: Identifier
    version: str
    year: CalendarYear
    amends: bool
    reason: str


CATALOG_PRIVATE_EVENTS: tuple[type[Event], ...] = (
    ServiceRevised,
    ServiceWithdrawn,
    TierRevised,
    ImportConcluded,
    CalendarYearSet,
)
