"""The refusals about milestones and their days (R-114)."""

from __future__ import annotations

from shared.kernel.errors import NotFound, Refused


class ExtensionUnknown(NotFound):
    """No proposed extension of that name in this contract."""

    code = "EXTENSION_UNKNOWN"
    title_en = "The contract has no proposed extension of this name"
    title_zh = "合同中没有该顺延提议"


class NothingExtended(Refused):
    """An extension names a milestone or items (R-114)."""

    code = "NOTHING_EXTENDED"
    rule = "R-114"
    title_en = "An extension names a milestone, or items under review"
    title_zh = "顺延须指明里程碑或审核中的验收项"


class MilestoneNotOpen(Refused):
    """Only a milestone that is not yet met can be moved (R-114)."""

    code = "MILESTONE_NOT_OPEN"
    rule = "R-114"
    title_en = "The contract has no open milestone of this name"
    title_zh = "合同中没有该名称的未完成里程碑"


class MilestoneNotLate(Refused):
    """A cause is recorded for a milestone that is late (T-35)."""

    code = "MILESTONE_NOT_LATE"
    rule = "R-114"
    title_en = "The milestone is not late"
    title_zh = "该里程碑未逾期"


class DateNotPossible(Refused):
    """A planned date before the signing, or beyond what can be counted."""

    code = "DATE_NOT_POSSIBLE"
    rule = "R-114"
    title_en = "The date lies before the signing or too far ahead"
    title_zh = "日期早于签署日或过于遥远"
