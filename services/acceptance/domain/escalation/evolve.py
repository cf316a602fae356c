"""An item after one more event of lateness: its flags, and the state ESCALATED (R-408)."""

from __future__ import annotations

from msgspec.structs import replace

from services.acceptance.domain.discrepancies.state import DiscrepancyOpen
from services.acceptance.domain.discussion.state import InDiscussion
from services.acceptance.domain.escalation.events import (
    EscalationWithdrawn,
    ItemEscalated,
    OverdueEscalated,
    OverdueFlagged,
    OverdueWithdrawn,
)
from services.acceptance.domain.escalation.state import Escalated, Flag
from services.acceptance.domain.folding import cannot_follow, expect, not_of_item
from services.acceptance.domain.state import Item
from shared.messages.events import Recorded


def evolve(item: Item, recorded: Recorded) -> Item:
    """The item after one more event of this subject."""
    data = recorded.data
    match data:
        case OverdueFlagged():
            flag = Flag(deadline=data.deadline, kind=data.kind, side=data.side, due_at=data.due_at)
            return replace(item, overdue=(*item.overdue, flag))
        case OverdueEscalated():
            return item
        case OverdueWithdrawn():
            kept = tuple(flag for flag in item.overdue if flag.deadline != data.deadline)
            return replace(item, overdue=kept)
        case ItemEscalated():
            return replace(item, phase=_escalated(item, data, recorded))
        case EscalationWithdrawn():
            return replace(item, phase=expect(item, Escalated, recorded).before)
        case _:
            raise not_of_item(recorded)


def _escalated(item: Item, data: ItemEscalated, recorded: Recorded) -> Escalated:
    before = item.phase
    if not isinstance(before, DiscrepancyOpen | InDiscussion):
        raise cannot_follow(item, recorded)
    return Escalated(
        round=before.round,
        before=before,
        reason=data.reason,
        deadline=data.deadline,
        due_at=data.due_at,
        conclusions=before.conclusions if isinstance(before, InDiscussion) else (),
    )
