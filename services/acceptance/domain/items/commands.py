"""The wish to change what is accepted."""

from __future__ import annotations

from services.acceptance.domain.base import Body
from shared.kernel.texts import Line, NeededText


class RequestChangeOfAccepted(Body, frozen=True, kw_only=True):
    """The customer wants accepted content changed (R-147, R-205); `change` names the change form once there is one."""

    reason: NeededText
    change: Line = ""
