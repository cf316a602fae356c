"""Ids may hold `-`: what one contract or organisation calls its things is never in another one's way."""

from __future__ import annotations

from services.cli.run import TENANT
from services.demo import drafts
from services.demo.alibaba_25_change import FORM
from services.demo.player import Player
from shared.public_events.scopes import contract_scope
from tests.e2e.world import act, services_of, signed

# One text each as `item-…-…`, if contract and item were joined by `-`.
ITEMS = {"HT-9-consulting": "reports", "HT-9": "consulting-reports"}
PRICE = drafts.price("100000", "1", "100000", [drafts.line("all", "全部", "100000", drafts.SIGNING)])


async def test_two_contracts_whose_items_would_run_together_both_reach_acceptance(embedded: Player) -> None:
    basic = drafts.draft("HT-9-consulting", "alibaba-9", "驻场服务", PRICE)
    offsets = {f"m{number}.offset": f"{10 * number}d" for number in range(1, 6)}
    consulting = drafts.draft("HT-9", "alibaba-29", "大数据平台迁移咨询", PRICE, offsets)
    await signed(embedded, {**basic, "editions": ["basic"]})
    await signed(embedded, {**consulting, "editions": ["consulting"]})
    for contract, item in ITEMS.items():
        found = await embedded.read("auditor", f"/contracts/{contract}/items")
        assert item in {entry["item"] for entry in found["items"]}
        state, _ = await services_of(embedded)["acceptance"].log.state(TENANT, contract_scope(contract))
        assert item in state.items


async def test_risks_and_changes_that_would_run_together_both_stand(embedded: Player) -> None:
    for contract in ("HT", "HT-2026"):
        await signed(embedded, drafts.draft(contract, "alibaba-25", "调优", PRICE))
    for contract, name in (("HT", "2026-r1"), ("HT-2026", "r1")):
        await act(embedded, "wang", f"/contracts/{contract}/risks", {"risk": name, "description": f"{contract} 延期"})
        form = {**FORM, "change": name, "drafted_on": "2025-09-25", "planned_effect_on": "2025-10-20"}
        await act(embedded, "wang", f"/contracts/{contract}/changes", {**form, "milestone_shifts": []})
    for contract, name in (("HT", "2026-r1"), ("HT-2026", "r1")):
        found = await embedded.read("auditor", f"/contracts/{contract}")
        assert [risk["risk"] for risk in found["risks"]] == [name]
        assert [change["change"] for change in found["changes"]] == [name]


async def test_two_organisations_of_a_tenant_name_an_endpoint_alike(embedded: Player) -> None:
    for who, organisation in (("li", "acme"), ("wang", "cloud")):
        body = {"endpoint": "main", "url": f"https://hooks.{organisation}.example/notices"}
        await act(embedded, who, "/notices/endpoints", body)
        await act(embedded, who, "/notices/endpoints/main/rotate", {})
    for who, organisation in (("li", "acme"), ("wang", "cloud")):
        (found,) = await embedded.read_all(who, "/notices/endpoints")
        assert (found["organisation"], found["generation"]) == (organisation, 2)
