"""What is refused about the items of a contract."""

from __future__ import annotations

from shared.kernel.errors import Refused


class NotAcceptedYet(Refused):
    """Only accepted content is changed by a change request of this kind (R-147)."""

    code = "NOT_ACCEPTED_YET"
    rule = "R-147"
    title_en = "The item is not accepted yet; raise a discrepancy instead"
    title_zh = "该验收项尚未验收；如有不符请提出不符点"
