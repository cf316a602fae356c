"""The reference data that ships with the program and that a ledger starts with: the calendar and the services."""

from __future__ import annotations

from typing import Any

from services.catalog.domain.state import CalendarKnown
from services.catalog.exporting import service_document
from services.catalog.importing import import_calendar, import_services
from services.catalog.loading import data_folder, read_service
from services.cli.shipped_calendar import CALENDAR, shipped_years
from shared.eventstore.port import EventLog
from shared.kernel.actors import CATALOG_TENANT
from shared.kernel.instants import Instant
from shared.public_events.scopes import calendar_scope

# The services that the ledger can run from signing to invoice.
LEDGER_SERVICES = ("alibaba-1", "alibaba-8", "alibaba-25")


async def import_reference_data(log: EventLog[Any], now: Instant) -> None:
    """Publish what is not published yet; on a ledger that has it all, nothing is recorded."""
    await import_shipped_calendar(log, now)
    files = data_folder() / "services"
    documents = {name: service_document(read_service(files / f"{name}.yaml").service) for name in LEDGER_SERVICES}
    await import_services(log, documents, now)


async def import_shipped_calendar(log: EventLog[Any], now: Instant) -> None:
    """Publish the shipped years that are not published yet; a year that was amended here stays as it is (R-404)."""
    state, _ = await log.state(CATALOG_TENANT, calendar_scope(CALENDAR))
    known = {year.year for year in state.calendar.years} if isinstance(state, CalendarKnown) else set()
    await import_calendar(log, CALENDAR, [year for year in shipped_years() if year.year not in known], now)
