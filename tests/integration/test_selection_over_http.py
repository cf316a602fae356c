"""`POST /catalog/selections` and `GET /catalog/search` over published revisions, as the embedded ledger serves them."""

from __future__ import annotations

from pathlib import Path

import aiohttp

from services.cli.run import CUSTOMER, TENANT
from services.embedded import EmbeddedLedger


async def test_a_selection_is_a_question_over_the_published_revisions(tmp_path: Path) -> None:
    async with EmbeddedLedger(tmp_path) as ledger, aiohttp.ClientSession(ledger.base_url) as session:
        await ledger.settle()
        headers = {"Authorization": f"Bearer {ledger.token('zhang', CUSTOMER, TENANT)}"}
        body = {"services": [{"service": "alibaba-1", "quantities": {"tables": "51"}}, {"service": "alibaba-26"}]}
        async with session.post("/catalog/selections", json=body, headers=headers) as response:
            answer = await response.json()
            assert response.status == 200
        assert answer["items"][0]["packs"][0]["units"] == 2
        assert "R-022" in {finding["rule"] for finding in answer["violations"]}
        async with session.post("/catalog/selections", json={"services": []}, headers=headers) as response:
            assert response.status in (400, 422)
        async with session.get("/catalog/search?q=sjzt", headers=headers) as response:
            assert "alibaba-1" in {hit["service"] for hit in (await response.json())["items"]}
