"""A risk notice, and its answer."""

from __future__ import annotations

from msgspec import Struct

from services.contracts.domain.base import Body
from shared.kernel.ids import Identifier
from shared.kernel.texts import NeededText, Text


class NotifyRisk(Body, frozen=True, kw_only=True):
    """The provider reports a factor that endangers the plan (R-215), with a proposal how to control it."""

    risk: Identifier
    description: NeededText
    proposal: Text = ""


class RiskAnswerBody(Body, frozen=True, kw_only=True):
    """The customer's answer (R-216); `agreed_control` states the risk control that both agreed on, empty while open."""

    answer: NeededText
    agreed_control: Text = ""


class AnswerRisk(Struct, frozen=True, kw_only=True):
    """Answer a risk notice for the customer (R-216)."""

    risk: str
    answer: RiskAnswerBody
