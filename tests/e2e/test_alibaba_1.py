"""Alibaba 1 over HTTP, from draft to invoice: silence of the customer accepts the whole set (R-143, R-185, R-188)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from services.embedded import VIRTUAL_GRACE_S, EmbeddedLedger
from shared.kernel.clock import VirtualLegalClock
from shared.kernel.ids import derived_id

TENANT = "demo"
CUSTOMER, PROVIDER = "acme", "cloud"
DRAFTED = "2025-09-22T01:00:00.000Z"

# Received on Thursday 25 September 2025, 15:00 Beijing time: day 1 is the 26th, day 5 the 10th of October, because the
# 27th is a Saturday, the 28th a worked Sunday, and the 1st to the 8th are the holiday of National Day and Mid-Autumn.
SUBMITTED = "2025-09-25T07:00:00.000Z"
DUE = "2025-10-09T16:00:00.000Z"

DELIVERABLES = (
    "project-charter",
    "kick-off-material",
    "survey-minutes",
    "data-catalogue",
    "architecture-design",
    "modelling-standard",
    "training",
)


class Party:
    """People of one organisation at their desks."""

    def __init__(self, ledger: EmbeddedLedger, session: aiohttp.ClientSession, organisation: str) -> None:
        self._ledger = ledger
        self._session = session
        self._organisation = organisation

    def _headers(self, person: str, grants: tuple[str, ...] = ()) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._ledger.token(person, self._organisation, TENANT, grants)}"}

    async def post(self, person: str, path: str, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
        headers = {**self._headers(person), "Idempotency-Key": derived_id(person, path, repr(body))}
        async with self._session.post(self._ledger.base_url + path, json=body, headers=headers) as response:
            answer: dict[str, Any] = await response.json(content_type=None)
            assert response.status == status, answer
            return answer

    async def get(self, person: str, path: str, *grants: str) -> dict[str, Any]:
        headers = self._headers(person, grants)
        async with self._session.get(self._ledger.base_url + path, headers=headers) as response:
            answer: dict[str, Any] = await response.json(content_type=None)
            assert response.status == 200, answer
            return answer


DRAFT: dict[str, Any] = {
    "contract": "C1",
    "number": "HT-2025-001",
    "name": "数据中台建设架构咨询",
    "catalog_service": "alibaba-1",
    "customer": {"organisation": CUSTOMER, "name": "某某集团", "tax_id": "91110000000000000X"},
    "provider": {"organisation": PROVIDER, "name": "云计算公司", "tax_id": "91330000000000000Y"},
    "roles": [
        {"role": "signatory", "side": "customer", "subject": "zhao"},
        {"role": "project_manager", "side": "customer", "subject": "zhang"},
        {"role": "acceptor", "side": "customer", "subject": "li"},
        {"role": "signatory", "side": "provider", "subject": "chen"},
        {"role": "project_manager", "side": "provider", "subject": "wang"},
    ],
    "price_rows": [{"name_zh": "标准交付服务", "list_price": "125000", "discount": "0.8", "price": "100000"}],
    "price_total": "100000",
    "payment_lines": [
        {"line_id": "advance", "name_zh": "预付款", "amount": "30000", "conditions": [{"kind": "signing"}]},
        {
            "line_id": "rest",
            "name_zh": "尾款",
            "amount": "70000",
            "conditions": [{"kind": "item_accepted", "item": "delivery"}],
        },
    ],
}


@pytest.fixture
def legal() -> VirtualLegalClock:
    return VirtualLegalClock(DRAFTED)


@pytest.fixture
async def ledger(tmp_path: Path, legal: VirtualLegalClock) -> AsyncIterator[EmbeddedLedger]:
    async with EmbeddedLedger(tmp_path, legal=legal, grace_s=VIRTUAL_GRACE_S) as ledger:
        yield ledger


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_silence_accepts_the_set_at_its_due_instant_and_finance_is_told_once(
    ledger: EmbeddedLedger, session: aiohttp.ClientSession, legal: VirtualLegalClock
) -> None:
    customer, provider = Party(ledger, session, CUSTOMER), Party(ledger, session, PROVIDER)
    await ledger.settle()
    await provider.post("wang", "/contracts", DRAFT, status=201)
    await ledger.settle()
    terms = await customer.get("zhao", "/contracts/C1/terms")
    signature = {"content_sha256": terms["sha256"], "content_version": terms["version"]}
    await provider.post("chen", "/contracts/C1/signatures", signature)
    await customer.post("zhao", "/contracts/C1/signatures", signature)
    await ledger.settle()

    legal.set(SUBMITTED)
    for deliverable in DELIVERABLES:
        file = {
            "name": f"{deliverable}.pdf",
            "sha256": sha256(deliverable.encode()).hexdigest(),
            "size_bytes": 1000,
            "media_type": "application/pdf",
        }
        body = {"deliverable": deliverable, "files": [file]}
        await provider.post("wang", "/contracts/C1/items/delivery/submissions", body)
    await ledger.settle()
    item = await customer.get("li", "/contracts/C1/items/delivery")
    assert item["state"] == "under_review"
    assert [open["deadline"]["derivation"]["due_at"] for open in item["deadlines"]] == [DUE]

    legal.set("2025-10-09T15:59:59.999Z")
    await ledger.settle()
    assert (await customer.get("li", "/contracts/C1/items/delivery"))["state"] == "under_review"
    legal.set("2025-10-12T03:00:00.000Z")
    await ledger.settle()
    item = await customer.get("li", "/contracts/C1/items/delivery")
    assert (item["state"], item["basis"], item["effective_at"]) == ("accepted", "silence", DUE)

    requests = (await provider.get("finance", "/invoice-requests", "finance"))["items"]
    assert [(entry["requested"]["line"], entry["requested"]["amount"]) for entry in requests] == [
        ("advance", "30000.00"),
        ("rest", "70000.00"),
    ]
    contract = await customer.get("zhang", "/contracts/C1")
    assert contract["state"] == "completed"
