"""The reference data that ships with the program and that a ledger starts with: calendar, services and tiers.

The lint is the build's business (tests/unit/catalog); a start loads what it has to import, and nothing when it has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from services.catalog.calendars.shipped import CALENDAR, shipped_years
from services.catalog.domain.state import CalendarKnown
from services.catalog.importing import (
    Publication,
    conclude_import,
    import_calendar,
    is_imported,
    publications,
    publish_all,
)
from services.catalog.loading import load_all, shipped_digest
from shared.eventstore.port import EventLog
from shared.kernel.actors import CATALOG_TENANT
from shared.kernel.instants import Instant
from shared.public_events.scopes import calendar_scope


async def import_reference_data(log: EventLog[Any], now: Instant) -> None:
    """Publish what is not published yet; on a ledger that has it all, nothing is recorded."""
    await import_shipped_calendar(log, now)
    await import_shipped_catalogue(log, now)


async def import_shipped_calendar(log: EventLog[Any], now: Instant) -> None:
    """Publish the shipped years that are not published yet; a year that was amended here stays as it is (R-404)."""
    state, _ = await log.state(CATALOG_TENANT, calendar_scope(CALENDAR))
    known = {year.year for year in state.calendar.years} if isinstance(state, CalendarKnown) else set()
    await import_calendar(log, CALENDAR, [year for year in shipped_years() if year.year not in known], now)


async def import_shipped_catalogue(log: EventLog[Any], now: Instant) -> None:
    """Publish the shipped services and tiers, unless these very files were imported before.

    Raises CatalogueInvalid, before anything is published, when a file cannot be read.
    """
    digest = shipped_digest()
    if not await is_imported(log, digest):
        await publish_all(log, shipped_publications(), now)
        await conclude_import(log, digest, now)


@cache
def shipped_publications() -> Sequence[Publication]:
    """The shipped entries; read once, for they are many."""
    catalogue = load_all()
    return publications(catalogue.services, catalogue.tiers)
