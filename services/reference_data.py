"""The reference data that ships with the program and that a ledger starts with: the calendar and the services."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from services.catalog.domain.state import CalendarKnown
from services.catalog.exporting import service_document
from services.catalog.importing import import_calendar, import_services
from services.catalog.linting import context_of, lint_files
from services.catalog.loading import data_folder, read_services, service_paths
from services.cli.shipped_calendar import CALENDAR, shipped_years
from shared.eventstore.port import EventLog
from shared.kernel.actors import CATALOG_TENANT
from shared.kernel.instants import Instant
from shared.public_events.scopes import calendar_scope


async def import_reference_data(log: EventLog[Any], now: Instant) -> None:
    """Publish what is not published yet; on a ledger that has it all, nothing is recorded."""
    await import_shipped_calendar(log, now)
    await import_services(log, clean_documents(), now)


@cache
def clean_documents() -> Mapping[str, object]:
    """The shipped entries in which the lint finds no error, by service id; read once, for they are many."""
    folder = data_folder()
    files, _ = read_services(service_paths(folder))
    context = context_of(folder, files)
    return {
        file.service.id: service_document(file.service)
        for file in files
        if not any(problem.severity == "error" for problem in lint_files([file], context))
    }


async def import_shipped_calendar(log: EventLog[Any], now: Instant) -> None:
    """Publish the shipped years that are not published yet; a year that was amended here stays as it is (R-404)."""
    state, _ = await log.state(CATALOG_TENANT, calendar_scope(CALENDAR))
    known = {year.year for year in state.calendar.years} if isinstance(state, CalendarKnown) else set()
    await import_calendar(log, CALENDAR, [year for year in shipped_years() if year.year not in known], now)
