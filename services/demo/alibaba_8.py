"""Alibaba 8 (可运维性咨询): no silence rule. The review goes overdue, is escalated, and ends with both signatures.

Dates: T is Wednesday 5 November 2025; T+3, T+10 and T+24 fall on Saturdays and roll to the Monday (R-105, R-005). The
last report is submitted on Wednesday 3 December, five working days are 4, 5, 8, 9 and 10 December (T-08). Thursday the
11th is the date from which the escalation counts (R-013): three working days are 12, 15, 16, five end on the 18th.
"""

from __future__ import annotations

from services.demo import drafts
from services.demo.checks import refused, without_effect
from services.demo.steps import accept, sign_both, submit
from services.demo.story import Story

CONTRACT = "C-2025-008"
REPORTS, REPORT = "reports", "acceptance-report"
PRICE = drafts.price(
    "300000", "0.92", "276000",
    (
        drafts.line("start", "启动款", "82800.00", drafts.SIGNING),
        drafts.line("final", "验收款", "193200.00", drafts.accepted(REPORTS), drafts.accepted(REPORT)),
    ),
)  # fmt: skip


async def play(story: Story) -> None:
    """The whole contract from draft to completion."""
    await _signing(story)
    await _reports(story)
    await _overdue(story)
    await _escalation(story)
    await _both_sign(story)


async def _signing(story: Story) -> None:
    story.chapter("签署与里程碑", "signing and milestones")
    await story.at("2025-11-05 09:00")
    body = drafts.draft(CONTRACT, "alibaba-8", "核心交易系统可运维性咨询", PRICE)
    drafted = await story.act("wang", "起草合同", "drafts the contract", "/contracts", body)
    warned = any(str(value).startswith("R-115") for value in drafted.data.values())
    story.checks.equal("R-115 两日内完成五日审核，起草即警示 / two days for a review of five: warned", True, warned)
    await story.at("2025-11-05 14:00")
    await sign_both(story)
    days = [milestone["planned_on"] for milestone in (await story.read())["milestones"]]
    planned = ["2025-11-10", "2025-11-17", "2025-12-01", "2025-12-03", "2025-12-05"]
    story.checks.equal("R-105 R-005 T+3/10/24/28/30，遇休息日顺延 / rolled to working days", planned, days)


async def _reports(story: Story) -> None:
    story.chapter("四份报告：里程碑随提交达成", "four reports: milestones are met by submission")
    for moment, name in (
        ("2025-11-07 17:00", "start-report"),
        ("2025-11-14 17:00", "survey-report"),
        ("2025-11-28 17:00", "assessment-report"),
    ):
        await story.at(moment)
        await submit(story, REPORTS, name)
    await story.check_due("R-128 报告未齐，不起算 / not complete, nothing runs", "review", REPORTS, "")
    await story.at("2025-12-03 16:00")
    await submit(story, REPORTS, "improvement-plan")
    await story.check_due("T-08 五个工作日 / five working days", "review", REPORTS, "2025-12-11 00:00")
    await story.check_counted("R-004 计入之日 / days counted", "review", REPORTS, "12-04 12-05 12-08 12-09 12-10")
    met = [milestone["on_time"] for milestone in (await story.read())["milestones"]]
    story.checks.equal("R-105 前四个里程碑按期 / four milestones on time", [True, True, True, True, None], met)


async def _overdue(story: Story) -> None:
    story.chapter("逾期只是标记，绝非验收", "overdue is a flag, never an acceptance")
    await story.at("2025-12-08 10:00")
    await accept(
        story, "zhang", REPORTS, "confirmation", "代验收人确认", "confirms in place of the acceptor",
        expect=without_effect("R-426"),
    )  # fmt: skip
    explained = {"cause": "甲方审核尚未完成", "cause_side": "customer"}
    await story.act(
        "wang", "说明里程碑延误原因", "states why the last milestone is late", "milestones/m5/delays", explained
    )
    await story.at("2025-12-11 09:00")
    await story.check_item("R-145 逾期，仍在审核 / overdue, still under review", REPORTS, "under_review")
    await _check_flag(story, 1)
    await story.check_due("R-155 三个工作日后升级 / three working days on", "escalation", "3wd", "2025-12-17 00:00")
    await story.check_due("R-155 五个工作日后升级 / five working days on", "escalation", "5wd", "2025-12-19 00:00")
    await story.check_requests("R-222 未验收不开票 / not accepted, not requested", ("start", "82800.00"))


async def _check_flag(story: Story, expected: int) -> None:
    flags = (await story.item(REPORTS))["overdue"]
    story.checks.equal("R-145 逾期标记数 / flags of lateness", expected, len(flags))


async def _escalation(story: Story) -> None:
    story.chapter("升级：项目经理，再到项目总监", "escalated: to the project managers, then to the directors")
    await story.at("2025-12-17 10:00")
    await _check_escalated(story, "R-155 升级至双方项目经理 / to the project managers", ["project manager"])
    await story.at("2025-12-19 10:00")
    await _check_escalated(
        story, "R-155 再升级至项目总监 / then to the directors", ["project manager", "project director"]
    )
    await story.check_item("R-145 始终不因沉默验收 / silence never accepts", REPORTS, "under_review")


async def _check_escalated(story: Story, what: str, roles: list[str]) -> None:
    entries = await story.player.read_all("auditor", f"/contracts/{CONTRACT}/timeline")
    texts = [entry["text_en"] for entry in entries if entry["type"] == "acceptance.escalated.v1"]
    story.checks.equal(what, roles, [text.split(" to ")[1].split(":")[0] for text in texts])


async def _both_sign(story: Story) -> None:
    story.chapter("验收报告：双方签署同一内容", "the acceptance report: both sides sign one content")
    await submit(story, REPORT, REPORT)
    await story.check_due("T-08 验收报告再五个工作日 / five more for the report", "review", REPORT, "2025-12-27 00:00")
    await accept(
        story, "wang", REPORT, "signature_both", "签署另一份报告", "signs another report",
        expect=refused("R-425"), content="f" * 64,
    )  # fmt: skip
    await accept(story, "wang", REPORT, "signature_both", "代表乙方签署报告", "signs the report for the provider")
    await story.check_item("R-150 一方签署尚不足 / one signature is not enough", REPORT, "under_review")
    await story.at("2025-12-22 09:30")
    await accept(story, "li", REPORT, "signature_both", "代表甲方签署报告", "signs the report for the customer")
    signed = {"basis": "explicit", "effective": "2025-12-22 09:30"}
    await story.check_item("R-150 自后签之时生效 / effective at the later signature", REPORT, "accepted", **signed)
    await story.check_item("R-153 签署报告即确认四份报告 / confirms the four reports", REPORTS, "accepted", **signed)
    await _check_flag(story, 0)
    expected = ("start", "82800.00"), ("final", "193200.00")
    await story.check_requests("R-222 R-442 验收款申请开票 / the final line is requested", *expected)
    contract = await story.read()
    last = contract["milestones"][-1]
    story.checks.equal(
        "T-35 末个里程碑逾期达成 / the last milestone is met late", (False, 1), (last["on_time"], len(last["delays"]))
    )
    story.checks.equal("R-322 合同完成 / complete", "completed", contract["state"])
