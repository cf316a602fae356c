"""What ships with the program in the catalogue's log: published once, and never over an amendment (R-404)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import replace

from services.catalog.calendars.shipped import load_shipped, shipped_years
from services.catalog.importing import Publication, import_calendar
from services.catalog.service import CATALOG
from services.hosting import reference_data
from services.hosting.reference_data import import_shipped_calendar, import_shipped_catalogue
from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.kernel.actors import CATALOG_TENANT
from shared.kernel.clock import SystemLegalClock, SystemMachineClock
from shared.periods import CalendarYear, WorkCalendar

NOW = "2026-11-21T00:00:00.000Z"


@pytest.fixture
async def log() -> AsyncIterator[EventLog[Any]]:
    """An empty log of the catalogue."""
    log = await open_log(CATALOG, "memory:", SystemLegalClock(), SystemMachineClock())
    yield log
    await log.close()


async def published(log: EventLog[Any]) -> tuple[WorkCalendar, int]:
    """The calendar in the log, and how often it changed."""
    state, version = await log.state(CATALOG_TENANT, "calendar/cn")
    return state.calendar, version


async def test_a_fresh_ledger_gets_the_shipped_calendar_once(log: EventLog[Any]) -> None:
    await import_shipped_calendar(log, NOW)
    first = await published(log)
    await import_shipped_calendar(log, NOW)
    assert first[0] == load_shipped()
    assert await published(log) == first


async def test_r_404_a_year_amended_in_the_ledger_outlives_the_next_start(log: EventLog[Any]) -> None:
    await import_shipped_calendar(log, NOW)
    shipped_2026: CalendarYear = shipped_years()[-1]
    amended = replace(shipped_2026, days=shipped_2026.days[:-1], source="a later notice")
    await import_calendar(log, "cn", [amended], NOW, reason="amended")
    before = await published(log)
    await import_shipped_calendar(log, NOW)
    assert await published(log) == before
    assert before[0].years[-1] == amended


async def test_r_020_the_shipped_catalogue_is_read_and_published_only_when_its_files_have_changed(
    log: EventLog[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    gold = Publication(kind="tier", id="gold", document={"id": "gold"})
    asked: list[str] = []

    def shipped() -> list[Publication]:
        asked.append("read")
        return [gold]

    monkeypatch.setattr(reference_data, "shipped_publications", shipped)
    for digest, reads, events in (("a" * 64, 1, 2), ("a" * 64, 1, 2), ("b" * 64, 2, 3)):
        monkeypatch.setattr(reference_data, "shipped_digest", lambda digest=digest: digest)
        await import_shipped_catalogue(log, NOW)
        assert (len(asked), await log.head()) == (reads, events)
