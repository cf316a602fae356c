"""What the acts and the events of every subject are made of: their bases, and the values that several of them name."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

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


# Acceptance is written by people: bounds keep a body far below the size limit of a public event.
FILES_MAX = 200
ASPECTS_MAX = 200
Channel = Literal["ledger", "dingtalk", "internet", "fax", "email", "paper"]
SignatureMethod = Literal["click", "e_sign", "scan"]


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the bodies of acts."""
