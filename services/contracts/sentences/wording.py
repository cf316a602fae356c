"""The words of the timeline: names of roles, decisions and acts in both languages."""

from __future__ import annotations

from collections.abc import Iterable

from shared.kernel.instants import Instant, beijing_end, minute_text
from shared.public_events.words import ROLES, Words, listed

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
    return minute_text(instant) if instant else ""
