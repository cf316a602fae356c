"""The sentences of notices, in Chinese and in English: (title_zh, title_en, text_zh, text_en)."""

from __future__ import annotations

from services.notifier.domain.state import ContractNotices
from shared.deadlines.model import Deadline
from shared.kernel.instants import Instant, beijing_end, minute_text
from shared.public_events.acceptance import Accepted, Escalated, Overdue
from shared.public_events.codes import CODES, DEADLINE_KINDS
from shared.public_events.deadlines import DeadlineWasMoved
from shared.public_events.words import words

Texts = tuple[str, str, str, str]

_BASES: dict[str, tuple[str, str]] = {
    "silence": ("期限内未收到有效反馈", "no countable reply came in time"),
    "use": ("成果已被实际使用", "the result is in actual use"),
}


def _contract_name(state: ContractNotices, contract: str) -> str:
    return f"{state.terms.name}（{state.terms.number}）" if state.terms else contract


def _item_name(state: ContractNotices, item: str) -> str:
    names = {term.item_id: term.name_zh for term in state.terms.items} if state.terms else {}
    return names.get(item, item)


def _effect(deadline: Deadline) -> tuple[str, str]:
    """What silence does (R-185, R-194)."""
    if not deadline.legal_effect:
        return "", ""
    if deadline.kind == "closing":
        return (
            "逾期未确认，该请求将关闭，不视为验收。",
            " Silence until then closes the request, which accepts nothing.",
        )
    if deadline.kind == "trial_run_answer":
        return (
            "逾期未答复即视为没有试运行，质保期自验收起算。",
            " Without an answer there was no trial run, and the warranty starts with the acceptance.",
        )
    return "逾期未反馈将视为验收通过。", " Silence until then counts as acceptance."


def deadline_text(state: ContractNotices, deadline: Deadline, days_before: int) -> Texts:
    """A reminder `days_before` working days ahead, with the consequence of silence where there is one (R-406)."""
    kind_zh, kind_en = words(DEADLINE_KINDS, deadline.kind)
    when = beijing_end(deadline.derivation.due_at)
    item = _item_name(state, deadline.item)
    contract = _contract_name(state, deadline.contract)
    left_zh = "今日到期" if days_before == 0 else f"还有{days_before}个工作日到期"
    left_en = "is due today" if days_before == 0 else f"is due in {days_before} working day(s)"
    effect_zh, effect_en = _effect(deadline)
    mark_zh = "（暂定，待节假日安排公布）" if deadline.derivation.provisional else ""
    mark_en = " (provisional until the year's calendar is published)" if deadline.derivation.provisional else ""
    return (
        f"{kind_zh}{left_zh}",
        f"The {kind_en} {left_en}",
        f"合同{contract}，{item}：{kind_zh}至北京时间{when}止{mark_zh}。{effect_zh}依据{deadline.rule}。",
        f"Contract {contract}, {item}: {kind_en} ends at {when} Beijing time{mark_en}.{effect_en} {deadline.rule}.",
    )


def overdue_text(state: ContractNotices, flag: Overdue) -> Texts:
    """The period is over and the act is still missing; it is no acceptance (R-145)."""
    kind_zh, kind_en = words(DEADLINE_KINDS, flag.kind)
    item = _item_name(state, flag.item)
    contract = _contract_name(state, flag.contract)
    return (
        f"{kind_zh}已逾期",
        f"The {kind_en} is overdue",
        f"合同{contract}，{item}：{kind_zh}已逾期，请尽快处理。逾期不等于验收通过（R-145）。",
        f"Contract {contract}, {item}: the {kind_en} is overdue; please act. Overdue is not accepted (R-145).",
    )


def moved_text(state: ContractNotices, event: DeadlineWasMoved) -> Texts:
    """Old instant, new instant, reason."""
    deadline = event.deadline
    kind_zh, kind_en = words(DEADLINE_KINDS, deadline.kind)
    reason_zh, reason_en = words(CODES, event.reason)
    old, new = beijing_end(event.old_due_at), beijing_end(deadline.derivation.due_at)
    contract = _contract_name(state, deadline.contract)
    item = _item_name(state, deadline.item)
    if event.old_due_at == deadline.derivation.due_at:
        return (
            f"{kind_zh}期限不变",
            f"The {kind_en} deadline stays",
            f"合同{contract}，{item}：节假日安排调整，{kind_zh}期限不变，仍至北京时间{new}止。",
            f"Contract {contract}, {item}: the calendar changed; the {kind_en} still ends at {new} Beijing time.",
        )
    return (
        f"{kind_zh}期限变更",
        f"The {kind_en} deadline moved",
        f"合同{contract}，{item}：{kind_zh}期限由北京时间{old}变更为{new}，原因：{reason_zh}。",
        f"Contract {contract}, {item}: the {kind_en} deadline moved from {old} to {new} Beijing time: {reason_en}.",
    )


def escalation_text(state: ContractNotices, event: Escalated) -> Texts:
    """The matter goes to higher roles."""
    contract, item = _contract_name(state, event.contract), _item_name(state, event.item)
    reason_zh, reason_en = words(CODES, event.reason)
    return (
        "事项已升级",
        "A matter was escalated",
        f"合同{contract}，{item}：事项已升级，请双方负责人处理。原因：{reason_zh}。",
        f"Contract {contract}, {item}: the matter was escalated to you. Reason: {reason_en}.",
    )


def acceptance_text(state: ContractNotices, event: Accepted, effective_at: Instant) -> Texts:
    """An acceptance by silence or use, with its ground and instant."""
    basis_zh, basis_en = _BASES[event.basis]
    contract, item = _contract_name(state, event.contract), _item_name(state, event.item)
    when = minute_text(effective_at)
    return (
        "视为验收通过",
        "Deemed accepted",
        f"合同{contract}，{item}：{basis_zh}，自北京时间{when}起视为验收通过（{event.rule}）。",
        f"Contract {contract}, {item}: {basis_en}; deemed accepted from {when} Beijing time ({event.rule}).",
    )
