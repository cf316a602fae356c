"""Stage 3a: the fold. An event of a scope, own or received, and the state before it give the state after it (R-408).

Own events are folded strictly: one that cannot follow raises TypeError or KeyError. Of what is received, acceptance
keeps the calendars, the terms, the roles, approved changes, settled-through answers and delivered warnings.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from services.acceptance.domain.events import (
    ActConditional,
    ActDecided,
    AfterCareEnded,
    AfterCareStarted,
    InvoiceDueDateSet,
    InvoiceRequested,
    InvoiceReversed,
    ItemAccepted,
    ItemEvent,
    ItemPlanned,
    RePlanApplied,
    RePlanRefused,
    SettlementEvent,
    SettlementOpened,
    TrialRunRecorded,
)
from services.acceptance.domain.evolving_items import evolve_item, planned
from services.acceptance.domain.state import (
    ActedInRole,
    CalendarKnown,
    Care,
    Contract,
    Request,
    Running,
    Settlement,
    State,
    TrialRun,
    Unknown,
    Waiting,
    Warned,
    Warnings,
)
from shared.deadlines.model import (
    DeadlineHeld,
    DeadlineLapsed,
    DeadlineMet,
    DeadlineMoved,
    DeadlineSet,
)
from shared.kernel.names import key_name
from shared.messages.events import FeedReceived, Recorded
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

DeadlineEvent = DeadlineSet | DeadlineMoved | DeadlineHeld | DeadlineMet | DeadlineLapsed


def initial() -> State:
    """A scope without events."""
    return Unknown()


def evolve(state: State, recorded: Recorded) -> State:
    """The state after one more event."""
    if isinstance(recorded.data, FeedReceived):
        return _received(state, recorded.data)
    if not isinstance(state, Contract):
        raise TypeError(f"{recorded.type} cannot follow on {type(state).__name__}")
    return _own(state, recorded)


def _own(state: Contract, recorded: Recorded) -> Contract:
    data = recorded.data
    match data:
        case DeadlineSet() | DeadlineMoved() | DeadlineHeld() | DeadlineMet() | DeadlineLapsed():
            return _evolve_deadlines(state, data)
        case ItemPlanned(item=name):
            return replace(state, items={**state.items, name: planned(data)})
        case ActConditional():
            return replace(state, waiting=(*state.waiting, _waiting(data, recorded)))
        case ActDecided(conditional=event_id):
            left = tuple(act for act in state.waiting if act.event_id != event_id)
            return replace(state, waiting=left)
        case ItemEvent(item=name) if name:
            item = evolve_item(state.items[name], recorded)
            return _remember(replace(state, items={**state.items, name: item}), name, recorded)
        case ItemEvent():
            return state
        case SettlementEvent():
            return replace(state, settlement=fold_settlement(state.settlement, data, recorded))
        case TrialRunRecorded(what="started", on=day):
            return replace(state, trial_run=TrialRun(started_on=day))
        case TrialRunRecorded(on=day):
            return replace(state, trial_run=replace(state.trial_run, ended_on=day))
        case AfterCareStarted(care=care):
            return replace(state, care={**state.care, care: Care()})
        case AfterCareEnded(care=care):
            return replace(state, care={**state.care, care: Care(ended_at=recorded.effective_at)})
        case _:
            raise TypeError(f"{recorded.type} does not belong to acceptance")


def _waiting(data: ActConditional, recorded: Recorded) -> Waiting:
    return Waiting(
        event_id=recorded.event_id,
        item=data.item,
        act=data.act,
        body=bytes(data.body),
        actor=data.actor,
        key=data.key,
        why=data.why,
        received_at=data.received_at,
    )


def _remember(state: Contract, item: str, recorded: Recorded) -> Contract:
    """Who acted in which role (R-427), and to which deadline a deemed acceptance belongs (R-406)."""
    if isinstance(recorded.data, ItemAccepted) and recorded.data.basis == "silence":
        deadline = recorded.data.deadline
        known = state.warnings.get(deadline, Warnings())
        warned = replace(known, item=item, accepted_event=recorded.event_id)
        return replace(state, warnings={**state.warnings, deadline: warned})
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


# ---- deadlines ----


def _evolve_deadlines(state: Contract, data: DeadlineEvent) -> Contract:
    state = replace(state, running=fold_running(state.running, data))
    deadline = data.deadline
    match data:
        case DeadlineSet():
            counter = generation_key(deadline.item, deadline.kind)
            return replace(state, generations={**state.generations, counter: deadline.generation})
        case DeadlineLapsed():
            return replace(state, lapsed={**state.lapsed, deadline.deadline_id: deadline})
        case _:
            return state


def fold_running(running: Mapping[str, Running], data: DeadlineEvent) -> Mapping[str, Running]:
    """The open deadlines after a deadline event; raises KeyError for one that is not open."""
    deadline = data.deadline
    name = deadline.deadline_id
    if not isinstance(data, DeadlineSet) and name not in running:
        raise KeyError(f"deadline {name} is not open")
    match data:
        case DeadlineSet() | DeadlineMoved():
            return {**running, name: Running(deadline=deadline)}
        case DeadlineHeld():
            return {**running, name: Running(deadline=deadline, held=True)}
        case DeadlineMet() | DeadlineLapsed():
            return {open_name: kept for open_name, kept in running.items() if open_name != name}


def generation_key(item: str, kind: str) -> str:
    """The counter that numbers the deadlines of a kind of an item."""
    return key_name(item, kind)


# ---- the settlement ----


def fold_settlement(settlement: Settlement | None, data: SettlementEvent, recorded: Recorded) -> Settlement:
    """The settlement after one more event of its stream."""
    if isinstance(data, SettlementOpened):
        return Settlement(
            number=data.number,
            name=data.name,
            customer=data.customer,
            provider=data.provider,
            currency=data.currency,
            tax_rate=data.tax_rate,
            price_version=data.price_version,
            price_total=data.price_total,
            signed_at=recorded.effective_at,
            lines=data.lines,
        )
    if settlement is None:
        raise TypeError(f"{recorded.type} cannot come before the settlement is opened")
    match data:
        case InvoiceRequested(line=line):
            request = Request(
                request_id=data.request_id, generation=data.generation, active=True, pay_by=data.pay_by_derivation
            )
            return replace(settlement, requests={**settlement.requests, line.line_id: request})
        case InvoiceDueDateSet(line=name):
            dated = replace(settlement.requests[name], pay_by=data.pay_by_derivation)
            return replace(settlement, requests={**settlement.requests, name: dated})
        case InvoiceReversed(line=name):
            reversed_request = replace(settlement.requests[name], active=False)
            return replace(settlement, requests={**settlement.requests, name: reversed_request})
        case RePlanApplied():
            return replace(
                settlement,
                price_version=data.price_version,
                price_total=data.price_total,
                lines=data.lines,
            )
        case RePlanRefused():
            return settlement
        case _:
            raise TypeError(f"{recorded.type} does not belong to a settlement")


# ---- what was received ----


def _received(state: State, feed: FeedReceived) -> State:
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
