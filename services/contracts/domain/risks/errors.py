"""The refusals about risk notices."""

from __future__ import annotations

from shared.kernel.errors import NotFound, Refused


class RiskUnknown(NotFound):
    """No risk notice of that name in this contract."""

    code = "RISK_UNKNOWN"
    title_en = "The contract has no risk notice of this name"
    title_zh = "合同中没有该风险通报"


class RiskAlreadyAnswered(Refused):
    """A risk notice is answered once; afterwards only the agreed control can be added (R-216)."""

    code = "RISK_ALREADY_ANSWERED"
    rule = "R-216"
    title_en = "The risk notice is already answered"
    title_zh = "该风险通报已有答复"
