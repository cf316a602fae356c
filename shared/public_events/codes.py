"""The stable words of public events, in Chinese and in English: kinds of periods, and why something began or ended.

Every service that writes such a word for people looks it up here; a test holds every word that a service records.
"""

from __future__ import annotations

from shared.public_events.words import Words

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
    "signed": Words("合同签署", "the contract was signed"),
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
    "deemed_accepted": Words("视为验收", "deemed accepted"),
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
    "earlier_act": Words("先处理此前收到的操作", "an earlier act is decided first"),
    "role_unknown": Words("角色待确认", "the role is not known yet"),
    "reminder": Words("到期提醒", "reminder"),
    "overdue_reminder": Words("逾期提醒", "reminder of lateness"),
    "deadline_moved": Words("期限变动", "a period moved"),
    "escalation": Words("升级", "escalation"),
    "acceptance": Words("视为验收", "deemed acceptance"),
    "signature": Words("签署", "signature"),
    "reply": Words("回复", "reply"),
    "protest": Words("异议", "protest"),
    "feedback": Words("反馈", "feedback"),
    "conclusion": Words("讨论结论", "conclusion"),
}
