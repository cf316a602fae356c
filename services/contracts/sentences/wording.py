"""The words of the timeline: names of roles, sides, periods, acts and reasons in both languages."""

from __future__ import annotations

from collections.abc import Iterable

from shared.kernel.instants import Instant, beijing_end, beijing_text
from shared.public_events.words import ROLES, Words, listed

DEADLINE_KINDS: dict[str, Words] = {
    "review": Words("验收审核", "review for acceptance"),
    "re_review": Words("整改后复审", "re-review after rework"),
    "closing": Words("服务请求确认", "confirmation of a request"),
    "response": Words("不符点答复", "answer to discrepancies"),
    "discussion": Words("不符点讨论", "discussion of discrepancies"),
    "agreement": Words("讨论后达成一致", "agreement after the discussion"),
    "correction": Words("不符点整改", "correction of a discrepancy"),
    "escalation": Words("升级", "escalation"),
    "after_care_end": Words("质保期", "end of warranty"),
    "trial_run_answer": Words("试运行情况答复", "answer whether there was a trial run"),
    "milestone": Words("里程碑", "milestone"),
    "risk_answer": Words("风险通报答复", "answer to a risk notice"),
    "change_effect": Words("变更生效日", "date of effect of a change"),
}
# Stable words of events: why a period moved or ended, why an act waits, what a notice is about.
CODES: dict[str, Words] = {
    "calendar_published": Words("节假日安排已公布", "the year's calendar was published"),
    "calendar_amended": Words("节假日安排已调整", "the calendar was amended"),
    "calendar_kept": Words("节假日安排已调整，期限不缩短", "the calendar was amended, the period is not shortened"),
    "extended": Words("双方同意顺延", "both sides agreed on an extension"),
    "change_in_effect": Words("变更生效", "a change took effect"),
    "date_of_effect": Words("生效日已到", "the date of effect has come"),
    "milestone_reached": Words("里程碑已达成", "the milestone is reached"),
    "milestone_late": Words("里程碑逾期", "the milestone is late"),
    "risk_answered": Words("已答复", "answered"),
    "risk_unanswered": Words("未答复", "not answered"),
    "accepted": Words("已验收", "accepted"),
    "deemed_accepted": Words("视同验收", "deemed accepted"),
    "discrepancies_raised": Words("已提出不符点", "discrepancies were raised"),
    "discussion_concluded": Words("讨论达成一致", "the discussion is concluded"),
    "discussion_held": Words("讨论已举行", "the discussion was held"),
    "no_agreement": Words("未达成一致", "no agreement was reached"),
    "discussion_failed": Words("讨论未达成一致", "the discussion failed"),
    "escalated": Words("已升级", "escalated"),
    "no_discrepancy_left": Words("不符点均已关闭", "no discrepancy is left"),
    "overdue": Words("逾期", "overdue"),
    "closed_unconfirmed": Words("期满未确认，请求关闭，不视为验收", "closed unconfirmed, which is no acceptance"),
    "comments_answered": Words("已答复修改意见", "the comments were answered"),
    "plan_agreed": Words("处理方案已达成一致", "the treatment is agreed"),
    "received_in_time": Words("在期限内收到", "it was received in time"),
    "reply_received": Words("已收到反馈", "a reply was received"),
    "resubmitted": Words("已再次提交", "resubmitted"),
    "response_overdue": Words("不符点答复逾期", "the answer to discrepancies is overdue"),
    "review_overdue": Words("审核逾期", "the review is overdue"),
    "third_round": Words("第三轮仍有不符点", "discrepancies in the third round"),
    "signing_not_possible": Words(
        "前置验收项有不符点，暂不能签署", "signing is not possible while discrepancies are open"
    ),
    "trial_run_stated": Words("已说明有试运行", "a trial run was stated"),
    "no_trial_run": Words("未说明有试运行，视为没有", "nobody stated a trial run, so there was none"),
    "after_care_ended": Words("质保期结束", "the warranty has ended"),
    "act_came_late": Words("已逾期作出", "it came late"),
    "taken_out": Words("移出范围", "taken out"),
    "deadline_open": Words("期限已届满，先处理此前收到的通知", "the period is over; what came before is decided first"),
    "provisional": Words("期限暂定，待节假日安排公布", "the period is provisional until the year's calendar is known"),
    "earlier_act": Words("先处理此前收到的行为", "an earlier act is decided first"),
    "role_unknown": Words("身份待确认", "the role is not known yet"),
    "reminder": Words("到期提醒", "reminder"),
    "overdue_reminder": Words("逾期提醒", "reminder of lateness"),
    "deadline_moved": Words("期限变动", "a period moved"),
    "escalation": Words("升级", "escalation"),
    "acceptance": Words("视同验收", "deemed acceptance"),
    "signature": Words("签署", "signature"),
    "reply": Words("回复", "reply"),
    "protest": Words("异议", "protest"),
    "feedback": Words("反馈", "feedback"),
    "conclusion": Words("讨论结论", "conclusion"),
}
DECISIONS: dict[str, Words] = {
    "approved": Words("经双方批准", "approved by both sides"),
    "not_feasible": Words("评估不可行，终止", "found not feasible and ends"),
    "rejected": Words("被拒绝", "rejected"),
}
CONCLUSIONS: dict[str, Words] = {
    "rework": Words("再次整改", "rework"),
    "accept_as_is": Words("按现状验收", "accepted as it is"),
    "take_out": Words("经变更移出范围", "taken out by change control"),
}
CARES: dict[str, Words] = {"warranty": Words("质量保证期", "warranty")}
ACTS: dict[str, Words] = {
    "draft_contract": Words("起草合同", "draft the contract"),
    "revise_draft": Words("修改草稿", "revise the draft"),
    "sign_contract": Words("签署合同", "sign the contract"),
    "appoint_role": Words("指定人员", "appoint a person"),
    "revoke_role": Words("撤销人员", "revoke a role"),
    "request_change": Words("提交变更单", "submit a change form"),
    "assess_change": Words("评估变更", "assess a change"),
    "sign_change": Words("签署变更单", "sign a change form"),
    "sign_supplement": Words("签署补充协议", "sign a supplementary agreement"),
    "withdraw_change": Words("撤回变更单", "withdraw a change form"),
    "propose_extension": Words("提议顺延", "propose an extension"),
    "agree_extension": Words("同意顺延", "agree to an extension"),
    "explain_delay": Words("说明延误原因", "state the cause of a delay"),
    "notify_risk": Words("通报风险", "report a risk"),
    "answer_risk": Words("答复风险通报", "answer a risk notice"),
    "submit_deliverable": Words("提交交付物", "submit a deliverable"),
    "accept_item": Words("验收确认", "accept an item"),
    "raise_discrepancies": Words("提出不符点", "raise discrepancies"),
    "answer_discrepancies": Words("答复不符点", "answer discrepancies"),
    "agree_treatment": Words("同意处理方案", "agree to a treatment"),
    "start_rework": Words("开始整改", "start rework"),
    "resubmit": Words("再次提交", "resubmit"),
    "close_discrepancy": Words("关闭不符点", "close a discrepancy"),
    "conclude_discussion": Words("讨论结论", "conclude a discussion"),
    "record_discussion": Words("登记讨论情况", "record a discussion"),
    "escalate_item": Words("提请升级", "escalate a matter"),
    "record_communication": Words("书面意见", "a written communication"),
    "record_use": Words("记录使用", "record use"),
    "record_trial_run": Words("记录试运行", "record a trial run"),
    "request_change_of_accepted": Words("要求变更已验收成果", "ask for a change of accepted content"),
}


def roles_of(roles: Iterable[str]) -> Words:
    """Several roles by name."""
    return listed(ROLES, roles)


def end_of(instant: Instant | None) -> str:
    """The end of a period in Beijing, 24:00 of its last day where it ends with the day."""
    return beijing_end(instant) if instant else ""


def time_of(instant: Instant | None) -> str:
    """Beijing time to the minute, as people read it."""
    return beijing_text(instant)[:16].replace("T", " ") if instant else ""
