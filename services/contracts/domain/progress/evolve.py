"""What acceptance told, folded into the contract: submissions, reviews, ends of items, and what reopens them."""

from __future__ import annotations

from msgspec.structs import asdict, replace

from services.contracts.domain.base import with_entry
from services.contracts.domain.state import Completed, Signed
from shared.kernel.instants import Instant
from shared.public_events.acceptance import Accepted, Closed, DeliverableSubmitted, ReviewStarted, Voided
from shared.public_events.envelope import PublicEvent


def acceptance_told(state: Signed, event: PublicEvent, at: Instant) -> Signed:
    """Fold what acceptance said; the rest of the published language changes nothing that contracts decides."""
    match event:
        case DeliverableSubmitted():
            first = state.submitted.get(event.submission.deliverable, at)
            return replace(state, submitted=with_entry(state.submitted, event.submission.deliverable, first))
        case ReviewStarted(round=1):
            return _item(state, event.item, submitted_at=at)
        case Accepted():
            return _item(state, event.item, ended_at=at, accepted=True)
        case Closed():
            return _item(state, event.item, ended_at=at)
        case Voided():
            reopened = _item(state, event.item, ended_at=None, accepted=False)
            return _reopened(reopened) if isinstance(reopened, Completed) else reopened
        case _:
            return state


def completed(state: Signed, at: Instant) -> Completed:
    """Fold the completion of the contract."""
    return Completed(**asdict(state), completed_at=at)


def _item(state: Signed, item: str, **progress: object) -> Signed:
    return replace(state, items=with_entry(state.items, item, replace(state.items[item], **progress)))


def _reopened(state: Completed) -> Signed:
    """A joint correction took an acceptance back, so the contract is no longer complete (R-443)."""
    fields = asdict(state)
    del fields["completed_at"]
    return Signed(**fields)
