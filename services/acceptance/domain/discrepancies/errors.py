"""What is refused about discrepancies, their treatment and the rework."""

from __future__ import annotations

from shared.kernel.errors import Refused
from shared.kernel.instants import Instant, beijing_end


class DiscrepancyUnknown(Refused):
    """No open discrepancy of that name (R-170)."""

    code = "DISCREPANCY_UNKNOWN"
    rule = "R-170"
    title_en = "The item has no open discrepancy of this name"
    title_zh = "该验收项没有此未关闭的不符点"


class NoDiscrepancyOpen(Refused):
    """The act needs an item with open discrepancies (R-172)."""

    code = "NO_DISCREPANCY_OPEN"
    rule = "R-172"
    title_en = "No discrepancies wait for this"
    title_zh = "当前没有待处理的不符点"


class CorrectionInThePast(Refused):
    """The correction date lies before the day of the answer (R-172)."""

    code = "CORRECTION_IN_THE_PAST"
    rule = "R-172"
    title_en = "The correction date lies in the past"
    title_zh = "整改日期早于答复日期"


class NotAnswered(Refused):
    """There is no treatment to agree to (R-156)."""

    code = "NOT_ANSWERED"
    rule = "R-156"
    title_en = "The provider has not answered this discrepancy yet"
    title_zh = "乙方尚未就该不符点提出处理方式"


class PlanNotAgreed(Refused):
    """Rework follows the agreed plan (R-157)."""

    code = "PLAN_NOT_AGREED"
    rule = "R-157"
    title_en = "Rework and resubmission follow an agreed treatment of every discrepancy"
    title_zh = "须先就全部不符点的处理方式达成一致，方可整改并重新提交"


class WorkNotListed(Refused):
    """A resubmission lists what was done about each discrepancy (R-157)."""

    code = "WORK_NOT_LISTED"
    rule = "R-157"
    title_en = "A resubmission lists what was done about each open discrepancy"
    title_zh = "重新提交须逐项列明各不符点的处理结果"


ANSWERED_AFTER_ESCALATION = (
    "答复逾期，现由双方项目总监决定（R-158） / "
    "the answer came after its period; the directors of both sides decide now (R-158)"
)
VAGUE = "未指出何处不符合哪项要求 / the notice does not name what deviates from which requirement"
SOME_VAGUE = "部分内容未指出何处不符合哪项要求 / some aspects do not name what deviates from which requirement"


def aspects_until(until: Instant) -> str:
    """Further aspects after the end of the period (R-171)."""
    shown = beijing_end(until)
    return f"补充不符点的期限为 {shown} / further aspects could be notified until {shown}"
