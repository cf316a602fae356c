"""Contracts of other services than the demonstration, over HTTP: timers by deliverable, milestones without a report."""

from __future__ import annotations

from typing import Any

from services.demo import drafts
from services.demo.player import Player
from tests.e2e.world import act, requested_lines, signed

ON_SIGNING = drafts.price("100000", "1", "100000", [drafts.line("all", "全款", "100000", drafts.SIGNING)])


async def of_item(player: Player, contract: str, item: str) -> dict[str, Any]:
    """The item as the auditor sees it."""
    found: dict[str, Any] = await player.read("auditor", f"/contracts/{contract}/items/{item}")
    return found


async def test_r_130_each_deliverable_of_alibaba_15_has_a_review_of_its_own(embedded: Player) -> None:
    """What was submitted is deemed passed by itself; the project still needs its report (R-153)."""
    owned = {"request": {"services": [{"service": "alibaba-15"}], "owned_products": ["移动开发平台mPaaS"]}}
    body = drafts.draft("C-15", "alibaba-15", "mPaaS客户端优化", ON_SIGNING)
    await signed(embedded, {**body, "selection": owned})
    await embedded.until("2025-10-09 10:00")
    report, strategy = "deliverable.optimisation-report", "deliverable.long-term-strategy"
    submission = drafts.submission("optimisation-report")
    await act(embedded, "wang", f"/contracts/C-15/items/{report}/submissions", submission)
    assert (await of_item(embedded, "C-15", report))["state"] == "under_review"
    assert (await of_item(embedded, "C-15", strategy))["state"] == "planned"
    await embedded.until("2025-10-17 09:00")
    states = [(await of_item(embedded, "C-15", name))["state"] for name in (report, strategy, "project")]
    assert states == ["accepted", "planned", "planned"]


async def test_r_222_both_project_managers_confirm_a_milestone_of_alibaba_29(embedded: Player) -> None:
    offsets = {f"m{number}.offset": f"{10 * number}d" for number in range(1, 6)}
    body = drafts.draft("C-29", "alibaba-29", "大数据平台迁移咨询", ON_SIGNING, offsets)
    await signed(embedded, {**body, "editions": ["consulting"]})
    for who in ("zhang", "wang"):
        item = await of_item(embedded, "C-29", "m1.confirmation")
        acceptance = {"form": "joint_confirmation", "content_sha256": item["content_sha256"]}
        await act(embedded, who, "/contracts/C-29/items/m1.confirmation/acceptances", acceptance)
    assert (await of_item(embedded, "C-29", "m1.confirmation"))["state"] == "accepted"
    contract = await embedded.read("auditor", "/contracts/C-29")
    met = {milestone["milestone"]: milestone["met_at"] for milestone in contract["milestones"]}
    assert met["m1"] and not met["m2"]


async def test_r_150_alibaba_29_is_accepted_by_both_signatures_and_the_online_confirmation(embedded: Player) -> None:
    offsets = {f"m{number}.offset": f"{10 * number}d" for number in range(1, 6)}
    on_report = drafts.line("all", "全款", "100000", drafts.accepted("acceptance-report"))
    body = drafts.draft("C-29", "alibaba-29", "咨询", drafts.price("100000", "1", "100000", [on_report]), offsets)
    await signed(embedded, {**body, "editions": ["consulting"]})
    for item, names in (
        ("consulting-reports", ("kick-off-report", "consulting-report")),
        ("acceptance-report", ("acceptance-report",)),
    ):
        for name in names:
            await act(embedded, "wang", f"/contracts/C-29/items/{item}/submissions", drafts.submission(name))
    path = "/contracts/C-29/items/acceptance-report/acceptances"

    async def accepts(who: str, form: str) -> dict[str, Any]:
        content = (await of_item(embedded, "C-29", "acceptance-report"))["content_sha256"]
        await act(embedded, who, path, {"form": form, "content_sha256": content})
        return await of_item(embedded, "C-29", "acceptance-report")

    await accepts("wang", "signature_both")
    both_signed = await accepts("li", "signature_both")
    assert both_signed["state"] == "under_review"
    assert both_signed["forms_missing"] == [{"side": "customer", "forms": ["online_confirmation"]}]
    assert await requested_lines(embedded, "C-29") == []
    assert (await accepts("li", "online_confirmation"))["state"] == "accepted"
    assert await requested_lines(embedded, "C-29") == ["all"]
