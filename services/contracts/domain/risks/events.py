"""Risk notices and their answers as they are stored."""

from __future__ import annotations

from typing import Annotated, ClassVar

from shared.kernel.actors import PERSONAL
from shared.kernel.ids import Identifier
from shared.kernel.instants import Instant
from shared.messages.events import Event


class RiskNotified(Event, frozen=True, kw_only=True):
    """The provider reported a risk (R-215)."""

    TOPIC: ClassVar[str] = "contracts.risk_notified.v1"

    contract: Identifier
    risk: Identifier
    description: str
    proposal: str = ""


class RiskAnswered(Event, frozen=True, kw_only=True):
    """The customer answered; a late answer leaves the question of exemption where it is (R-217)."""

    TOPIC: ClassVar[str] = "contracts.risk_answered.v1"

    contract: Identifier
    risk: Identifier
    in_time: bool
    answer: str
    agreed_control: str = ""


class RiskAnswerConditional(Event, frozen=True, kw_only=True):
    """An answer after a provisional due instant: whether it was in time is decided when the year is known (R-403).

    `issuer`, `subject` and `key` name the command that still waits for its final answer.
    """

    TOPIC: ClassVar[str] = "contracts.risk_answer_conditional.v1"

    contract: Identifier
    risk: Identifier
    received_at: Instant
    answer: str
    agreed_control: str = ""
    issuer: str
    subject: Annotated[str, PERSONAL]
    key: str


RiskEvent = RiskNotified | RiskAnswered | RiskAnswerConditional
EVENTS: tuple[type[Event], ...] = (
    RiskNotified,
    RiskAnswered,
    RiskAnswerConditional,
)
