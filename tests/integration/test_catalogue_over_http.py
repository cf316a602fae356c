"""Tiers, search, comparison and dependencies over HTTP, as the embedded ledger serves its shipped catalogue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from services.catalog.exporting import entry_document
from services.catalog.loading import load_all
from services.cli.run import CUSTOMER
from services.hosting.embedded import EmbeddedLedger
from shared.kernel.actors import CATALOG_TENANT
from shared.messages import canonical


@pytest.fixture
async def session(tmp_path: Path) -> AsyncIterator[aiohttp.ClientSession]:
    """A catalogue administrator on a ledger that has worked through everything that it started with."""
    async with EmbeddedLedger(tmp_path) as ledger:
        await ledger.settle()
        token = ledger.token("operator", CUSTOMER, CATALOG_TENANT, ("catalog_admin",))
        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession(ledger.base_url, headers=headers) as opened:
            yield opened


async def read(session: aiohttp.ClientSession, path: str, status: int = 200, **query: str) -> Any:
    """The answer to a read, which must have this status."""
    async with session.get(path, params=query) as response:
        assert response.status == status
        return await response.json()


async def test_the_shipped_catalogue_can_be_browsed(session: aiohttp.ClientSession) -> None:
    found = await read(session, "/catalog/search", q="sjzt", provider="alibaba")
    assert "alibaba-1" in {hit["service"] for hit in found["items"]}
    assert len((await read(session, "/catalog/search"))["items"]) == 51
    await read(session, "/catalog/search", provider="nobody", status=400)
    await read(session, "/catalog/search", q="数" * 101, status=400)
    compared = await read(session, "/catalog/services/alibaba-26/comparison", one="basic", other="standard")
    assert "matrix[网络规划].cells.support" in {change["path"] for change in compared["differences"]}
    await read(session, "/catalog/services/alibaba-26/comparison", one="basic", status=400)
    unknown = await read(session, "/catalog/services/alibaba-26/comparison", one="basic", other="gold", status=404)
    assert (unknown["code"], unknown["field"]) == ("EDITION_UNKNOWN", "other")
    dependencies = await read(session, "/catalog/services/alibaba-12/dependencies")
    assert {entry["service"] for entry in dependencies["needed_by"]} == {"alibaba-13"}
    await read(session, "/catalog/services/alibaba-99/dependencies", status=404)


async def test_a_tier_is_read_by_its_revision_and_a_published_one_stays(session: aiohttp.ClientSession) -> None:
    assert {tier["tier"] for tier in (await read(session, "/catalog/tiers"))["items"]} == {
        "standard",
        "advanced",
        "gold",
        "tailored",
    }
    gold = load_all().tier("gold")
    assert gold is not None
    document = {**entry_document(gold), "tagline_zh": "行稳致远"}
    body = {"tier": "gold", "content_sha256": canonical.sha256(document), "document": document}
    async with session.post("/catalog/tiers", json=body, headers={"Idempotency-Key": "gold-2"}) as response:
        assert response.status == 200
        position = response.headers["Ledger-Position"]
    newest = await read(session, "/catalog/tiers/gold", after_position=position)
    assert (newest["revision"], newest["document"]["tagline_zh"]) == (2, "行稳致远")
    first = await read(session, "/catalog/tiers/gold", revision="1")
    assert first["document"]["tagline_zh"] == gold.tagline_zh
    missing = await read(session, "/catalog/tiers/gold", status=404, revision="9")
    assert (missing["code"], missing["field"], missing["detail"]) == ("TIER_UNKNOWN", "revision", "gold@9")
    assert (await read(session, "/catalog/tiers/silver", status=404))["field"] == "tier"


async def test_a_document_that_is_not_in_the_format_is_refused(session: aiohttp.ClientSession) -> None:
    document = {"id": "alibaba-1", "surprise": 1}
    for kind in ("service", "tier"):
        body = {kind: "alibaba-1", "content_sha256": canonical.sha256(document), "document": document}
        async with session.post(f"/catalog/{kind}s", json=body, headers={"Idempotency-Key": kind}) as response:
            problem = await response.json()
            assert (response.status, problem["code"], problem["rule"]) == (400, "CATALOGUE_INVALID", "R-020")
            assert "unknown field `surprise`" in problem["detail"]
