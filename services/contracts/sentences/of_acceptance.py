"""What the events of acceptance say, invoice requests among them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from services.contracts.sentences.forms import Sentence, coded, no_effect, plain, reasoned
from services.contracts.sentences.wording import CARES, CONCLUSIONS, roles_of
from shared.public_events import acceptance as a
from shared.public_events import after_acceptance as after
from shared.public_events.codes import CODES, DEADLINE_KINDS
from shared.public_events.envelope import PublicEvent
from shared.public_events.invoicing import InvoiceDueDateSet, InvoiceRequested, InvoiceReversed
from shared.public_events.words import BASES, FORMS, SIDES, Words, words


def _submitted(e: a.DeliverableSubmitted) -> Sentence:
    what = e.submission
    if what.evidence_of:
        return Sentence(
            "R-134",
            f"登记{what.evidence_of}佐证：{what.deliverable}第{what.version}次",
            f"Evidence of {what.deliverable} is recorded, number {what.version}",
        )
    return Sentence(
        "R-125",
        f"提交交付物{what.deliverable}第{what.version}版",
        f"Deliverable {what.deliverable} is submitted, version {what.version}",
    )


def _review_started(e: a.ReviewStarted) -> Sentence:
    if e.silence_closes:
        silence = Words("，期满未确认则关闭，不视为验收", "; silence closes it and accepts nothing")
    elif e.silence_accepts:
        silence = Words("，期满未反馈视为验收", "; silence accepts")
    else:
        silence = Words("，逾期不视为验收", "; silence does not accept")
    return Sentence(
        "R-140",
        f"{e.item}第{e.round}轮审核开始{silence.zh}",
        f"Review round {e.round} of {e.item} begins{silence.en}",
    )


def _accepted(e: a.Accepted) -> Sentence:
    basis = BASES[e.basis]
    return Sentence(e.rule, f"{e.item}{basis.zh}", f"{e.item} is {basis.en}")


def _overdue(e: a.Overdue) -> Sentence:
    kind, side = words(DEADLINE_KINDS, e.kind), SIDES[e.side]
    return Sentence(
        "R-145",
        f"{e.item}{kind.zh}逾期（{side.zh}），不视为验收",
        f"{e.item}: {kind.en} is overdue ({side.en}), which accepts nothing",
    )


def _escalated(e: a.Escalated) -> Sentence:
    roles, why = roles_of(e.to_roles), words(CODES, e.reason)
    return Sentence("R-155", f"{e.item}升级至{roles.zh}：{why.zh}", f"{e.item} is escalated to {roles.en}: {why.en}")


def _closed_discrepancy(e: a.DiscrepancyClosed) -> Sentence:
    how = Words("确认解决", "settled") if e.how == "settled" else Words("书面撤回", "withdrawn")
    return Sentence("R-157", f"不符点{e.discrepancy}{how.zh}", f"Discrepancy {e.discrepancy} is {how.en}")


def _answered(e: a.DiscrepancyAnswered) -> Sentence:
    part = Words("", "all") if e.complete else Words("部分", "some")
    return Sentence(
        "R-172", f"乙方答复{e.item}的{part.zh}不符点", f"The provider answers {part.en} discrepancies of {e.item}"
    )


def _agreed(e: a.TreatmentAgreed) -> Sentence:
    names = Words("、".join(e.discrepancies), ", ".join(e.discrepancies))
    open_ones = Words("", "") if e.complete else Words("，其余待定", "; the rest is open")
    return Sentence(
        "R-156",
        f"甲方同意不符点{names.zh}的处理方案{open_ones.zh}",
        f"The customer agrees to the treatment of {names.en}{open_ones.en}",
    )


def _concluded(e: a.DiscussionConcluded) -> Sentence:
    result = CONCLUSIONS[e.result]
    return Sentence("R-158", f"{e.item}讨论达成一致：{result.zh}", f"Agreement on {e.item}: {result.en}")


def _communication(e: a.CommunicationRecorded) -> Sentence:
    if e.form:
        return _signed(e)
    side, kind = SIDES[e.side], words(CODES, e.kind)
    effect = Words("，不再因期满视为验收", "; silence no longer accepts") if e.stopped_silence else Words("", "")
    return Sentence(
        "R-342",
        f"{e.item}{side.zh}书面意见（{kind.zh}）已记录{effect.zh}",
        f"{e.item}: a communication of the {side.en} ({kind.en}) is recorded{effect.en}",
    )


def _signed(e: a.CommunicationRecorded) -> Sentence:
    """One of the acts that an acceptance needs, and what is still missing (R-150)."""
    side, form = SIDES[e.side], words(FORMS, e.form)
    needs = [(SIDES[missing.side], words(FORMS, missing.form)) for missing in e.forms_missing]
    left = Words(
        "、".join(f"{who.zh}的“{what.zh}”" for who, what in needs),
        ", ".join(f"{what.en} of the {who.en}" for who, what in needs),
    )
    rest = Words(f"，尚缺{left.zh}", f"; still missing: {left.en}") if needs else Words("", "")
    return Sentence(
        "R-150", f"{e.item}：已收到{side.zh}的“{form.zh}”{rest.zh}", f"{e.item}: {form.en} of the {side.en}{rest.en}"
    )


def _trial_run(e: after.TrialRunRecorded) -> Sentence:
    what = Words("开始", "starts") if e.what == "started" else Words("结束", "ends")
    return Sentence("R-191", f"试运行于{e.on}{what.zh}", f"The trial run {what.en} on {e.on}")


def _warning(e: after.WarningEvidence) -> Sentence:
    count = len(e.deliveries)
    return Sentence("R-195", f"{e.item}：此前已送达提醒{count}次", f"{e.item}: {count} reminders had been delivered")


def _care_started(e: after.AfterCareStarted) -> Sentence:
    care = words(CARES, e.care)
    unsigned = Words("（报告未签署）", " (report unsigned)") if e.report_unsigned else Words("", "")
    return Sentence(
        "R-246",
        f"{care.zh}开始，至{e.last_day}{unsigned.zh}",
        f"The {care.en} runs from {e.from_day} to {e.last_day}{unsigned.en}",
    )


def _care_ended(e: after.AfterCareEnded) -> Sentence:
    care = words(CARES, e.care)
    return Sentence("R-246", f"{care.zh}结束", f"The {care.en} has ended")


def _invoice(e: InvoiceRequested) -> Sentence:
    due = _due(e.pay_by, provisional=e.provisional)
    return Sentence(
        "R-442",
        f"付款节点{e.line}开票申请：{e.amount} {e.currency}（{e.amount_in_words_zh}）{due.zh}",
        f"Invoice requested for line {e.line}: {e.amount} {e.currency}{due.en}",
    )


def _due(pay_by: date | None, *, provisional: bool) -> Words:
    if pay_by is None:
        return Words("", "")
    if provisional:
        return Words(f"，付款期限暂定至{pay_by}", f", payable by {pay_by} (provisional)")
    return Words(f"，付款期限至{pay_by}", f", payable by {pay_by}")


def _due_date(e: InvoiceDueDateSet) -> Sentence:
    due = _due(e.pay_by, provisional=e.provisional)
    return Sentence("R-446", f"付款节点{e.line}{due.zh}", f"Line {e.line}{due.en}")


SENTENCES: dict[type[PublicEvent], Callable[[Any], Sentence]] = {
    a.DeliverableSubmitted: _submitted,
    a.ReviewStarted: _review_started,
    a.ReviewSuspended: plain(
        "R-153", "{e.item}的审核中止，待{e.waits_for}无不符点", "The review of {e.item} waits for {e.waits_for}"
    ),
    a.DiscrepancyRaised: lambda e: Sentence(
        "R-171",
        f"{e.item}第{e.round}轮提出不符点{len(e.discrepancies)}项",
        f"{len(e.discrepancies)} discrepancies of {e.item} in round {e.round}",
    ),
    a.DiscrepancyAnswered: _answered,
    a.TreatmentAgreed: _agreed,
    a.DiscrepancyClosed: _closed_discrepancy,
    a.ReworkStarted: plain("R-157", "乙方开始整改{e.item}", "The provider starts the rework of {e.item}"),
    a.Resubmitted: plain("R-157", "{e.item}整改后再次提交", "{e.item} is resubmitted after rework"),
    a.DiscussionOpened: plain("R-175", "{e.item}进入双方讨论", "{e.item} goes into discussion"),
    a.DiscussionHeld: plain(
        "R-175", "{e.item}的不符点已于{e.held_on}讨论", "The discrepancies of {e.item} were discussed on {e.held_on}"
    ),
    a.DiscussionConcluded: _concluded,
    a.Accepted: _accepted,
    a.Closed: coded("R-158", "{e.item}关闭，未验收：{code}", "{e.item} is closed, not accepted: {code}", "reason"),
    a.Voided: plain("R-443", "{e.item}的验收经双方更正撤销", "A joint correction voids the acceptance of {e.item}"),
    a.Overdue: _overdue,
    a.OverdueWithdrawn: coded(
        "R-145", "{e.item}逾期标记撤销：{code}", "{e.item} is no longer overdue: {code}", "reason"
    ),
    a.Escalated: _escalated,
    a.CommunicationRecorded: _communication,
    a.CommunicationWithoutEffect: no_effect,
    a.ActConditional: coded(
        "R-401", "{e.item}收到的通知待定：{code}", "An act on {e.item} waits for its decision: {code}", "why"
    ),
    after.TrialRunRecorded: _trial_run,
    a.UseRecorded: plain("R-190", "{e.item}已被实际使用", "{e.item} is in actual use"),
    a.ChangeOfAcceptedRequested: plain(
        "R-205", "要求变更已验收的{e.item}", "A change of the accepted {e.item} is asked for"
    ),
    after.WarningEvidence: _warning,
    after.AfterCareStarted: _care_started,
    after.AfterCareEnded: _care_ended,
    a.RePlanApplied: plain(
        "R-444",
        "价款第{e.price_version}版生效，总价{e.price_total}",
        "Price version {e.price_version}: {e.price_total}",
    ),
    a.RePlanRefused: reasoned(
        "R-444", "价款方案被拒（{e.rule}）：{reason}", "The re-plan is refused ({e.rule}): {reason}"
    ),
    InvoiceRequested: _invoice,
    InvoiceDueDateSet: _due_date,
    InvoiceReversed: plain("R-443", "付款节点{e.line}开票申请撤销", "The invoice request of line {e.line} is reversed"),
}
