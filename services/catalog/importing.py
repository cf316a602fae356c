"""Publishes catalogue entries and calendars into the catalogue's log; what is published already changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Literal

from msgspec import Raw, Struct

from services.catalog.domain.commands import ConcludeImport, PublishCalendarYear, PublishService, PublishTier
from services.catalog.domain.decider import (
    IMPORT_SCOPE,
    IMPORT_STREAM,
    calendar_stream,
    service_stream,
    tier_scope,
    tier_stream,
)
from services.catalog.domain.state import ImportKnown, ServiceKnown, State, TierKnown
from services.catalog.exporting import entry_document
from services.catalog.format.tiers import Tier
from shared.catalogue.format.model import Service
from shared.commands.command import Command
from shared.commands.system import system_command
from shared.eventstore.port import EventLog
from shared.kernel.actors import CATALOG_TENANT
from shared.kernel.ids import Sha256
from shared.kernel.instants import Instant
from shared.messages import canonical
from shared.periods import CalendarYear
from shared.public_events.scopes import calendar_scope, service_scope


class Publication(Struct, frozen=True, kw_only=True):
    """An entry that is to be published: its plain JSON data under its kind and id."""

    kind: Literal["service", "tier"]
    id: str
    document: Any

    @property
    def scope(self) -> str:
        """The scope of its revisions."""
        return service_scope(self.id) if self.kind == "service" else tier_scope(self.id)

    @property
    def stream(self) -> str:
        """The stream of its revisions."""
        return service_stream(self.id) if self.kind == "service" else tier_stream(self.id)

    def body(self, encoded: bytes, digest: Sha256) -> PublishService | PublishTier:
        """The command that publishes it."""
        if self.kind == "service":
            return PublishService(service=self.id, content_sha256=digest, document=Raw(encoded))
        return PublishTier(tier=self.id, content_sha256=digest, document=Raw(encoded))


def publications(services: Iterable[Service], tiers: Iterable[Tier]) -> list[Publication]:
    """Services and tiers as they are published."""
    return [
        *(Publication(kind="service", id=service.id, document=entry_document(service)) for service in services),
        *(Publication(kind="tier", id=tier.id, document=entry_document(tier)) for tier in tiers),
    ]


async def publish(log: EventLog[State], publication: Publication, now: Instant) -> str:
    """Publish one entry; answers done, or unchanged when this content was published before."""
    command = await _command(log, publication, now)
    return "unchanged" if command is None else (await log.submit(command)).outcome.kind


async def publish_all(log: EventLog[State], entries: Iterable[Publication], now: Instant) -> None:
    """Publish many entries in their order, together."""
    commands = [await _command(log, entry, now) for entry in entries]
    await asyncio.gather(*(log.submit(command) for command in commands if command is not None))


async def _command(log: EventLog[State], publication: Publication, now: Instant) -> Command[Any] | None:
    """None when this content was published before, as the newest revision or as an older one.

    What ships with the program is imported again and again, so it must not return over a revision published since.
    """
    encoded = canonical.encode(publication.document)
    digest = canonical.sha256_of_bytes(encoded)
    state, version = await log.state(CATALOG_TENANT, publication.scope)
    if isinstance(state, ServiceKnown | TierKnown) and digest in state.published:
        return None
    return system_command(
        "catalog",
        CATALOG_TENANT,
        publication.scope,
        publication.stream,
        publication.body(encoded, digest),
        key=("import", publication.id, digest, str(version)),
        received_at=now,
    )


async def is_imported(log: EventLog[State], digest: Sha256) -> bool:
    """Whether what ships with the program under this digest was the last to be imported as a whole."""
    state, _ = await log.state(CATALOG_TENANT, IMPORT_SCOPE)
    return isinstance(state, ImportKnown) and state.content_sha256 == digest


async def conclude_import(log: EventLog[State], digest: Sha256, now: Instant) -> None:
    """Record that everything under this digest is published."""
    _, version = await log.state(CATALOG_TENANT, IMPORT_SCOPE)
    command = system_command(
        "catalog",
        CATALOG_TENANT,
        IMPORT_SCOPE,
        IMPORT_STREAM,
        ConcludeImport(content_sha256=digest),
        key=("import", digest, str(version)),
        received_at=now,
    )
    await log.submit(command)


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
