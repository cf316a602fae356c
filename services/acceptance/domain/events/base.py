"""The three kinds of private events, by the stream that they stand in."""

from __future__ import annotations

from shared.kernel.ids import Identifier
from shared.messages.events import Event


class ItemEvent(Event, frozen=True, kw_only=True):
    """About one item of a contract; `item` is empty when a communication is about the contract as a whole."""

    contract: Identifier
    item: str


class DossierEvent(Event, frozen=True, kw_only=True):
    """About the contract as a whole."""

    contract: Identifier


class SettlementEvent(Event, frozen=True, kw_only=True):
    """About the payment lines of a contract."""

    contract: Identifier
