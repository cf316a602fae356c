"""What a public event says in one sentence, in Chinese and in English, and the rule that it rests on.

Sentences name items, documents and rules, never persons: who acted stands beside them in the timeline.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from services.contracts.projections.wording import (
    ACTS,
    BASES,
    CARES,
    CONCLUSIONS,
    DEADLINE_KINDS,
    DECISIONS,
    REASONS,
    ROLES,
    SIDES,
    Words,
    names_of,
    time_of,
)
from shared.deadlines.model import Deadline
from shared.public_events import acceptance as a
from shared.public_events import contracts as c
from shared.public_events import deadlines as d
from shared.public_events import notices as n
from shared.public_events.envelope import PublicEvent
from shared.public_events.invoicing import InvoiceRequested, InvoiceReversed
from shared.public_events.terms import RoleHolder


class Sentence(NamedTuple):
    """One event in words."""

    rule: str
    zh: str
    en: str


def sentence(event: PublicEvent) -> Sentence:
    """The sentence of an event; its type where nothing better is known, so that a new type is never hidden."""
    say = SENTENCES.get(type(event))
    return say(event) if say else Sentence("", event.TYPE, event.TYPE)


def _role(holder: RoleHolder) -> Words:
    side, role = SIDES[holder.side], ROLES[holder.role]
    return Words(f"{side.zh}{role.zh}", f"{role.en} of the {side.en}")


def _role_appointed(e: c.RoleAppointed) -> Sentence:
    who, since = _role(e.holder), time_of(e.holder.held_from)
    return Sentence("R-422", f"指定{who.zh}，自{since}起", f"A {who.en} is appointed from {since}")


def _role_revoked(e: c.RoleRevoked) -> Sentence:
    who, until = _role(e.holder), time_of(e.holder.held_to)
    return Sentence("R-427", f"{who.zh}职责终止于{until}", f"The role of a {who.en} ends at {until}")


def _extended(e: c.ContractExtended) -> Sentence:
    side, what = SIDES[e.cause_side], "、".join((*e.milestones, *e.items))
    return Sentence(
        "R-114",
        f"双方同意顺延{e.days}天（{what}），原因（{side.zh}）：{e.cause}",
        f"Both sides extend {what} by {e.days} days; cause ({side.en}): {e.cause}",
    )


def _change_requested(e: c.ChangeRequested) -> Sentence:
    price = Words("，涉及价款", ", with a price change") if e.re_plan else Words("", "")
    return Sentence(
        "R-201",
        f"提交变更单{e.form_number}（{e.change}）{price.zh}，最早生效日{e.earliest_effect_on}",
        f"Change form {e.form_number} ({e.change}) is submitted{price.en}; earliest effect {e.earliest_effect_on}",
    )


def _change_decided(e: c.ChangeDecided) -> Sentence:
    decision = DECISIONS[e.decision]
    on = Words(f"，生效日{e.effective_on}", f", in effect on {e.effective_on}") if e.effective_on else Words("", "")
    return Sentence("R-203", f"变更{e.change}{decision.zh}{on.zh}", f"Change {e.change} is {decision.en}{on.en}")


def _risk_answered(e: c.RiskAnswered) -> Sentence:
    late = Words("", "") if e.in_time else Words("（逾期）", " (late)")
    return Sentence(
        "R-216", f"甲方答复风险通报{e.risk}{late.zh}", f"The customer answers risk notice {e.risk}{late.en}"
    )


def _milestone_met(e: c.MilestoneMet) -> Sentence:
    late = Words("按期", "on time") if e.on_time else Words("逾期", "late")
    return Sentence("R-105", f"里程碑{e.milestone}{late.zh}达成", f"Milestone {e.milestone} is reached {late.en}")


def _settled(e: c.SettledThrough) -> Sentence:
    through = time_of(e.through)
    return Sentence("R-401", f"{through}之前收到的通知均已处理", f"Everything received before {through} is decided")


def _no_effect(e: c.ContractCommunicationWithoutEffect | a.CommunicationWithoutEffect) -> Sentence:
    act = ACTS.get(e.act, Words(e.act, e.act))
    return Sentence(
        e.rule,
        f"“{act.zh}”已记录但不生效（{e.rule}）：{e.reason}",
        f"“{act.en}” is recorded without effect ({e.rule}): {e.reason}",
    )


def _submitted(e: a.DeliverableSubmitted) -> Sentence:
    what = e.submission
    return Sentence(
        "R-125",
        f"提交交付物{what.deliverable}第{what.version}版",
        f"Deliverable {what.deliverable} is submitted, version {what.version}",
    )


def _review_started(e: a.ReviewStarted) -> Sentence:
    silence = (
        Words("，期满未反馈视同通过", "; silence accepts")
        if e.silence_accepts
        else Words("，逾期不视同通过", "; silence does not accept")
    )
    return Sentence(
        "R-140",
        f"{e.item}第{e.round}轮审核开始{silence.zh}",
        f"Review round {e.round} of {e.item} begins{silence.en}",
    )


def _accepted(e: a.Accepted) -> Sentence:
    basis = BASES[e.basis]
    return Sentence(e.rule, f"{e.item}{basis.zh}", f"{e.item} is {basis.en}")


def _overdue(e: a.Overdue) -> Sentence:
    kind, side = DEADLINE_KINDS.get(e.kind, Words(e.kind, e.kind)), SIDES[e.side]
    return Sentence(
        "R-145",
        f"{e.item}{kind.zh}逾期（{side.zh}），不视为验收",
        f"{e.item}: {kind.en} is overdue ({side.en}), which accepts nothing",
    )


def _escalated(e: a.Escalated) -> Sentence:
    roles = names_of(e.to_roles)
    return Sentence(
        "R-155", f"{e.item}升级至{roles.zh}：{e.reason}", f"{e.item} is escalated to {roles.en}: {e.reason}"
    )


def _closed_discrepancy(e: a.DiscrepancyClosed) -> Sentence:
    how = Words("确认解决", "settled") if e.how == "settled" else Words("书面撤回", "withdrawn")
    return Sentence("R-157", f"不符点{e.discrepancy}{how.zh}", f"Discrepancy {e.discrepancy} is {how.en}")


def _answered(e: a.DiscrepancyAnswered) -> Sentence:
    part = Words("", "all") if e.complete else Words("部分", "some")
    return Sentence(
        "R-172", f"乙方答复{e.item}的{part.zh}不符点", f"The provider answers {part.en} discrepancies of {e.item}"
    )


def _agreed(e: a.TreatmentAgreed) -> Sentence:
    names = ", ".join(e.discrepancies)
    open_ones = Words("", "") if e.complete else Words("，其余待定", "; the rest is open")
    return Sentence(
        "R-156",
        f"甲方同意不符点{names}的处理方案{open_ones.zh}",
        f"The customer agrees to the treatment of {names}{open_ones.en}",
    )


def _concluded(e: a.DiscussionConcluded) -> Sentence:
    result = CONCLUSIONS[e.result]
    return Sentence("R-158", f"{e.item}讨论达成一致：{result.zh}", f"Agreement on {e.item}: {result.en}")


def _communication(e: a.CommunicationRecorded) -> Sentence:
    side = SIDES[e.side]
    effect = Words("，不再适用视同验收", "; silence no longer accepts") if e.stopped_silence else Words("", "")
    return Sentence(
        "R-342",
        f"{side.zh}书面意见（{e.kind}）已记录{effect.zh}",
        f"A communication of the {side.en} ({e.kind}) is recorded{effect.en}",
    )


def _trial_run(e: a.TrialRunRecorded) -> Sentence:
    what = Words("开始", "starts") if e.what == "started" else Words("结束", "ends")
    return Sentence("R-191", f"试运行于{e.on}{what.zh}", f"The trial run {what.en} on {e.on}")


def _warning(e: a.WarningEvidence) -> Sentence:
    count = len(e.deliveries)
    return Sentence("R-195", f"{e.item}：此前已送达提醒{count}次", f"{e.item}: {count} reminders had been delivered")


def _care_started(e: a.AfterCareStarted) -> Sentence:
    care = CARES.get(e.care, Words(e.care, e.care))
    unsigned = Words("（报告未签署）", " (report unsigned)") if e.report_unsigned else Words("", "")
    return Sentence(
        "R-246",
        f"{care.zh}开始，至{e.last_day}{unsigned.zh}",
        f"The {care.en} runs from {e.from_day} to {e.last_day}{unsigned.en}",
    )


def _care_ended(e: a.AfterCareEnded) -> Sentence:
    care = CARES.get(e.care, Words(e.care, e.care))
    return Sentence("R-246", f"{care.zh}结束", f"The {care.en} has ended")


def _invoice(e: InvoiceRequested) -> Sentence:
    return Sentence(
        "R-442",
        f"付款项{e.line}请款：{e.amount} {e.currency}（{e.amount_in_words_zh}）",
        f"Invoice requested for line {e.line}: {e.amount} {e.currency}",
    )


def _deadline(deadline: Deadline) -> tuple[Words, str, str]:
    """The kind of a deadline in words, what it is about, and when it ends."""
    kind = DEADLINE_KINDS.get(deadline.kind, Words(deadline.kind, deadline.kind))
    mark = "（暂定）" if deadline.derivation.provisional else ""
    return kind, deadline.item or deadline.subject, f"{time_of(deadline.derivation.due_at)}{mark}"


def _deadline_set(e: d.DeadlineWasSet) -> Sentence:
    kind, about, due = _deadline(e.deadline)
    spec = e.deadline.derivation.spec
    return Sentence(
        e.deadline.rule,
        f"{about}{kind.zh}期限（{spec}）：{due}止",
        f"{about}: {kind.en}, {spec}, ends at {due}",
    )


def _deadline_moved(e: d.DeadlineWasMoved) -> Sentence:
    kind, about, due = _deadline(e.deadline)
    reason, old = REASONS.get(e.reason, Words(e.reason, e.reason)), time_of(e.old_due_at)
    return Sentence(
        e.deadline.rule,
        f"{about}{kind.zh}期限由{old}改为{due}：{reason.zh}",
        f"{about}: {kind.en} moves from {old} to {due}: {reason.en}",
    )


def _deadline_due(e: d.DeadlineIsDue) -> Sentence:
    kind, about, due = _deadline(e.deadline)
    return Sentence(
        "R-401",
        f"{about}{kind.zh}已于{due}到期，待确认此前通知均已处理",
        f"{about}: {kind.en} was due at {due} and is held until all earlier notices are decided",
    )


def _deadline_met(e: d.DeadlineWasMet) -> Sentence:
    kind, about, _ = _deadline(e.deadline)
    return Sentence(e.deadline.rule, f"{about}{kind.zh}期限终止：{e.reason}", f"{about}: {kind.en} ended: {e.reason}")


def _deadline_lapsed(e: d.DeadlineHasLapsed) -> Sentence:
    kind, about, due = _deadline(e.deadline)
    return Sentence(
        e.deadline.rule,
        f"{about}{kind.zh}期限于{due}届满：{e.consequence}",
        f"{about}: {kind.en} ran out at {due}: {e.consequence}",
    )


def _delivered(e: n.NotificationDelivered) -> Sentence:
    return Sentence("R-195", f"通知（{e.kind}）已送达：{e.channel}", f"Notice ({e.kind}) delivered by {e.channel}")


def _plain(rule: str, zh: str, en: str) -> Callable[[Any], Sentence]:
    """A sentence that only fills in fields of the event."""
    return lambda e: Sentence(rule, zh.format(e=e), en.format(e=e))


SENTENCES: dict[type[PublicEvent], Callable[[Any], Sentence]] = {
    c.ContractSigned: _plain(
        "R-425", "双方签署合同，T = {e.terms.signed_on}", "Both sides signed; T = {e.terms.signed_on}"
    ),
    c.ContractAmended: _plain(
        "R-211", "变更{e.change}后合同条款第{e.terms.version}版", "Terms version {e.terms.version} by change {e.change}"
    ),
    c.ContractExtended: _extended,
    c.ContractCompleted: _plain("R-322", "全部验收项终结，合同完成", "All items have ended: the contract is complete"),
    c.RoleAppointed: _role_appointed,
    c.RoleRevoked: _role_revoked,
    c.ChangeRequested: _change_requested,
    c.ChangeDecided: _change_decided,
    c.ChangeWithdrawn: _plain("R-203", "变更{e.change}撤回", "Change {e.change} is withdrawn"),
    c.RePlanSent: _plain("R-444", "变更{e.change}的价款方案提交结算", "The re-plan of change {e.change} is sent"),
    c.ChangeInEffect: _plain(
        "R-204", "变更{e.change}自{e.effective_on}生效", "Change {e.change} is in effect since {e.effective_on}"
    ),
    c.ChangeFailed: _plain(
        "R-444", "变更{e.change}未生效（{e.rule}）：{e.reason}", "Change {e.change} failed ({e.rule}): {e.reason}"
    ),
    c.RiskNotified: _plain(
        "R-215", "乙方通报风险{e.risk}：{e.description}", "The provider reports risk {e.risk}: {e.description}"
    ),
    c.RiskAnswered: _risk_answered,
    c.MilestoneMet: _milestone_met,
    c.SettledThrough: _settled,
    c.ContractCommunicationWithoutEffect: _no_effect,
    a.DeliverableSubmitted: _submitted,
    a.ReviewStarted: _review_started,
    a.DiscrepancyRaised: lambda e: Sentence(
        "R-171",
        f"{e.item}第{e.round}轮提出不符点{len(e.discrepancies)}项",
        f"{len(e.discrepancies)} discrepancies of {e.item} in round {e.round}",
    ),
    a.DiscrepancyAnswered: _answered,
    a.TreatmentAgreed: _agreed,
    a.DiscrepancyClosed: _closed_discrepancy,
    a.Resubmitted: _plain("R-157", "{e.item}整改后再次提交", "{e.item} is resubmitted after rework"),
    a.DiscussionOpened: _plain("R-175", "{e.item}进入双方讨论", "{e.item} goes into discussion"),
    a.DiscussionConcluded: _concluded,
    a.Accepted: _accepted,
    a.Closed: _plain("R-158", "{e.item}关闭，未验收：{e.reason}", "{e.item} is closed without acceptance: {e.reason}"),
    a.Voided: _plain("R-443", "{e.item}的验收经双方更正撤销", "A joint correction voids the acceptance of {e.item}"),
    a.Overdue: _overdue,
    a.OverdueWithdrawn: _plain(
        "R-145", "{e.item}逾期标记撤销：{e.reason}", "{e.item} is no longer overdue: {e.reason}"
    ),
    a.Escalated: _escalated,
    a.CommunicationRecorded: _communication,
    a.CommunicationWithoutEffect: _no_effect,
    a.ActConditional: _plain(
        "R-401", "{e.item}收到的通知待定：{e.why}", "An act on {e.item} waits for its decision: {e.why}"
    ),
    a.TrialRunRecorded: _trial_run,
    a.UseRecorded: _plain("R-190", "{e.item}已被实际使用", "{e.item} is in actual use"),
    a.ChangeOfAcceptedRequested: _plain(
        "R-205", "要求变更已验收的{e.item}", "A change of the accepted {e.item} is asked for"
    ),
    a.WarningEvidence: _warning,
    a.AfterCareStarted: _care_started,
    a.AfterCareEnded: _care_ended,
    a.RePlanApplied: _plain(
        "R-444",
        "价款第{e.price_version}版生效，总价{e.price_total}",
        "Price version {e.price_version}: {e.price_total}",
    ),
    a.RePlanRefused: _plain(
        "R-444", "价款方案被拒（{e.rule}）：{e.reason}", "The re-plan is refused ({e.rule}): {e.reason}"
    ),
    InvoiceRequested: _invoice,
    InvoiceReversed: _plain("R-443", "付款项{e.line}请款冲销", "The invoice request of line {e.line} is reversed"),
    d.DeadlineWasSet: _deadline_set,
    d.DeadlineWasMoved: _deadline_moved,
    d.DeadlineIsDue: _deadline_due,
    d.DeadlineWasMet: _deadline_met,
    d.DeadlineHasLapsed: _deadline_lapsed,
    n.NotificationDelivered: _delivered,
    n.NotificationFailed: _plain("R-195", "通知（{e.kind}）未送达", "Notice ({e.kind}) could not be delivered"),
}
