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


async def test_r_026_a_contract_rests_on_another_one_of_the_same_parties(embedded: Player) -> None:
    """The implementation of Alibaba 23: refused alone, drafted on the draft of the basic edition, signed after it."""
    basic = {**drafts.draft("C-23", "alibaba-23", "企业云化IT治理", ON_SIGNING, OFFSETS), "editions": ["basic"]}
    rests = {"services": [{"service": "alibaba-23", "editions": ["implementation"]}], "bought": ["alibaba-23:basic"]}
    body = drafts.draft("C-24", "alibaba-23", "企业云化IT治理实施", ON_SIGNING, OFFSETS)
    body = {**body, "editions": ["implementation"], "selection": {"request": rests}}

    alone = await embedded.act("wang", "/contracts", body, "alone")
    assert (alone.status, alone.code, alone.rule) == (409, "NOT_SOLD_ALONE", "R-026")
    body["after_contracts"] = ["C-23"]
    unknown = await embedded.act("wang", "/contracts", body, "unknown")
    assert unknown.code == "EARLIER_CONTRACT_UNKNOWN"

    await act(embedded, "wang", "/contracts", basic)
    await act(embedded, "wang", "/contracts", body)
    early = await embedded.act("chen", "/contracts/C-24/signatures", await signature_over(embedded, "C-24"), "early")
    assert early.code == "NOT_SOLD_ALONE"
    for contract in ("C-23", "C-24"):
        for who in ("chen", "zhao"):
            await act(embedded, who, f"/contracts/{contract}/signatures", await signature_over(embedded, contract))
    assert (await embedded.read("auditor", "/contracts/C-24"))["state"] == "signed"


async def test_r_335_a_selection_is_composed_again_and_what_is_not_carried_out_is_named(embedded: Player) -> None:
    tier = {"selection_sha256": "0" * 64, "quantities": {"resources": "501"}}
    body = {**drafts.draft("C-9", "alibaba-9", "架构健康检查", ON_SIGNING), "editions": ["basic"], "selection": tier}
    refused = await embedded.act("wang", "/contracts", body, "tier")
    assert (refused.code, refused.rule) == ("SELECTION_NOT_VALID", "R-335")
    guarantee = await embedded.act("wang", "/contracts", drafts.draft("C-34", "kingdee-3.4", "转换", ON_SIGNING), "g")
    assert (guarantee.code, guarantee.rule) == ("NOT_CARRIED_OUT", "R-335")
    assert guarantee.body["detail"].startswith("after_care.guarantee (R-240)")


async def test_r_426_named_in_a_draft_by_somebody_else_nobody_signs(embedded: Player) -> None:
    """A member without a role drafts and names both signatories; both sign, and finance gets no request."""
    body = drafts.draft("C-5", "alibaba-1", "数据中台建设架构咨询", ON_SIGNING)
    roles = [{**role, "subject": NAMED.get((role["side"], role["role"]), role["subject"])} for role in body["roles"]]
    await act(embedded, "liu", "/contracts", {**body, "roles": roles})
    signature = await signature_over(embedded, "C-5")
    for who in ("liu", "sun"):
        answer = await embedded.act(who, "/contracts/C-5/signatures", signature, f"signs-{who}")
        assert (answer.kind, answer.rule) == ("without_effect", "R-426")
    assert await embedded.read_all("finance", "/invoice-requests") == []


NAMED = {("provider", "signatory"): "liu", ("customer", "signatory"): "sun"}
OFFSETS = {"m1.offset": "30d"}


async def signature_over(player: Player, contract: str) -> dict[str, Any]:
    """A signature over the terms as they are shown."""
    terms = await player.read("wang", f"/contracts/{contract}/terms")
    return {"content_sha256": terms["sha256"], "content_version": terms["version"]}
