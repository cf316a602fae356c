"""One document an acceptance item: its phase, what was submitted, its discrepancies, its open periods and why.

The same fold as the decider's: `evolve_item` and `fold_running`, so that what is shown is what is decided on.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from services.acceptance.domain.base import ItemEvent
from services.acceptance.domain.conditional.events import ActConditional, ActDecided, ListedForReview
from services.acceptance.domain.evolve import evolve_item
from services.acceptance.domain.items.events import ItemPlanned
from services.acceptance.domain.items.evolve import planned
from services.acceptance.domain.periods.evolve import fold_running
from services.acceptance.domain.periods.state import Running
from services.acceptance.domain.state import Item
from shared.deadlines.model import DeadlineHeld, DeadlineLapsed, DeadlineMet, DeadlineMoved, DeadlineSet
from shared.kernel.instants import Instant
from shared.kernel.names import key_name, label_name
from shared.messages.events import Recorded
from shared.projections.view import View, arrival
from shared.public_events.submissions import ItemState

DeadlineEvents = DeadlineSet | DeadlineMoved | DeadlineHeld | DeadlineMet | DeadlineLapsed


class WaitingAct(Struct, frozen=True, kw_only=True):
    """An act that is recorded and will be decided (R-401, R-403, R-427)."""

    event_id: str
    act: str
    why: str
    received_at: Instant


class ToReview(Struct, frozen=True, kw_only=True):
    """An event that people have to look at again."""

    cited_event: str
    rule: str
    reason: str


class ItemDocument(Struct, frozen=True, kw_only=True):
    """An item as acceptance knows it. `version` is the version of its stream, for `If-Match`.

    Places of the log: where it was `planned`, and where it `entered` its state.
    """

    item: Item
    organisations: tuple[str, ...]
    version: int
    changed_at: Instant
    planned: int = 0
    entered: int = 0
    running: Mapping[str, Running] = msgspec.field(default_factory=dict)
    waiting: tuple[WaitingAct, ...] = ()
    to_review: tuple[ToReview, ...] = ()

    @property
    def state(self) -> ItemState:
        """Where the item stands."""
        return self.item.state


def item_key(contract: str, item: str) -> str:
    """The key of an item's document."""
    return key_name(contract, item)


def keys(recorded: Recorded) -> tuple[str, ...]:
    """The item that an event or a deadline is about."""
    match recorded.data:
        case ItemEvent(contract=contract, item=item) if item:
            return (item_key(contract, item),)
        case DeadlineSet() | DeadlineMoved() | DeadlineHeld() | DeadlineMet() | DeadlineLapsed() as event:
            deadline = event.deadline
            return (item_key(deadline.contract, deadline.item),) if deadline.item else ()
        case _:
            return ()


def apply(document: ItemDocument | None, key: str, recorded: Recorded) -> ItemDocument | None:
    """Fold one event into the item's document."""
    data = recorded.data
    if isinstance(data, ItemPlanned):
        return ItemDocument(
            item=planned(data),
            organisations=(data.customer, data.provider),
            version=recorded.version,
            changed_at=recorded.recorded_at,
            planned=recorded.position,
            entered=recorded.position,
        )
    if document is None:
        raise LookupError(f"item {key} was never planned")
    changed = replace(document, version=recorded.version, changed_at=recorded.recorded_at)
    match data:
        case DeadlineSet() | DeadlineMoved() | DeadlineHeld() | DeadlineMet() | DeadlineLapsed():
            return replace(changed, running=fold_running(document.running, data))
        case ActConditional():
            waiting = WaitingAct(event_id=recorded.event_id, act=data.act, why=data.why, received_at=data.received_at)
            return replace(changed, waiting=(*document.waiting, waiting))
        case ActDecided(conditional=event_id):
            left = tuple(act for act in document.waiting if act.event_id != event_id)
            return replace(changed, waiting=left)
        case ListedForReview():
            listed = ToReview(cited_event=data.cited_event, rule=data.rule, reason=data.reason)
            return replace(changed, to_review=(*document.to_review, listed))
        case _:
            after = replace(changed, item=evolve_item(document.item, recorded))
            return after if after.state == document.state else replace(after, entered=recorded.position)


def labels(document: ItemDocument) -> tuple[str, ...]:
    """By contract, by state, and both of them by organisation."""
    return (
        label_name("contract", document.item.contract),
        board_label(None, document.state),
        *(board_label(whose, state) for whose in document.organisations for state in (None, document.state)),
    )


def board_label(organisation: str | None, state: str | None) -> str:
    """The items of an organisation, in a state, or both; without either, all of them."""
    in_state = label_name("state", state) if state else ""
    if organisation is None:
        return in_state or "*"
    return label_name("org", *filter(None, (organisation, in_state)))


def places(document: ItemDocument) -> Mapping[str, str]:
    """In the lists of a state from when it entered it, in the others from when it was planned."""
    of_state = (None, *document.organisations)
    return {board_label(whose, document.state): arrival(document.entered) for whose in of_state}


ITEMS: View[ItemDocument] = View(
    name="acceptance_items",
    version=4,
    document=ItemDocument,
    keys=keys,
    apply=apply,
    labels=labels,
    order=lambda document: arrival(document.planned),
    places=places,
)
