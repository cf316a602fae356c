"""An item after something was said about it: only what broke the silence changes it (R-408)."""

from __future__ import annotations

from msgspec.structs import replace

from services.acceptance.domain.communications.events import CommunicationRecorded, CommunicationWithoutEffect
from services.acceptance.domain.folding import expect, not_of_item
from services.acceptance.domain.review.state import UnderReview
from services.acceptance.domain.state import Item
from shared.messages.events import Recorded


def evolve(item: Item, recorded: Recorded) -> Item:
    """The item after one more event of this subject."""
    match recorded.data:
        case CommunicationRecorded(stopped_silence=True):
            return replace(item, phase=replace(expect(item, UnderReview, recorded), silence=False))
        case CommunicationRecorded() | CommunicationWithoutEffect():
            return item
        case _:
            raise not_of_item(recorded)
