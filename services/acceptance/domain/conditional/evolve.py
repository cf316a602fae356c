"""Acts that wait, and acts that were decided on a role, after one more event (R-408)."""

from __future__ import annotations

from msgspec.structs import replace

from services.acceptance.domain.conditional.events import ActConditional, ActDecided, ListedForReview
from services.acceptance.domain.conditional.state import ActedInRole, Waiting
from services.acceptance.domain.folding import not_of_item
from services.acceptance.domain.state import Contract, Item
from shared.messages.events import Recorded


def evolve(item: Item, recorded: Recorded) -> Item:
    """The item after one more event of this subject: none of them changes it."""
    if isinstance(recorded.data, ActConditional | ActDecided | ListedForReview):
        return item
    raise not_of_item(recorded)


def evolve_waiting(state: Contract, data: ActConditional | ActDecided, recorded: Recorded) -> Contract:
    """The contract after an act began or ceased to wait."""
    if isinstance(data, ActDecided):
        left = tuple(act for act in state.waiting if act.event_id != data.conditional)
        return replace(state, waiting=left)
    waiting = Waiting(
        event_id=recorded.event_id,
        item=data.item,
        act=data.act,
        body=bytes(data.body),
        actor=data.actor,
        key=data.key,
        why=data.why,
        received_at=data.received_at,
    )
    return replace(state, waiting=(*state.waiting, waiting))


def remember_role(state: Contract, item: str, recorded: Recorded) -> Contract:
    """Who acted in which role, in case it turns out to have been revoked (R-427)."""
    actor = recorded.actor
    if not actor.role or actor.side not in ("customer", "provider"):
        return state
    acted = ActedInRole(
        event_id=recorded.event_id,
        item=item,
        issuer=actor.issuer,
        subject=actor.subject,
        side="customer" if actor.side == "customer" else "provider",
        role=actor.role,
        received_at=recorded.effective_at,
    )
    return replace(state, acted=(*state.acted, acted))
