"""`POST /catalog/selections` over published revisions, and the contract that is drafted from its answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from services.catalog.exporting import entry_document
from services.catalog.loading import data_folder, read_service
from services.cli.run import CUSTOMER, PROVIDER, TENANT
from services.demo import drafts
from services.hosting.embedded import EmbeddedLedger
from shared.kernel.actors import CATALOG_TENANT
from shared.messages import canonical

PRICE = drafts.price("100000", "1", "100000", [drafts.line("all", "全款", "100000", drafts.SIGNING)])
WANTED = {"service": "alibaba-16", "editions": ["standard"], "quantities": {"scenarios": "1"}}
QUESTION = {"services": [WANTED], "owned_products": ["mPaaS", "PTS"], "applied_on": "2026-09-21"}
REVISED = "Plan of the load test, second edition"


class Party:
    """A ledger with its shipped catalogue, as a project manager of the provider and an administrator use it."""

    def __init__(self, ledger: EmbeddedLedger, session: aiohttp.ClientSession) -> None:
        self.ledger = ledger
        self._session = session
        self._manager = ledger.token("wang", PROVIDER, TENANT)
        self._administrator = ledger.token("operator", CUSTOMER, CATALOG_TENANT, ("catalog_admin",))

    async def post(self, path: str, body: Any, *, as_administrator: bool = False) -> tuple[int, Any, str]:
        """Status, answer and position of a request."""
        token = self._administrator if as_administrator else self._manager
        headers = {"Authorization": f"Bearer {token}"}
        if path != "/catalog/selections":
            headers["Idempotency-Key"] = canonical.sha256(body)
        async with self._session.post(path, json=body, headers=headers) as response:
            return response.status, await response.json(), response.headers.get("Ledger-Position", "")

    async def select(self, **changes: Any) -> Any:
        """The answer to the question, with some members set otherwise."""
        status, answer, _ = await self.post("/catalog/selections", {**QUESTION, **changes})
        assert status == 200
        return answer

    async def draft(self, contract: str, part: Any) -> Any:
        """The terms of a contract that is drafted from a selection, as they are read after it."""
        body = {**drafts.draft(contract, part["catalog_service"], "全链路优化", PRICE), **part}
        status, answer, position = await self.post("/contracts", body)
        assert status == 201, answer
        return await self.terms(contract, position)

    async def terms(self, contract: str, position: str) -> Any:
        """The terms of a contract as they stand at a position or later."""
        headers = {"Authorization": f"Bearer {self._manager}"} | ({"Ledger-Position": position} if position else {})
        async with self._session.get(f"/contracts/{contract}/terms", headers=headers) as response:
            assert response.status == 200
            return (await response.json())["terms"]

    async def publish_next_revision(self) -> None:
        """The catalogue moves on: a deliverable of the service has another English name from now on."""
        service = read_service(data_folder() / "services" / "alibaba-16.yaml").service
        document = entry_document(service)
        document["deliverables"][0]["name_en"] = REVISED
        body = {"service": "alibaba-16", "content_sha256": canonical.sha256(document), "document": document}
        status, answer, _ = await self.post("/catalog/services", body, as_administrator=True)
        assert status == 200, answer
        await self.ledger.settle()


@pytest.fixture
async def party(tmp_path: Path) -> AsyncIterator[Party]:
    async with EmbeddedLedger(tmp_path) as ledger, aiohttp.ClientSession(ledger.base_url) as session:
        await ledger.settle()
        yield Party(ledger, session)


async def test_a_selection_is_a_question_over_the_published_revisions(party: Party) -> None:
    several = [{"service": "alibaba-1", "quantities": {"tables": "51"}}, {"service": "alibaba-26"}]
    answer = await party.select(services=several)
    assert answer["items"][0]["packs"][0]["units"] == 2
    refused = {(finding["rule"], finding["field"]) for finding in answer["violations"]}
    assert ("R-022", "services[1].editions") in refused
    assert not answer["valid"] and [item["draft"] for item in answer["items"]] == [None, None]
    assert (await party.post("/catalog/selections", {"services": []}))[0] in (400, 422)
    nameless = await party.select(services=[{"service": "alibaba-77"}])
    assert [finding["rule"] for finding in nameless["violations"]] == ["R-020"]


async def test_r_014_an_order_keeps_the_revision_that_it_pinned_while_the_catalogue_moves_on(party: Party) -> None:
    before = await party.select()
    assert before["valid"], before["violations"]
    part = before["items"][0]["draft"]
    pinned = await party.draft("C-1", part)
    assert pinned["catalog_revision"] == 1 and pinned["deliverables"][0]["name_en"] != REVISED
    assert pinned["selection"]["selection_sha256"] == before["selection_sha256"]

    await party.publish_next_revision()
    after = await party.select()
    assert (after["items"][0]["revision"], after["selection_sha256"]) != (1, before["selection_sha256"])
    kept = await party.select(services=[{**WANTED, "revision": 1}])
    assert kept["items"][0]["content_sha256"] == before["items"][0]["content_sha256"]
    newest = await party.draft("C-2", after["items"][0]["draft"])
    assert newest["catalog_revision"] == 2 and newest["deliverables"][0]["name_en"] == REVISED
    assert await party.terms("C-1", "") == pinned
    assert (await party.draft("C-3", part))["deliverables"] == pinned["deliverables"]
