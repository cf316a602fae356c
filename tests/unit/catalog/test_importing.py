"""Importing shipped reference data: repeated at every start, it never undoes what was published since (R-020)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.catalog.domain.state import ServiceKnown, State
from services.catalog.importing import Publication, conclude_import, is_imported, publish, publish_all
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


def service(name_zh: str) -> Publication:
    """An entry whose content is its name."""
    return Publication(kind="service", id="alibaba-1", document={"id": "alibaba-1", "name_zh": name_zh})


def tier(name_zh: str) -> Publication:
    """A tier whose content is its name."""
    return Publication(kind="tier", id="gold", document={"id": "gold", "name_zh": name_zh})


@pytest.mark.parametrize("entry", [service, tier])
async def test_r_020_an_import_repeated_changes_nothing_and_never_returns_over_a_newer_revision(
    log: EventLog[State], entry: type[Publication]
) -> None:
    shipped, newer = entry("甲"), entry("乙")
    assert [await publish(log, item, START) for item in (shipped, newer, shipped, newer)] == [
        "done",
        "done",
        "unchanged",
        "unchanged",
    ]
    assert await log.head() == 2


async def test_many_entries_are_published_together_in_their_order(log: EventLog[State]) -> None:
    entries = [service("甲"), tier("金选服务")]
    await publish_all(log, entries, START)
    await publish_all(log, entries, START)
    assert [recorded.type for recorded in await log.read(0)] == [
        "catalog.service_revised.v1",
        "catalog.tier_revised.v1",
    ]
    state, _ = await log.state(CATALOG_TENANT, "service/alibaba-1")
    assert isinstance(state, ServiceKnown)


async def test_only_the_digest_that_was_concluded_last_is_imported(log: EventLog[State]) -> None:
    for digest in ("a" * 64, "b" * 64, "b" * 64):
        await conclude_import(log, digest, START)
    assert await is_imported(log, "b" * 64)
    assert not await is_imported(log, "a" * 64)
    assert await log.head() == 2
