"""Alibaba 25 (大数据实时计算性能调优): the full discrepancy flow over four reviews, and the warranty.

Dates: T is Monday 5 January 2026. Spring Festival rests from 15 to 23 February, Saturday 14 February is worked. Each
expected instant below is counted by hand with the rule beside it; the change is in `alibaba_25_change.py`.
"""

from __future__ import annotations

from decimal import Decimal

from services.demo import drafts
from services.demo.alibaba_25_change import change
from services.demo.checks import refused, without_effect
from services.demo.steps import accept, sign_both, submit
from services.demo.story import Story

CONTRACT = "C-2026-025"
REPORT = "tuning-report"
SURVEY, TUNING, VERIFICATION = "phase-survey", "phase-tuning", "phase-verification"
LINES = (
    drafts.line("survey", "前期调研", "80000.00", drafts.accepted(SURVEY)),
    drafts.line("tuning", "作业调优", "80000.00", drafts.accepted(TUNING)),
    drafts.line("verification", "效果验证", "80000.00", drafts.accepted(VERIFICATION)),
    drafts.line("report", "试运行与报告", "140000.00", drafts.accepted(REPORT)),
    drafts.line("retention", "质保金", "20000.00", drafts.WARRANTY_END),
)
ASPECTS = (
    {"requirement": "4.2.3 结果准确性", "finding": "去重口径与业务不一致"},
    {"requirement": "4.2.3 稳定运行一周", "finding": "第三日发生反压"},
    {"requirement": "4.2.1 文档实质内容", "finding": "缺少参数对照表"},
)


async def play(story: Story) -> None:
    """The whole contract from draft to the end of the warranty."""
    await _signing(story)
    await change(story, LINES)
    await _phases(story)
    await _vague_and_trial_run(story)
    await _first_round(story)
    await _second_round(story)
    await _third_round(story)
    await _acceptance(story)
    await _warranty(story)


async def _signing(story: Story) -> None:
    story.chapter(
        "签署；无交付物的阶段由双方项目经理确认", "signing; phases without a deliverable are confirmed jointly"
    )
    await story.at("2026-01-05 09:00")
    priced = drafts.price("400000", "1", "400000", LINES)
    body = drafts.draft(CONTRACT, "alibaba-25", "实时计算性能调优", priced)
    await story.act("wang", "起草合同", "drafts the contract", "/contracts", body)
    await sign_both(story)
    days = [milestone["planned_on"] for milestone in (await story.read())["milestones"]]
    planned = ["2026-01-06", "2026-01-12", "2026-01-14", "2026-01-19"]
    story.checks.equal("R-106 T+D1/D6/D9/D13，遇休息日顺延 / rolled to working days", planned, days)
    await story.at("2026-01-06 10:00")
    await _confirm(story, SURVEY)
    await story.check_requests("R-222 阶段确认即可开票 / a confirmed phase is requested", ("survey", "80000.00"))


async def _confirm(story: Story, phase: str) -> None:
    await accept(story, "zhang", phase, "joint_confirmation", f"确认阶段 {phase}", f"confirms {phase}")
    await story.check_item("R-222 一方确认尚不足 / one side is not enough", phase, "under_review")
    await accept(story, "wang", phase, "joint_confirmation", f"确认阶段 {phase}", f"confirms {phase}")


async def _phases(story: Story) -> None:
    story.chapter("其余阶段与报告", "the other phases and the report")
    await story.at("2026-01-14 10:00")
    await _confirm(story, VERIFICATION)
    await story.at("2026-01-15 09:30")
    await story.act(
        "wang",
        "登记试运行开始",
        "records the start of the trial run",
        "trial-runs",
        {"what": "started", "on": "2026-01-15"},
    )
    await story.at("2026-01-19 15:00")
    await submit(story, REPORT, REPORT)
    await story.check_due("T-11 五个工作日 / five working days", "review", REPORT, "2026-01-27 00:00")


async def _vague_and_trial_run(story: Story) -> None:
    story.chapter("试运行不算使用；空泛的意见不算不符点", "a trial run is no use; a vague complaint is no discrepancy")
    await story.at("2026-01-21 10:00")
    use = {"used_at": "2026-01-20T02:00:00.000Z", "description": "试运行期间双写比对", "evidence_sha256": "a" * 64}
    await story.act("wang", "登记试运行中的使用", "records use in the trial run", f"items/{REPORT}/uses", use)
    vague = {"aspects": [], "text": "整体感觉不太好"}
    await story.act(
        "li", "笼统表示不满意", "complains in general", f"items/{REPORT}/discrepancies", vague,
        expect=without_effect("R-179"),
    )  # fmt: skip
    await story.check_item("R-191 R-179 仍在审核 / still under review", REPORT, "under_review")


async def _first_round(story: Story) -> None:
    story.chapter("第一轮：分项答复，部分同意", "round one: answers in parts, a partial agreement")
    await story.at("2026-01-23 16:00")
    notice = {"aspects": list(ASPECTS)}
    await story.act(
        "zhang", "书面提出三项不符点", "notifies three discrepancies", f"items/{REPORT}/discrepancies", notice
    )
    await story.check_item("R-142 R-074 项目经理的通知有效 / the manager's notice counts", REPORT, "discrepancy_open")
    await story.check_due("R-142 审核期停止 / the review stops", "review", REPORT, "")
    await story.check_due("T-12 十个工作日 / ten working days", "response", REPORT, "2026-02-07 00:00")
    await story.at("2026-01-26 10:00")
    await _answer(story, ("d1", "统一去重口径", "2026-02-03"), ("d2", "扩容并调整检查点", "2026-02-02"))
    await story.at("2026-01-27 10:00")
    await _answer(story, ("d3", "下个版本补充", "2026-03-31"))
    await _agree(story, "d1", "d2")
    await story.check_item("R-156 部分同意，方案未成 / agreed in part: no plan yet", REPORT, "discrepancy_open")
    await story.check_due("R-156 答复期继续 / the period goes on", "response", REPORT, "2026-02-07 00:00")
    await story.at("2026-01-29 11:00")
    await _answer(story, ("d3", "补充参数对照表", "2026-02-03"))
    await _agree(story, "d3")
    await story.check_item("R-156 全部同意，方案成立 / all agreed", REPORT, "plan_agreed")
    await story.check_due("R-156 答复期停止 / the period stops", "response", REPORT, "")
    await story.check_due(
        "R-156 更正日即乙方期限 / correction dates are deadlines", "correction", "d2", "2026-02-03 00:00"
    )


async def _answer(story: Story, *treatments: tuple[str, str, str]) -> None:
    rows = [{"discrepancy": name, "treatment": how, "correct_by": by} for name, how, by in treatments]
    names = "、".join(row["discrepancy"] for row in rows)
    await story.act("wang", f"答复 {names}", f"answers {names}", f"items/{REPORT}/answers", {"treatments": rows})


async def _agree(story: Story, *names: str) -> None:
    zh, en = f"同意 {'、'.join(names)} 的处理", f"agrees to the treatment of {', '.join(names)}"
    await story.act("li", zh, en, f"items/{REPORT}/agreements", {"discrepancies": list(names)})


async def _second_round(story: Story) -> None:
    story.chapter("第二轮：再次异议，三日内讨论", "round two: a second objection, a discussion within three days")
    await story.at("2026-02-02 17:00")
    await _resubmit(story, 2, "d1", "d2", "d3")
    await story.check_due("T-13 复审五个工作日 / re-review, five working days", "re_review", REPORT, "2026-02-10 00:00")
    await _settled(story, "d2")
    await _settled(story, "d3")
    await story.at("2026-02-09 17:00")
    again = {"aspects": [{**ASPECTS[0], "finding": "跨日数据仍重复", "discrepancy": "d1"}]}
    await story.act("li", "再次提出 d1", "finds d1 again", f"items/{REPORT}/discrepancies", again)
    await story.check_item("R-146 进入讨论 / in discussion", REPORT, "in_discussion")
    await story.check_due("T-14 三个工作日 / three working days", "discussion", REPORT, "2026-02-13 00:00")
    await story.at("2026-02-12 15:00")
    await _conclude(story, "wang", "2026-02-28")
    await _conclude(story, "zhang", "2026-02-13")
    await story.check_item("R-158 内容不同，尚未一致 / not the same, no agreement", REPORT, "in_discussion")
    await _conclude(story, "wang", "2026-02-13")
    await story.check_item("R-158 双方一致，再次整改 / both agree: rework", REPORT, "plan_agreed")


async def _resubmit(story: Story, version: int, *done: str) -> None:
    body = {
        "versions": [drafts.submission(REPORT, version)],
        "done": [{"discrepancy": name, "done": "已按约定更正"} for name in done],
    }
    zh, en = f"重新提交第 {version} 版", f"resubmits version {version}"
    await story.act("wang", zh, en, f"items/{REPORT}/resubmissions", body)


async def _settled(story: Story, name: str) -> None:
    body = {"discrepancy": name, "how": "settled"}
    await story.act(
        "li", f"确认 {name} 已解决", f"confirms {name} as settled", f"items/{REPORT}/closed-discrepancies", body
    )


async def _conclude(story: Story, who: str, correct_by: str, *, counts: bool = True) -> None:
    treatment = {"discrepancy": "d1", "treatment": "按业务日去重", "correct_by": correct_by}
    await story.act(
        who,
        f"同意再次整改，{correct_by} 前完成",
        f"agrees to rework until {correct_by}",
        f"items/{REPORT}/conclusions",
        {"result": "rework", "treatments": [treatment]},
        **({} if counts else {"expect": without_effect("R-426")}),
    )


async def _third_round(story: Story) -> None:
    story.chapter("第三轮：春节内不计，升级至项目总监", "round three: Spring Festival does not count; to the directors")
    await story.at("2026-02-13 18:00")
    await _resubmit(story, 3, "d1")
    await story.check_due("T-13 R-002 春节不计 / the festival does not count", "re_review", REPORT, "2026-02-28 00:00")
    await story.check_counted(
        "R-002 调休上班日计入 / the make-up Saturday counts", "re_review", REPORT, "02-14 02-24 02-25 02-26 02-27"
    )
    await story.at("2026-02-26 11:00")
    again = {"aspects": [{**ASPECTS[0], "finding": "月末跨日仍重复一条", "discrepancy": "d1"}]}
    await story.act("li", "第三次提出 d1", "finds d1 a third time", f"items/{REPORT}/discrepancies", again)
    await story.check_item("R-176 升级 / escalated", REPORT, "escalated")
    await _conclude(story, "zhang", "2026-03-06", counts=False)
    await story.at("2026-03-02 10:00")
    await _conclude(story, "yang", "2026-03-06")
    await _conclude(story, "qian", "2026-03-06")
    await story.check_item("R-158 项目总监一致 / the directors agree", REPORT, "plan_agreed")


async def _acceptance(story: Story) -> None:
    story.chapter(
        "第四次审核：复审沉默只是逾期，签署才验收", "the fourth review: silence is overdue, a signature accepts"
    )
    await story.at("2026-03-04 10:00")
    await _resubmit(story, 4, "d1")
    await story.check_due("T-13 五个工作日 / five working days", "re_review", REPORT, "2026-03-12 00:00")
    await story.act(
        "wang",
        "登记试运行结束",
        "records the end of the trial run",
        "trial-runs",
        {"what": "ended", "on": "2026-03-04"},
    )
    await story.at("2026-03-12 10:00")
    await story.check_item("R-192 复审沉默不视为验收 / re-review: silence does not accept", REPORT, "re_review")
    story.checks.equal("R-192 逾期标记 / overdue", 1, len((await story.item(REPORT))["overdue"]))
    await accept(story, "chen", REPORT, "signature", "代甲方签署", "signs for the customer", expect=refused("R-423"))
    await accept(story, "li", REPORT, "signature", "签署《实时场景调优报告》", "signs the tuning report")
    await story.check_item(
        "R-159 签署之时验收 / accepted by signature", REPORT, "accepted", basis="explicit", effective="2026-03-12 10:00"
    )
    await story.check_requests(
        "R-442 R-444 按新价款申请开票 / requested at the new price",
        ("survey", "80000.00"), ("tuning", "80000.00"), ("verification", "80000.00"), ("report", "180000.00"),
    )  # fmt: skip


async def _warranty(story: Story) -> None:
    story.chapter("质保一个月，不顺延；期满付质保金", "a warranty of one month, not rolled; then the retention")
    await story.check_due(
        "T-31 R-006 次月对应日 / same day of the next month", "after_care_end", "warranty", "2026-04-13 00:00"
    )
    await story.at("2026-04-12 23:59")
    state = (await story.read())["state"]
    story.checks.equal("R-322 合同完成 / complete", "completed", state)
    await story.at("2026-04-13 00:01")
    requests = await story.requests()
    found = [(request["line"], request["amount"], request["basis"]) for request in requests[-1:]]
    expected = [("retention", "20000.00", ["warranty_end"])]
    story.checks.equal("R-445 R-011 周日期满，质保金申请开票 / ends on a Sunday, retention requested", expected, found)
    total = sum(Decimal(request["amount"]) for request in requests)
    story.checks.equal("R-440 开票合计等于合同价 / requests add up to the price", Decimal("440000.00"), total)
