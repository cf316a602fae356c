"""The items of a contract after one more event: planned, planned anew, asked to be changed (R-408)."""

from __future__ import annotations

from msgspec.structs import replace

from services.acceptance.domain.folding import expect, not_of_item
from services.acceptance.domain.items.events import ChangeOfAcceptedRequested, ItemPlanned, ItemReplanned
from services.acceptance.domain.items.state import Planned
from services.acceptance.domain.review.state import Accepted
from services.acceptance.domain.state import Item
from shared.messages.events import Recorded


def planned(event: ItemPlanned) -> Item:
    """The item that an event plans."""
    return Item(contract=event.contract, term=event.term, needs=event.needs, phase=Planned())


def evolve(item: Item, recorded: Recorded) -> Item:
    """The item after one more event of this subject."""
    data = recorded.data
    match data:
        case ItemReplanned():
            return replace(item, term=data.term, needs=data.needs)
        case ChangeOfAcceptedRequested():
            expect(item, Accepted, recorded)
            return replace(item, change_requests=(*item.change_requests, (data.change, data.reason)))
        case _:
            raise not_of_item(recorded)
