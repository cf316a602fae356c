"""Reads published revisions of the catalogue back from its log, for the import's difference and `catalog diff ID@N`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from services.catalog.domain.decider import tier_scope
from services.catalog.domain.events import ServiceRevised, TierRevised
from shared.eventstore.port import EventLog
from shared.kernel.actors import CATALOG_TENANT
from shared.public_events.scopes import service_scope


async def revisions(log: EventLog[Any], scope: str) -> dict[int, Any]:
    """Every published revision of a service or tier as plain JSON, by its number."""
    found: dict[int, Any] = {}
    after = 0
    while page := await log.read_scope(CATALOG_TENANT, scope, after):
        for recorded in page:
            if isinstance(recorded.data, ServiceRevised | TierRevised):
                found[recorded.data.revision] = msgspec.json.decode(recorded.data.document)
        after = page[-1].position
    return found


async def newest(log: EventLog[Any], scope: str) -> Any | None:
    """The newest revision of a service or tier; None when there is none."""
    known = await revisions(log, scope)
    return known[max(known)] if known else None


async def published(folder: Path, name: str, location: str | None = None) -> Any | None:
    """The revision `ID@N` of a service or tier in a data folder or at a location; None when there is none."""
    from services.cli.logs import PART_BY_NAME, opened  # heavy to load, and only this needs the store

    entry, _, number = name.partition("@")
    if not number.isdecimal() or not (location or (folder / "catalog.db").is_file()):
        return None
    async with opened(folder, PART_BY_NAME["catalog"], location) as log:
        for scope in (service_scope(entry), tier_scope(entry)):
            if (known := (await revisions(log, scope)).get(int(number))) is not None:
                return known
    return None
