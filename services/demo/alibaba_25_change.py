"""The change inside Alibaba 25: it moves a milestone and the price (R-200..R-204, R-444), after a risk notice (R-215).

The complete form is submitted on Wednesday 7 January 2026. Five working days ahead: the first day whose fifth working
day before it is not earlier than the 7th is Wednesday the 14th (13, 12, 9, 8, 7; T-27). Planned was the 12th, the last
signature is of the 9th, so the change takes effect on the 14th (R-204).
"""

from __future__ import annotations

from collections.abc import Sequence

from services.demo import drafts
from services.demo.checks import refused
from services.demo.steps import accept
from services.demo.story import Story

CHANGE = "CR-1"
FORM = {
    "change": CHANGE,
    "form_number": "BG-2026-001",
    "drafted_on": "2026-01-07",
    "drafted_by": "wang / 乙方项目经理",
    "reason_code": "scope",
    "reason": "新增一个实时作业",
    "description": "增加订单实时作业的调优，试运行延至1月26日",
    "cost_impact": "合同价由400000元增至440000元",
    "planned_effect_on": "2026-01-12",
    "milestone_shifts": [{"milestone": "m4", "planned_on": "2026-01-26"}],
}


async def change(story: Story, lines: Sequence[drafts.Body]) -> None:
    """From the risk notice to the effect of the change; `lines` is the payment plan as signed."""
    await _risk(story)
    content, supplement = await _form(story, lines)
    await _signatures(story, content, supplement)
    await _effect(story)


async def _risk(story: Story) -> None:
    story.chapter("风险通报，三日内答复", "a risk notice, to be answered within three days")
    await story.at("2026-01-07 09:00")
    risk = {"risk": "RK-1", "description": "上游新增作业未纳入范围", "proposal": "走变更流程"}
    await story.act("wang", "通报风险", "reports a risk", "risks", risk)
    await story.check_due("T-28 三日，周六顺延 / three days, Saturday rolls", "risk_answer", "RK-1", "2026-01-13 00:00")
    answer = {"answer": "同意走变更流程", "agreed_control": "变更单 BG-2026-001"}
    await story.act("zhang", "答复风险", "answers the risk notice", "risks/RK-1/answers", answer)
    await story.check_due("R-216 期限已结 / the period is met", "risk_answer", "RK-1", "")


async def _form(story: Story, lines: Sequence[drafts.Body]) -> tuple[str, str]:
    """The form; returns what its signatures and those of the supplementary agreement cover."""
    story.chapter("变更单：须完整，提前五个工作日", "the change form: complete, five working days ahead")
    dearer = [{**line, "amount": "180000.00"} if line["line_id"] == "report" else line for line in lines]
    re_plan = {**drafts.price("500000", "0.88", "440000", dearer), "drawn_on_price_version": 1}
    incomplete = {**FORM, "reason": "", "re_plan": re_plan}
    await story.act(
        "wang", "提交不完整的变更单", "submits an incomplete form", "changes", incomplete, expect=refused("R-201")
    )
    requested = await story.act(
        "wang", "提交变更单", "submits the change form", "changes", {**FORM, "re_plan": re_plan}
    )
    story.checks.equal(
        "T-27 R-200 最早生效日 / earliest effect", "2026-01-14", requested.data.get("earliest_effect_on")
    )
    return requested.data["content_sha256"], requested.data["supplement_sha256"]


async def _signatures(story: Story, content: str, supplement: str) -> None:
    story.chapter("双方批准，并签补充协议", "both sides approve, and sign the supplementary agreement")
    await story.at("2026-01-08 10:00")
    form = {"content_sha256": content, "content_version": 1}
    agreement = {"content_sha256": supplement, "content_version": 1}
    for who in ("sun", "liu"):
        await story.act(who, "评估可行", "finds it feasible", f"changes/{CHANGE}/assessments", {"feasible": True})
        await story.act(who, "签署变更单", "signs the form", f"changes/{CHANGE}/signatures", form)
    await story.act(
        "chen",
        "签署补充协议",
        "signs the supplementary agreement",
        f"changes/{CHANGE}/supplement-signatures",
        agreement,
    )
    status = (await story.read())["changes"][0]["status"]
    story.checks.equal("R-204 补充协议未双签，不生效 / one signature is missing", "requested", status)
    await story.at("2026-01-09 16:00")
    await story.act(
        "zhao",
        "签署补充协议",
        "signs the supplementary agreement",
        f"changes/{CHANGE}/supplement-signatures",
        agreement,
    )
    found = (await story.read())["changes"][0]
    story.checks.equal(
        "R-204 生效日取最晚者 / effect on the latest date",
        ("approved", "2026-01-14"),
        (found["status"], found["effective_on"]),
    )


async def _effect(story: Story) -> None:
    story.chapter("生效前按原价，生效后整体适用", "the old price until then, the new one as a whole")
    await story.at("2026-01-12 11:00")
    for who in ("zhang", "wang"):
        await accept(story, who, "phase-tuning", "joint_confirmation", "确认阶段 phase-tuning", "confirms phase-tuning")
    await story.at("2026-01-13 23:59")
    await _check_terms(story, "R-444 生效前 / before", "400000.00", 1, "2026-01-19")
    await story.at("2026-01-14 00:01")
    await _check_terms(story, "R-444 R-211 生效后 / after", "440000.00", 2, "2026-01-26")
    settlement = await story.read("/settlement")
    state = {line["line"]: (line["amount"], line["state"]) for line in settlement["lines"]}
    story.checks.equal(
        "R-444 已申请开票的付款节点不变 / requested lines stay", ("80000.00", "requested"), state["tuning"]
    )
    story.checks.equal(
        "R-444 差额归未申请开票的付款节点 / the difference goes to an open line", ("180000.00", "open"), state["report"]
    )


async def _check_terms(story: Story, what: str, total: str, version: int, last_milestone: str) -> None:
    contract = await story.read()
    found = contract["price_total"], contract["price_version"], contract["milestones"][-1]["planned_on"]
    story.checks.equal(
        f"{what}：价款、版本、末个里程碑 price, version, last milestone", (total, version, last_milestone), found
    )
