"""Publishes the shipped catalogue and calendars into the catalogue's log; what is published already changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Raw

from services.catalog.domain.commands import PublishCalendarYear, PublishService
from services.catalog.domain.decider import calendar_stream, service_stream
from services.catalog.domain.state import ServiceKnown, State
from shared.commands.system import system_command
from shared.eventstore.port import EventLog
from shared.kernel.actors import CATALOG_TENANT
from shared.kernel.instants import Instant
from shared.messages import canonical
from shared.periods import CalendarYear
from shared.public_events.scopes import calendar_scope, service_scope


async def import_service(log: EventLog[State], service: str, document: object, now: Instant) -> str:
    """Publish a catalogue entry (plain JSON data); answers done, or unchanged when this content was published before.

    What ships with the program is imported at every start, so it must not return over a revision published since.
    """
    encoded = canonical.encode(document)
    digest = canonical.sha256_of_bytes(encoded)
    state, version = await log.state(CATALOG_TENANT, service_scope(service))
    if isinstance(state, ServiceKnown) and digest in state.published:
        return "unchanged"
    body = PublishService(service=service, content_sha256=digest, document=Raw(encoded))
    command = system_command(
        "catalog",
        CATALOG_TENANT,
        service_scope(service),
        service_stream(service),
        body,
        key=("import", service, digest, str(version)),
        received_at=now,
    )
    return (await log.submit(command)).outcome.kind


async def import_services(log: EventLog[State], documents: Mapping[str, object], now: Instant) -> dict[str, str]:
    """Publish several entries; the outcome by service id."""
    return {service: await import_service(log, service, document, now) for service, document in documents.items()}


async def import_calendar(
    log: EventLog[State], calendar: str, years: Iterable[CalendarYear], now: Instant, reason: str = ""
) -> dict[int, str]:
    """Publish years in their order; the outcome by year. An amended year is one whose days differ (R-404)."""
    outcomes: dict[int, str] = {}
    for year in years:
        _, version = await log.state(CATALOG_TENANT, calendar_scope(calendar))
        command = system_command(
            "catalog",
            CATALOG_TENANT,
            calendar_scope(calendar),
            calendar_stream(calendar),
            PublishCalendarYear(calendar=calendar, year=year, reason=reason),
            key=("import", calendar, str(year.year), canonical.sha256(year), str(version)),
            received_at=now,
        )
        outcomes[year.year] = (await log.submit(command)).outcome.kind
    return outcomes
