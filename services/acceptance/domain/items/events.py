"""An item comes into being with the terms, and changes with them."""

from __future__ import annotations

from typing import ClassVar

from services.acceptance.domain.base import ItemEvent
from shared.kernel.ids import Identifier
from shared.messages.events import Event
from shared.public_events.terms import ItemTerm


class ItemPlanned(ItemEvent, frozen=True, kw_only=True):
    """The terms contain an item. `needs`: one deliverable of each group makes its set complete (R-044, R-128)."""

    TOPIC: ClassVar[str] = "acceptance.item_planned.v1"

    term: ItemTerm
    needs: tuple[tuple[Identifier, ...], ...]
    terms_version: int
    customer: Identifier
    provider: Identifier


class ItemReplanned(ItemEvent, frozen=True, kw_only=True):
    """New terms hold for an item that is still open (R-211); periods that run already keep their own terms."""

    TOPIC: ClassVar[str] = "acceptance.item_replanned.v1"

    term: ItemTerm
    needs: tuple[tuple[Identifier, ...], ...]
    terms_version: int


class ChangeOfAcceptedRequested(ItemEvent, frozen=True, kw_only=True):
    """The customer wants accepted content changed (R-147): a flag, the acceptance stays; R-205 is the way."""

    TOPIC: ClassVar[str] = "acceptance.change_of_accepted_requested.v1"

    change: str
    reason: str


EVENTS: tuple[type[Event], ...] = (
    ItemPlanned,
    ItemReplanned,
    ChangeOfAcceptedRequested,
)
