"""The sentences of notices, in Chinese and in English: (title_zh, title_en, text_zh, text_en)."""

from __future__ import annotations

from services.notifier.domain.state import ContractNotices
from shared.deadlines.model import Deadline
from shared.kernel.instants import Instant, beijing_date, beijing_end, minute_text
from shared.public_events.acceptance import Accepted, Escalated, Overdue
from shared.public_events.codes import CODES, DEADLINE_KINDS
from shared.public_events.deadlines import DeadlineWasMoved
from shared.public_events.naming import Names, Part, names_of, part_of, period_words
from shared.public_events.words import Words, words

Texts = tuple[str, str, str, str]

PROVISIONAL = Words("（暂定，待节假日安排公布）", " (provisional until the year's calendar is published)")
# Nothing runs out then.
DATE_OF_EFFECT = "change_effect"
_DATE = Words("变更的生效日", "date of effect of a change")
_BASES: dict[str, tuple[str, str]] = {
    "silence": ("期限内未收到有效反馈", "no countable reply came in time"),
    "use": ("成果已被实际使用", "the result is in actual use"),
}


def _contract_name(state: ContractNotices, contract: str) -> str:
    return f"{state.terms.name}（{state.terms.number}）" if state.terms else contract


def _named(state: ContractNotices, part: Part) -> Words:
    """What a part of the contract is called; its id before the terms are known."""
    names = names_of(state.terms) if state.terms else Names({}, {})
    return Words(names.zh.get(part, part[1]), names.en.get(part, part[1]))


def _item(state: ContractNotices, item: str) -> Words:
    return _named(state, ("item", item))


def _called(state: ContractNotices, deadline: Deadline) -> Words:
    """What a period is called, by what it is about."""
    return period_words(deadline.kind, _named(state, part_of(deadline)))


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
    kind, called = words(DEADLINE_KINDS, deadline.kind), _called(state, deadline)
    when = beijing_end(deadline.derivation.due_at)
    contract = _contract_name(state, deadline.contract)
    left_zh = "今日到期" if days_before == 0 else f"还有{days_before}个工作日到期"
    left_en = "is due today" if days_before == 0 else f"is due in {days_before} working day(s)"
    effect_zh, effect_en = _effect(deadline)
    mark = PROVISIONAL if deadline.derivation.provisional else Words("", "")
    return (
        f"{kind.zh}{left_zh}",
        f"The {kind.en} {left_en}",
        f"合同{contract}，{called.zh}至北京时间{when}止{mark.zh}。{effect_zh}依据{deadline.rule}。",
        f"Contract {contract}, {called.en} ends at {when} Beijing time{mark.en}.{effect_en} {deadline.rule}.",
    )


def overdue_text(state: ContractNotices, flag: Overdue) -> Texts:
    """The period is over and the act is still missing; it is no acceptance (R-145)."""
    kind, called = words(DEADLINE_KINDS, flag.kind), period_words(flag.kind, _item(state, flag.item))
    contract = _contract_name(state, flag.contract)
    return (
        f"{kind.zh}已逾期",
        f"The {kind.en} is overdue",
        f"合同{contract}，{called.zh}已届满，逾期未办，请尽快处理。逾期不等于验收通过（R-145）。",
        f"Contract {contract}, {called.en} is overdue; please act. Overdue is not accepted (R-145).",
    )


def moved_text(state: ContractNotices, event: DeadlineWasMoved) -> Texts:
    """Old instant, new instant, reason."""
    deadline = event.deadline
    called, reason = _called(state, deadline), words(CODES, event.reason)
    old, new = _when(deadline, event.old_due_at), _when(deadline, deadline.derivation.due_at)
    contract = _contract_name(state, deadline.contract)
    mark = PROVISIONAL if deadline.derivation.provisional else Words("", "")
    title = _DATE if deadline.kind == DATE_OF_EFFECT else period_words(deadline.kind, Words("", ""))
    if event.old_due_at == deadline.derivation.due_at:
        return (
            f"{title.zh}不变",
            f"The {title.en} stays",
            f"合同{contract}，{called.zh}：节假日安排调整，仍为北京时间{new}{mark.zh}。",
            f"Contract {contract}, {called.en}: the calendar changed; it is still {new} Beijing time{mark.en}.",
        )
    return (
        f"{title.zh}调整",
        f"The {title.en} moved",
        f"合同{contract}，{called.zh}由北京时间{old}变更为{new}{mark.zh}，原因：{reason.zh}。",
        f"Contract {contract}, {called.en} moved from {old} to {new} Beijing time{mark.en}: {reason.en}.",
    )


def _when(deadline: Deadline, at: Instant) -> str:
    """When a period ends; the date of effect of a change is a day that begins (R-204)."""
    return str(beijing_date(at)) if deadline.kind == DATE_OF_EFFECT else beijing_end(at)


def escalation_text(state: ContractNotices, event: Escalated) -> Texts:
    """The matter goes to higher roles."""
    contract, item = _contract_name(state, event.contract), _item(state, event.item)
    reason_zh, reason_en = words(CODES, event.reason)
    return (
        "事项已升级",
        "A matter was escalated",
        f"合同{contract}，{item.zh}：事项已升级，请双方负责人处理。原因：{reason_zh}。",
        f"Contract {contract}, {item.en}: the matter was escalated to you. Reason: {reason_en}.",
    )


def acceptance_text(state: ContractNotices, event: Accepted, effective_at: Instant) -> Texts:
    """An acceptance by silence or use, with its ground and instant."""
    basis_zh, basis_en = _BASES[event.basis]
    contract, item = _contract_name(state, event.contract), _item(state, event.item)
    when = minute_text(effective_at)
    return (
        "视为验收通过",
        "Deemed accepted",
        f"合同{contract}，{item.zh}：{basis_zh}，自北京时间{when}起视为验收通过（{event.rule}）。",
        f"Contract {contract}, {item.en}: {basis_en}; deemed accepted from {when} Beijing time ({event.rule}).",
    )
