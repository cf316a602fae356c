"""Importing shipped reference data: repeated at every start, it never undoes what was published since (R-020)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.catalog.domain.state import ServiceKnown, State
from services.catalog.importing import import_service
from services.catalog.service import CATALOG
from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.kernel.actors import CATALOG_TENANT
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock
from shared.testing.spec import START


@pytest.fixture
async def log() -> AsyncIterator[EventLog[State]]:
    """An empty catalogue in memory."""
    opened = await open_log(CATALOG, "memory:", VirtualLegalClock(START), SystemMachineClock())
    yield opened
    await opened.close()


async def test_r_020_an_import_repeated_changes_nothing_and_never_returns_over_a_newer_revision(
    log: EventLog[State],
) -> None:
    shipped, newer = {"id": "alibaba-1", "name_zh": "甲"}, {"id": "alibaba-1", "name_zh": "乙"}
    outcomes = [
        await import_service(log, "alibaba-1", document, START) for document in (shipped, newer, shipped, newer)
    ]
    state, _ = await log.state(CATALOG_TENANT, "service/alibaba-1")
    assert outcomes == ["done", "done", "unchanged", "unchanged"]
    assert isinstance(state, ServiceKnown)
    assert len(state.published) == 2
