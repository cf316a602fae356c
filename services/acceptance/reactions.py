"""Stage 8: what follows from a public event of another service, in the transaction that appends it. Pure."""

from __future__ import annotations

from services.acceptance.domain.conditional.decide import list_acts_of
from services.acceptance.domain.decide import release
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.extension.decide import extend
from services.acceptance.domain.items.decide import plan_items, re_plan_items
from services.acceptance.domain.review.decide import add_warning
from services.acceptance.domain.settlement.decide import open_settlement, re_plan
from services.acceptance.domain.state import Contract, State
from shared.commands.decision import UNCHANGED, Decision
from shared.commands.service import Facts
from shared.messages.events import FeedReceived, Recorded
from shared.public_events.contracts import (
    ContractAmended,
    ContractExtended,
    ContractSigned,
    RePlanSent,
    RoleAppointed,
    RoleRevoked,
    SettledThrough,
)
from shared.public_events.language import public_event
from shared.public_events.notices import NotificationDelivered


def react(state: State, recorded: Recorded, facts: Facts) -> Decision:
    """What follows from a feed event that `evolve` has just folded into `state`."""
    feed = recorded.data
    if not isinstance(feed, FeedReceived) or not isinstance(state, Contract):
        return UNCHANGED
    draft = DecisionDraft(state, tenant=recorded.tenant, root=recorded.event_id, facts=facts)
    at = feed.effective_at
    event = public_event(feed)
    match event:
        case ContractSigned() if state.settlement is None:
            plan_items(draft, at)
            open_settlement(draft, at)
        case ContractAmended():
            re_plan_items(draft, at, recorded.event_id)
        case ContractExtended():
            re_plan_items(draft, at, recorded.event_id)
            extend(draft, event, at, recorded.event_id)
            release(draft, feed.recorded_at)
        case RoleAppointed() | SettledThrough():
            release(draft, feed.recorded_at)
        case RoleRevoked(holder=holder):
            list_acts_of(draft, holder, feed.recorded_at)
        case RePlanSent():
            re_plan(draft, event, at)
        case NotificationDelivered() if event.proves_warning:
            add_warning(draft, event)
    return draft.decision()
