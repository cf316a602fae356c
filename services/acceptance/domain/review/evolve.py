"""An item after one more event of its review, and the warnings that a deemed acceptance rests on (R-408)."""

from __future__ import annotations

from msgspec.structs import replace

from services.acceptance.domain.folding import expect, not_of_item
from services.acceptance.domain.review.events import (
    ItemAccepted,
    ItemClosed,
    ItemSigned,
    ReviewStarted,
    ReviewSuspended,
    WarningRecorded,
)
from services.acceptance.domain.review.state import Accepted, Closed, GivenForm, UnderReview, Warnings
from services.acceptance.domain.state import Contract, Item
from services.acceptance.domain.submission.state import Submitted
from shared.messages.events import Recorded


def evolve(item: Item, recorded: Recorded) -> Item:
    """The item after one more event of this subject."""
    data = recorded.data
    match data:
        case ReviewStarted():
            phase = UnderReview(
                round=data.round,
                silence=data.silence_accepts or data.silence_closes,
                closes=data.silence_closes,
                content_sha256=data.content_sha256,
                started_by=recorded.event_id,
                receipts=data.receipts,
            )
            return replace(item, phase=phase, interrupted=None)
        case ReviewSuspended():
            expect(item, UnderReview, recorded)
            return replace(item, phase=Submitted())
        case ItemSigned():
            return _signed(item, data, recorded)
        case ItemAccepted():
            return replace(item, phase=_accepted(item, data, recorded))
        case ItemClosed(reason=reason):
            return replace(item, phase=Closed(reason=reason, effective_at=recorded.effective_at))
        case WarningRecorded():
            return item
        case _:
            raise not_of_item(recorded)


def _signed(item: Item, data: ItemSigned, recorded: Recorded) -> Item:
    expect(item, UnderReview, recorded)
    fresh = GivenForm(form=data.form, signature=data.signature)
    others = tuple(
        earlier
        for earlier in item.forms_given
        if (earlier.form, earlier.signature.side) != (fresh.form, fresh.signature.side)
    )
    return replace(item, forms_given=(*others, fresh))


def _accepted(item: Item, data: ItemAccepted, recorded: Recorded) -> Accepted:
    return Accepted(
        basis=data.basis,
        effective_at=recorded.effective_at,
        event_id=recorded.event_id,
        content=data.content,
        content_sha256=item.content_sha256,
        grounds=data.grounds,
        sides=tuple(signature.side for signature in data.signatures),
    )


def remember_deemed(state: Contract, item: str, recorded: Recorded) -> Contract:
    """To which deadline a deemed acceptance belongs, for the warnings that are learned of later (R-406)."""
    data = recorded.data
    if not isinstance(data, ItemAccepted) or data.basis != "silence":
        return state
    known = state.warnings.get(data.deadline, Warnings())
    warned = replace(known, item=item, accepted_event=recorded.event_id)
    return replace(state, warnings={**state.warnings, data.deadline: warned})
