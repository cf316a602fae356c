"""The question "settled through" and its answer as they are stored (R-401)."""

from __future__ import annotations

from typing import ClassVar

from shared.kernel.ids import Identifier
from shared.kernel.instants import Instant
from shared.messages.events import Event


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


SettlementEvent = SettlementAsked | SettledThrough
EVENTS: tuple[type[Event], ...] = (
    SettlementAsked,
    SettledThrough,
)
