"""One document a closed deadline of a contract, its own and those of acceptance: when and why it ended (R-402)."""

from __future__ import annotations

from msgspec import Struct

from services.contracts.projections.scope import contract_key
from services.contracts.publishing import OWNER
from shared.deadlines.answer import Ended, end_of
from shared.deadlines.model import Deadline, DeadlineLapsed, DeadlineMet
from shared.kernel.names import label_name
from shared.messages.events import FeedReceived, Recorded
from shared.projections.view import View, arrival
from shared.public_events.deadlines import DeadlineHasLapsed, DeadlineWasMet
from shared.public_events.language import public_event

ENDS = frozenset({DeadlineWasMet.TYPE, DeadlineHasLapsed.TYPE})


class ClosedDeadline(Struct, frozen=True, kw_only=True):
    """A deadline as it stood when it ended."""

    contract: str
    owner: str
    deadline: Deadline
    ended: Ended
    arrival: int


def keys(recorded: Recorded) -> tuple[str, ...]:
    """The deadline that an event closes."""
    closed = _closed(recorded)
    return (closed.deadline.deadline_id,) if closed else ()


def apply(document: ClosedDeadline | None, key: str, recorded: Recorded) -> ClosedDeadline | None:
    """A deadline ends once; one that runs again is another generation with an id of its own."""
    return _closed(recorded) or document


def _closed(recorded: Recorded) -> ClosedDeadline | None:
    contract = contract_key(recorded)
    if not contract:
        return None
    match recorded.data:
        case DeadlineMet(deadline=deadline) | DeadlineLapsed(deadline=deadline) as event:
            owner, ended = OWNER, end_of(event, recorded.effective_at)
        case FeedReceived(type=kind) as feed if kind in ENDS:
            owner, deadline, ended = _heard(feed)
        case _:
            return None
    return ClosedDeadline(contract=contract, owner=owner, deadline=deadline, ended=ended, arrival=recorded.position)


def _heard(feed: FeedReceived) -> tuple[str, Deadline, Ended]:
    match public_event(feed):
        case DeadlineWasMet(owner=owner, deadline=deadline, reason=because):
            return owner, deadline, Ended(how="met", because=because, at=feed.effective_at)
        case DeadlineHasLapsed(owner=owner, deadline=deadline, consequence=because):
            return owner, deadline, Ended(how="lapsed", because=because, at=feed.effective_at)
        case other:
            raise TypeError(f"{type(other).__name__} ends no deadline")


def labels(document: ClosedDeadline) -> tuple[str, ...]:
    """Those of a contract."""
    return (label_name("contract", document.contract),)


CLOSED_DEADLINES: View[ClosedDeadline] = View(
    name="contract_closed_deadlines",
    version=2,
    document=ClosedDeadline,
    keys=keys,
    apply=apply,
    labels=labels,
    order=lambda document: arrival(document.arrival),
)
