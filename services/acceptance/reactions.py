"""Stage 8: what follows from a public event of another service, in the transaction that appends it. Pure."""

from __future__ import annotations

from services.acceptance.domain import reasons
from services.acceptance.domain.authority import role_held
from services.acceptance.domain.deciders.conditional import release
from services.acceptance.domain.deciders.moving import extend
from services.acceptance.domain.deciders.planning import plan_items, re_plan_items
from services.acceptance.domain.deciders.settlement import open_settlement, re_plan
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.events import ListedForReview, WarningRecorded
from services.acceptance.domain.state import Accepted, Contract, State
from shared.commands.decision import UNCHANGED, Decision
from shared.commands.service import Facts
from shared.kernel.actors import Actor
from shared.kernel.instants import Instant
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
from shared.public_events.terms import RoleHolder


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


def list_acts_of(draft: DecisionDraft, revoked: RoleHolder, now: Instant) -> None:
    """Acts decided on a role that had been revoked when they were received are listed, not undone (R-427)."""
    for act in draft.state.acted:
        if (act.issuer, act.subject, act.side, act.role) != (
            revoked.issuer,
            revoked.subject,
            revoked.side,
            revoked.role,
        ):
            continue
        person = Actor(issuer=act.issuer, subject=act.subject, organisation="")
        if role_held(draft.state, person, act.side, (act.role,), act.received_at) is None:
            draft.record(
                ListedForReview(
                    contract=draft.contract,
                    item=act.item,
                    cited_event=act.event_id,
                    rule="R-427",
                    reason=reasons.revoked(act.role),
                ),
                now,
            )


def add_warning(draft: DecisionDraft, delivered: NotificationDelivered) -> None:
    """A reminder delivered in time, but learned of after the deemed acceptance, completes its evidence (R-406)."""
    known = draft.state.warnings.get(delivered.deadline)
    if known is None or not known.accepted_event or delivered.kind != "reminder":
        return
    accepted = draft.item(known.item).phase
    if isinstance(accepted, Accepted) and delivered.delivered_at < accepted.effective_at:
        draft.record(
            WarningRecorded(
                contract=draft.contract,
                item=known.item,
                accepted_event=known.accepted_event,
                deliveries=(delivered.notice,),
            ),
            delivered.delivered_at,
        )
