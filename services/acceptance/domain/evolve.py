"""Stage 3a: the fold. An event of a scope, own or received, and the state before it give the state after it (R-408).

Own events are folded strictly, each by the fold of its subject: one that cannot follow raises TypeError or KeyError. Of
what is received, acceptance keeps what `received.py` says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from services.acceptance.domain.aftercare import evolve as aftercare
from services.acceptance.domain.aftercare.events import AfterCareEnded, AfterCareStarted
from services.acceptance.domain.base import ItemEvent, SettlementEvent
from services.acceptance.domain.communications import evolve as communications
from services.acceptance.domain.communications.events import CommunicationRecorded, CommunicationWithoutEffect
from services.acceptance.domain.conditional import evolve as conditional
from services.acceptance.domain.conditional.events import ActConditional, ActDecided, ListedForReview
from services.acceptance.domain.discrepancies import evolve as discrepancies
from services.acceptance.domain.discussion import evolve as discussion
from services.acceptance.domain.escalation import evolve as escalation
from services.acceptance.domain.escalation.events import OverdueEscalated, OverdueFlagged, OverdueWithdrawn
from services.acceptance.domain.events import BY_SUBJECT
from services.acceptance.domain.items import evolve as items
from services.acceptance.domain.items.events import ChangeOfAcceptedRequested, ItemPlanned, ItemReplanned
from services.acceptance.domain.periods import evolve as periods
from services.acceptance.domain.received import received
from services.acceptance.domain.review import evolve as review
from services.acceptance.domain.review.events import WarningRecorded
from services.acceptance.domain.settlement import evolve as settlement
from services.acceptance.domain.state import Contract, Item, State, Unknown
from services.acceptance.domain.submission import evolve as submission
from services.acceptance.domain.use import evolve as use
from services.acceptance.domain.use.events import TrialRunRecorded, UseRecorded
from shared.deadlines.model import DeadlineHeld, DeadlineLapsed, DeadlineMet, DeadlineMoved, DeadlineSet
from shared.messages.events import Event, FeedReceived, Recorded

# Which subject folds an event of an item's stream into the item.
ITEM_FOLDS: Mapping[type[Event], Callable[[Item, Recorded], Item]] = {
    event: fold
    for subject, fold in (
        ("items", items.evolve),
        ("submission", submission.evolve),
        ("review", review.evolve),
        ("discrepancies", discrepancies.evolve),
        ("discussion", discussion.evolve),
        ("escalation", escalation.evolve),
        ("use", use.evolve),
        ("communications", communications.evolve),
        ("conditional", conditional.evolve),
    )
    for event in BY_SUBJECT[subject]
}

# What an accepted or closed item can still be told; anything else cannot follow on its end.
AFTER_THE_END = frozenset(
    {
        ActConditional,
        ActDecided,
        ChangeOfAcceptedRequested,
        CommunicationRecorded,
        CommunicationWithoutEffect,
        ItemReplanned,
        ListedForReview,
        OverdueEscalated,
        OverdueFlagged,
        OverdueWithdrawn,
        UseRecorded,
        WarningRecorded,
    }
)


def initial() -> State:
    """A scope without events."""
    return Unknown()


def evolve(state: State, recorded: Recorded) -> State:
    """The state after one more event."""
    if isinstance(recorded.data, FeedReceived):
        return received(state, recorded.data)
    if not isinstance(state, Contract):
        raise TypeError(f"{recorded.type} cannot follow on {type(state).__name__}")
    return _own(state, recorded)


def evolve_item(item: Item, recorded: Recorded) -> Item:
    """The item after one more event of its stream; raises TypeError for an event that cannot follow."""
    event = type(recorded.data)
    fold = ITEM_FOLDS.get(event)
    if fold is None:
        raise TypeError(f"{recorded.type} does not belong to an item")
    if item.is_terminal and event not in AFTER_THE_END:
        raise TypeError(f"{recorded.type} cannot follow on a terminal item")
    return fold(item, recorded)


def _own(state: Contract, recorded: Recorded) -> Contract:
    data = recorded.data
    match data:
        case DeadlineSet() | DeadlineMoved() | DeadlineHeld() | DeadlineMet() | DeadlineLapsed():
            return periods.evolve_deadlines(state, data)
        case ItemPlanned(item=name):
            return replace(state, items={**state.items, name: items.planned(data)})
        case ActConditional() | ActDecided():
            return conditional.evolve_waiting(state, data, recorded)
        case ItemEvent(item=name) if name:
            item = evolve_item(state.items[name], recorded)
            return _remember(replace(state, items={**state.items, name: item}), name, recorded)
        case ItemEvent():
            return state
        case SettlementEvent():
            return replace(state, settlement=settlement.fold_settlement(state.settlement, data, recorded))
        case TrialRunRecorded():
            return use.evolve_trial_run(state, data)
        case AfterCareStarted() | AfterCareEnded():
            return aftercare.evolve_care(state, data, recorded.effective_at)
        case _:
            raise TypeError(f"{recorded.type} does not belong to acceptance")


def _remember(state: Contract, item: str, recorded: Recorded) -> Contract:
    """What the contract keeps of an event of an item beside the item."""
    return conditional.remember_role(review.remember_deemed(state, item, recorded), item, recorded)
