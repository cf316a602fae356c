"""Reads published revisions of the catalogue back from its log, for the import's difference and `catalog diff ID@N`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from services.catalog.domain.events import ServiceRevised
from shared.eventstore.port import EventLog
from shared.kernel.actors import CATALOG_TENANT
from shared.public_events.scopes import service_scope


async def revisions(log: EventLog[Any], service: str) -> dict[int, Any]:
    """Every published revision of a service as plain JSON, by its number."""
    found: dict[int, Any] = {}
    after = 0
    while page := await log.read_scope(CATALOG_TENANT, service_scope(service), after):
        for recorded in page:
            if isinstance(recorded.data, ServiceRevised):
                found[recorded.data.revision] = msgspec.json.decode(recorded.data.document)
        after = page[-1].position
    return found


async def published(folder: Path, name: str) -> Any | None:
    """The revision `SERVICE@N` of a data folder; None when there is none."""
    from services.cli.logs import PART_BY_NAME, opened  # heavy to load, and only this needs the store

    service, _, number = name.partition("@")
    if not number.isdecimal() or not (folder / "catalog.db").is_file():
        return None
    async with opened(folder, PART_BY_NAME["catalog"]) as log:
        return (await revisions(log, service)).get(int(number))
