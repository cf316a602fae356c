"""An item after one more submission (R-408)."""

from __future__ import annotations

from msgspec.structs import replace

from services.acceptance.domain.folding import cannot_follow, not_of_item, with_received
from services.acceptance.domain.items.state import Planned
from services.acceptance.domain.state import Item
from services.acceptance.domain.submission.events import DeliverableSubmitted
from services.acceptance.domain.submission.state import Submitted
from shared.messages.events import Recorded


def evolve(item: Item, recorded: Recorded) -> Item:
    """The item after one more event of this subject."""
    match recorded.data:
        case DeliverableSubmitted(submission=submission, received_at=received_at):
            if not isinstance(item.phase, Planned | Submitted):
                raise cannot_follow(item, recorded)
            return replace(with_received(item, (submission,), received_at, recorded), phase=Submitted())
        case _:
            raise not_of_item(recorded)
