"""Risk notices, the answers to "settled through", and communications that do not count."""

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


class SettlementAsked(Event, frozen=True, kw_only=True):
    """A conditional act in acceptance asks for "settled through" its receipt; answered when that instant is settled."""

    TOPIC: ClassVar[str] = "contracts.settlement_asked.v1"

    contract: Identifier
    question: str
    through: Instant
    asked_by: str


class SettledThrough(Event, frozen=True, kw_only=True):
    """Every communication that contracts received before `through` is decided (R-401)."""

    TOPIC: ClassVar[str] = "contracts.settled_through.v1"

    contract: Identifier
    through: Instant
    asked_by: str
    question: str = ""


class CommunicationWithoutEffect(Event, frozen=True, kw_only=True):
    """A communication that does not count, with rule and reason; `content` is its body as canonical JSON (R-426)."""

    TOPIC: ClassVar[str] = "contracts.communication_without_effect.v1"

    contract: Identifier
    act: str
    rule: str
    reason: str
    received_at: Instant
    content: Annotated[str, PERSONAL]
