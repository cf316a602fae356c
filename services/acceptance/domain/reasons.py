"""Why something does not count, waits, is refused or has ended: what people read, in Chinese and in English.

Stored with the events that say so, so that the record shows what was answered. Instants are shown in Beijing time.
"""

from __future__ import annotations

from collections.abc import Iterable

from shared.kernel.actors import Side
from shared.kernel.errors import Refused
from shared.kernel.instants import Instant, beijing_end, moment_text
from shared.public_events.words import BASES, FORMS, ROLES, SIDES, listed, no_role_held, words

# Why an act waits: by the stable word that is stored, the rule and the reason.
WAITS = {
    "deadline_open": (
        "R-401",
        "期限已届满；届满前收到的通知须先行处理 / the period is over; what was received before its end is decided first",
    ),
    "provisional": (
        "R-403",
        "期限暂定，待该年度工作日历公布 / the end of the period is provisional until the calendar of the year is published",
    ),
    "earlier_act": (
        "R-401",
        "同一验收项更早收到的操作须先行处理 / an act on this item that was received earlier is decided first",
    ),
    "role_unknown": (
        "R-427",
        "尚未知悉您的角色，任命可能仍在途中 / your role is not known here yet; an appointment may still be on its way",
    ),
}

IN_TIME_BUT_DECIDED_LATER = (
    "虽按时收到，但处理时验收已登记；须双方共同更正 / "
    "received in time but decided after the acceptance was recorded; a joint correction undoes it"
)
ANSWERED_AFTER_ESCALATION = (
    "答复逾期，现由双方项目总监决定（R-158） / "
    "the answer came after its period; the directors of both sides decide now (R-158)"
)
VAGUE = "未指出何处不符合哪项要求 / the notice does not name what deviates from which requirement"
SOME_VAGUE = "部分内容未指出何处不符合哪项要求 / some aspects do not name what deviates from which requirement"
NO_ACCEPTANCE_BY_USE = "该验收方式下，使用不视为验收 / the profile knows no acceptance by use"
USE_IN_TRIAL_RUN = "已登记；约定试运行期间的使用不视为验收 / recorded; use in an agreed trial run is no acceptance"
COMPLETED_BY_TIME = (
    "该验收项以服务期满为完成标志，在线确认仅作记录 / "
    "the item is complete when its time is over; a confirmation is recorded and accepts nothing"
)
ENDED_BEFORE_EXTENSION = "顺延达成时该验收项已终结 / the item had ended before the extension was agreed"


def too_late(received_at: Instant, ended_at: Instant) -> str:
    """A communication after silence has accepted (R-401)."""
    received, ended = moment_text(received_at), beijing_end(ended_at)
    return (
        f"于 {received} 收到，期限已于 {ended} 届满，自该时起视为验收，与何时登记无关 / "
        f"received at {received}, but the period had ended at {ended}: accepted by silence from then on, "
        "whenever it was recorded"
    )


def aspects_until(until: Instant) -> str:
    """Further aspects after the end of the period (R-171)."""
    shown = beijing_end(until)
    return f"补充不符点的期限为 {shown} / further aspects could be notified until {shown}"


def wrong_person(roles: Iterable[str], side: Side) -> str:
    """Nobody who could do this (R-072, R-074, R-426)."""
    said = no_role_held(roles, side)
    return f"{said.zh} / {said.en}"


def wrong_form(form: str, side: Side, agreed: Iterable[str]) -> str:
    """Another form than agreed, or one that only the other side gives (R-150)."""
    given, names, whose = words(FORMS, form), listed(FORMS, agreed), SIDES[side]
    return (
        f"{whose.zh}以“{given.zh}”验收未经约定；约定形式：{names.zh or '无'} / "
        f"the form {given.en} was not agreed for the {whose.en}; agreed: {names.en or 'none'}"
    )


def refused_but_said(refusal: Refused) -> str:
    """Not possible as what it wants to be, but the customer has spoken about the item (R-186)."""
    return f"{refusal.title_zh}；已作为甲方反馈记录 / {refusal.title_en}; it is recorded as feedback of the customer"


def accepted_already(effective_at: Instant, basis: str) -> str:
    """Nothing can be added to an acceptance (R-148)."""
    shown, how = moment_text(effective_at), words(BASES, basis)
    return f"该验收项已于 {shown} 验收（{how.zh}） / the item is accepted already, effective at {shown} ({how.en})"


def revoked(role: str) -> str:
    """The role that an act rested on had been revoked (R-427)."""
    name = words(ROLES, role)
    return f"收到时“{name.zh}”的角色已被撤销 / the role of {name.en} had been revoked when the act was received"


def over_before_extension(ended_at: Instant) -> str:
    """An extension that was agreed too late (R-401)."""
    shown = beijing_end(ended_at)
    return f"期限已于 {shown} 届满，不因顺延而移动 / the period was over at {shown}, so it does not move"


def taken_out_by_change(change: str) -> str:
    """An item ends by change control (R-158)."""
    return f"依变更单 {change} 移出 / taken out by change {change}"


def taken_out_by_terms(version: int) -> str:
    """An item ends because new terms do not contain it (R-211)."""
    return f"第 {version} 版条款不再包含 / taken out by version {version} of the terms"


# ---- why a price change is refused as a whole (R-222, R-440, R-444) ----

LINE_TWICE = "付款节点重复 / a line appears twice"
NO_CONDITION = "付款节点没有条件 / a line has no condition"


def other_price_version(drawn_on: int, now_at: int) -> str:
    """Drawn on a plan that has changed since."""
    return (
        f"依据价格版本 {drawn_on} 拟定，现为版本 {now_at} / drawn on price version {drawn_on}, "
        f"the settlement is at {now_at}"
    )


def line_requested(line: str) -> str:
    """What is requested is immutable."""
    return f"付款节点 {line} 已申请开票，不可变更 / line {line} is requested already and cannot change"


def not_positive(line: str) -> str:
    """Nobody is asked for nothing (R-440)."""
    return f"付款节点 {line} 的金额须大于零 / the amount of line {line} has to be greater than zero"


def does_not_add_up(total: object) -> str:
    """Lines or price sheet against the total."""
    return f"合计与总价 {total} 不符 / the amounts do not add up to {total}"


def closed_item(line: str, item: str) -> str:
    """A condition that can never hold."""
    return f"付款节点 {line} 所依验收项 {item} 已关闭 / line {line} waits for item {item}, which is closed"
