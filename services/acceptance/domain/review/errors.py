"""What is refused about a review and its signatures."""

from __future__ import annotations

from collections.abc import Iterable

from shared.kernel.actors import Side
from shared.kernel.errors import Refused
from shared.kernel.instants import Instant, moment_text
from shared.public_events.words import BASES, FORMS, SIDES, listed, words


class NotUnderReview(Refused):
    """The act needs an item under review (section H)."""

    code = "NOT_UNDER_REVIEW"
    rule = "R-141"
    title_en = "The item is not under review"
    title_zh = "该验收项未处于审核中"


class DiscrepanciesOpen(Refused):
    """An item with open discrepancies is not accepted; they are settled or withdrawn first (R-142, R-157)."""

    code = "DISCREPANCIES_OPEN"
    rule = "R-157"
    title_en = "Open discrepancies are settled or withdrawn before acceptance"
    title_zh = "存在未关闭的不符点，须先确认解决或书面撤回"


class SignatureOverOtherContent(Refused):
    """The signature covers another content than the one under review (R-425)."""

    code = "SIGNATURE_OVER_OTHER_CONTENT"
    rule = "R-425"
    title_en = "The signature covers another content than the one under review"
    title_zh = "签署所覆盖的内容与当前审核内容不一致"


class ComesAfter(Refused):
    """Another item comes first (R-153)."""

    code = "COMES_AFTER"
    rule = "R-153"
    title_en = "Another acceptance item comes first"
    title_zh = "须先完成前置验收项"


COMPLETED_BY_TIME = (
    "该验收项以服务期满为完成标志，在线确认仅作记录 / "
    "the item is complete when its time is over; a confirmation is recorded and accepts nothing"
)


def wrong_form(form: str, side: Side, agreed: Iterable[str]) -> str:
    """Another form than agreed, or one that only the other side gives (R-150)."""
    given, names, whose = words(FORMS, form), listed(FORMS, agreed), SIDES[side]
    return (
        f"{whose.zh}以“{given.zh}”验收未经约定；约定形式：{names.zh or '无'} / "
        f"the form {given.en} was not agreed for the {whose.en}; agreed: {names.en or 'none'}"
    )


def accepted_already(effective_at: Instant, basis: str) -> str:
    """Nothing can be added to an acceptance (R-148)."""
    shown, how = moment_text(effective_at), words(BASES, basis)
    return f"该验收项已于 {shown} 验收（{how.zh}） / the item is accepted already, effective at {shown} ({how.en})"


def taken_out_by_terms(version: int) -> str:
    """An item ends because new terms do not contain it (R-211)."""
    return f"第 {version} 版条款不再包含 / taken out by version {version} of the terms"


def taken_out_by_change(change: str) -> str:
    """An item ends by change control (R-158)."""
    return f"依变更单 {change} 移出 / taken out by change {change}"
