"""Alibaba 1 (数据中台建设架构咨询): one period over the whole set, silence accepts, a notice comes one minute late.

Dates: T is Thursday 25 September 2025. The rest days of National Day are 1 to 8 October, Saturday the 11th is worked.
The last deliverable is received on 30 September, so five working days are 9, 10, 11, 13 and 14 October (R-129, R-004).
"""

from __future__ import annotations

from typing import Any

from services.demo import drafts
from services.demo.checks import refused, without_effect
from services.demo.story import Story

CONTRACT = "C-2025-001"
ITEM = "delivery"
DOCUMENTS = ("project-charter", "survey-minutes", "data-catalogue", "architecture-design", "modelling-standard")

ADVANCE = drafts.line("advance", "预付款", "30000.00", drafts.SIGNING)
REST = drafts.line("rest", "验收款", "70000.00", drafts.accepted(ITEM))
PRICE = drafts.price("125000", "0.8", "100000", (ADVANCE, REST))


async def play(story: Story) -> None:
    """The whole contract from draft to completion."""
    await _refused_drafts(story)
    await _signing(story)
    await _delivery(story)
    await _calendar_moves(story)
    await _silence(story)


def _draft(**changes: Any) -> drafts.Body:
    return drafts.draft(CONTRACT, "alibaba-1", "数据中台建设架构咨询", {**PRICE, **changes})


async def _refused_drafts(story: Story) -> None:
    story.chapter("起草：价款必须相符，付款须有条件", "drafting: amounts add up, no line without a condition")
    await story.at("2025-09-25 09:00")
    await story.act(
        "wang",
        "起草合同，付款计划少一元",
        "drafts a payment plan that is one yuan short",
        "/contracts",
        _draft(payment_lines=[{**ADVANCE, "amount": "29999.00"}, REST]),
        expect=refused("R-440"),
    )
    await story.act(
        "wang",
        "起草合同，一笔付款没有条件",
        "drafts a payment line without a condition",
        "/contracts",
        _draft(payment_lines=[{**ADVANCE, "conditions": []}, REST]),
        expect=refused("R-222"),
    )
    await story.act("wang", "起草合同", "drafts the contract", "/contracts", _draft())


async def _signing(story: Story) -> None:
    story.chapter("签署：覆盖所示内容，双方各签", "signing: over the content shown, each side for itself")
    await story.at("2025-09-25 10:00")
    shown = await story.read("/terms")
    signature = {"content_sha256": shown["sha256"], "content_version": shown["version"]}
    other = {**signature, "content_sha256": "0" * 64}
    await story.act("chen", "签署另一份内容", "signs another content", "signatures", other, expect=refused("R-425"))
    await story.act("chen", "代表乙方签署", "signs for the provider", "signatures", signature)
    await story.at("2025-09-25 11:00")
    await story.act(
        "li", "代表甲方签署，但并非签署人", "signs without being a signatory", "signatures", signature,
        expect=without_effect("R-426"),
    )  # fmt: skip
    await story.act("zhao", "代表甲方签署", "signs for the customer", "signatures", signature)
    contract = await story.read()
    story.checks.equal("R-425 T 为后签之日 / T is the date of the later signature", "2025-09-25", contract["signed_on"])
    await story.check_requests("R-445 预付款签署即可开票 / prepayment is due on signing", ("advance", "30000.00"))


async def _delivery(story: Story) -> None:
    story.chapter("交付：全部收到才起算", "delivery: the period starts with the last deliverable")
    await story.at("2025-09-28 16:00")
    for name in DOCUMENTS:
        await story.act("wang", f"提交 {name}", f"submits {name}", f"items/{ITEM}/submissions", drafts.submission(name))
    await story.check_due("R-129 未收齐不起算 / nothing runs before the set is complete", "review", ITEM, "")
    await story.at("2025-09-30 15:00")
    training = {"deliverable": "training", "files": [drafts.file("签到表.pdf"), drafts.file("培训照片.zip")]}
    await story.act(
        "wang", "登记培训佐证", "records the evidence of the training", f"items/{ITEM}/submissions", training
    )
    await story.check_due("R-129 T-07 五个工作日 / five working days", "review", ITEM, "2025-10-15 00:00")
    await story.check_counted("R-002 R-004 计入之日 / days counted", "review", ITEM, "10-09 10-10 10-11 10-13 10-14")
    await story.act(
        "wang", "代甲方验收", "accepts for the customer", f"items/{ITEM}/acceptances", await _signature(story),
        expect=refused("R-423"),
    )  # fmt: skip


async def _signature(story: Story) -> drafts.Body:
    return {"form": "written", "content_sha256": (await story.item(ITEM))["content_sha256"]}


async def _calendar_moves(story: Story) -> None:
    story.chapter("期间内调整日历：可延长，不缩短", "the calendar moves inside the period: longer yes, shorter no")
    await story.at("2025-10-10 10:00")
    year = await _year(story, 2025)
    kept = [day for day in year["days"] if day["date"] != "2025-10-11"]
    await _publish(story, "取消10月11日补班", "takes back the make-up day of 11 October", {**year, "days": kept})
    await story.check_due("R-404 延长一日 / one day longer", "review", ITEM, "2025-10-16 00:00")
    await story.check_counted("R-404 计入之日 / days counted", "review", ITEM, "10-09 10-10 10-13 10-14 10-15")
    await _publish(story, "恢复10月11日补班", "makes 11 October a working day again", year)
    await story.check_due("R-404 不因调整缩短 / not shortened again", "review", ITEM, "2025-10-16 00:00")


async def _year(story: Story, number: int) -> dict[str, Any]:
    calendar = await story.player.read("operator", "/catalog/calendars/cn")
    found: dict[str, Any] = next(year for year in calendar["calendar"]["years"] if year["year"] == number)
    return found


async def _publish(story: Story, zh: str, en: str, year: dict[str, Any]) -> None:
    await story.act("operator", zh, en, "/catalog/calendars/cn/years", {"year": year, "reason": zh})


async def _silence(story: Story) -> None:
    story.chapter("沉默视为验收；迟一分钟的通知不生效", "silence accepts; a notice one minute late does not count")
    await story.at("2025-10-15 23:59")
    await story.check_item("R-143 期满之前仍在审核 / still under review", ITEM, "under_review")
    await story.at("2025-10-16 00:01")
    notice = {"aspects": [{"requirement": "3.1.4 建模规范", "finding": "缺少命名规则"}]}
    await story.act(
        "li", "书面提出不符点，迟一分钟", "notifies a discrepancy, one minute late", f"items/{ITEM}/discrepancies", notice,
        expect=without_effect("R-401"),
    )  # fmt: skip
    await story.check_item(
        "R-013 R-185 视为验收，自到期之时生效 / deemed accepted, effective at the due instant",
        ITEM, "accepted", basis="silence", effective="2025-10-16 00:00",
    )  # fmt: skip
    requested = ("advance", "30000.00"), ("rest", "70000.00")
    await story.check_requests("R-188 R-442 验收款申请开票 / the rest is requested", *requested)
    await story.at("2025-10-16 10:00")
    await story.act(
        "li", "事后书面验收", "accepts in writing afterwards", f"items/{ITEM}/acceptances", await _signature(story),
        expect=without_effect("R-148"),
    )  # fmt: skip
    await story.check_requests("R-442 第二个依据不再开票 / a second ground requests nothing", *requested)
    rest = (await story.requests())[-1]
    story.checks.equal("R-440 净额与税额 / net and tax", ("66037.74", "3962.26"), (rest["net"], rest["tax"]))
    story.checks.equal("R-440 大写 / in words", "人民币柒万元整", rest["amount_in_words_zh"])
    state = (await story.read())["state"]
    story.checks.equal("R-322 验收项终结，合同完成 / all items ended: complete", "completed", state)
