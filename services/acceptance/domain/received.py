"""What was received from other services, folded into a scope (R-408).

Acceptance keeps the calendars, the terms, the roles, approved changes, settled-through answers and delivered warnings.
"""

from __future__ import annotations

from msgspec.structs import replace

from services.acceptance.domain.review.state import Warned, Warnings
from services.acceptance.domain.state import CalendarKnown, Contract, State, Unknown
from shared.messages.events import FeedReceived
from shared.public_events.calendars import fold_calendar
from shared.public_events.catalog import CalendarYearAmended, CalendarYearPublished
from shared.public_events.contracts import (
    ChangeDecided,
    ContractAmended,
    ContractExtended,
    ContractSigned,
    RoleAppointed,
    RoleRevoked,
    SettledThrough,
)
from shared.public_events.language import public_event
from shared.public_events.notices import NotificationDelivered
from shared.public_events.roles import HeldRole, ended_by


def received(state: State, feed: FeedReceived) -> State:
    """The state after an event of another service."""
    event = public_event(feed)
    match state, event:
        case _, CalendarYearPublished() | CalendarYearAmended():
            known = state.calendar if isinstance(state, CalendarKnown) else None
            return CalendarKnown(calendar=fold_calendar(known, event))
        case Unknown(), ContractSigned(contract=contract, terms=terms, roles=roles):
            held = tuple(HeldRole(holder=holder, recorded_at=feed.recorded_at) for holder in roles)
            return Contract(contract=contract, terms=terms, roles=held)
        case Contract(), ContractAmended(terms=terms) | ContractExtended(terms=terms):
            return replace(state, terms=terms)
        case Contract(), RoleAppointed(holder=holder):
            appointed = HeldRole(holder=holder, recorded_at=feed.recorded_at)
            return replace(state, roles=(*state.roles, appointed))
        case Contract(), RoleRevoked(holder=holder):
            ended = (replace(held, holder=ended_by(held.holder, holder, feed.recorded_at)) for held in state.roles)
            return replace(state, roles=tuple(ended))
        case Contract(), ChangeDecided(change=change, decision="approved"):
            return replace(state, changes_approved=state.changes_approved | {change})
        case Contract(), SettledThrough(through=through):
            return replace(state, settled_through=max(state.settled_through, through))
        case Contract(), NotificationDelivered(kind="reminder", deadline=deadline) if deadline and event.proves_warning:
            earlier = state.warnings.get(deadline, Warnings())
            warned = Warned(notice=event.notice, delivered_at=event.delivered_at)
            known_of = replace(earlier, deliveries=(*earlier.deliveries, warned))
            return replace(state, warnings={**state.warnings, deadline: known_of})
        case _:
            return state
