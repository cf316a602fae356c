"""Stage 3a: what the notifier knows, folded from its own log.

A scope is one of three: a contract (its people, its open deadlines, what was planned and sent), an organisation's
endpoints, or a working calendar. `evolve` is strict: an event that cannot follow raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar, assert_never

import msgspec
from msgspec import Struct

from services.notifier.domain.events import (
    LOG_TARGET,
    DeliveryAttemptFailed,
    DeliverySucceeded,
    EndpointDisabled,
    EndpointRegistered,
    EndpointSecretRotated,
    Notice,
    NoticeDispatched,
    NoticeLogged,
    NoticePlanned,
    ReminderCame,
    ReminderDropped,
    ReminderPlanned,
)
from shared.deadlines.model import Deadline
from shared.kernel.instants import Instant
from shared.messages.events import FeedReceived, Recorded
from shared.periods import WorkCalendar
from shared.public_events.acceptance import (
    Accepted,
    Closed,
    Overdue,
    OverdueWithdrawn,
)
from shared.public_events.calendars import fold_calendar
from shared.public_events.catalog import CalendarYearAmended, CalendarYearPublished
from shared.public_events.contracts import (
    ContractAmended,
    ContractExtended,
    ContractSigned,
    RoleAppointed,
    RoleRevoked,
)
from shared.public_events.deadlines import (
    DeadlineHasLapsed,
    DeadlineIsDue,
    DeadlineWasMet,
    DeadlineWasMoved,
    DeadlineWasSet,
)
from shared.public_events.envelope import PublicEvent
from shared.public_events.language import public_event
from shared.public_events.roles import ended_by
from shared.public_events.terms import RoleHolder, Terms


class Target(Struct, frozen=True, kw_only=True):
    """Where a notice goes; `done` is empty, `logged`, `delivered` or `failed`."""

    attempts: int = 0
    done: str = ""


class SentNotice(Struct, frozen=True, kw_only=True):
    """A notice with its targets; no targets means that it waits to be dispatched."""

    notice: Notice
    targets: Mapping[str, Target] = msgspec.field(default_factory=dict)


class Empty(Struct, frozen=True, kw_only=True):
    """A scope without events."""


class CalendarKnown(Struct, frozen=True, kw_only=True):
    """A working calendar as the catalogue published it."""

    calendar: WorkCalendar


class Endpoint(Struct, frozen=True, kw_only=True):
    """A webhook endpoint; disabled ones stay, so that their name is not taken again."""

    endpoint: str
    organisation: str
    url: str
    generation: int
    disabled: bool = False


class Endpoints(Struct, frozen=True, kw_only=True):
    """The endpoints of one organisation by name."""

    endpoints: Mapping[str, Endpoint]


class ContractNotices(Struct, frozen=True, kw_only=True):
    """One contract: who is who, which deadlines run, which flags are up, what was planned and sent."""

    terms: Terms | None = None
    roles: tuple[RoleHolder, ...] = ()
    deadlines: Mapping[str, Deadline] = msgspec.field(default_factory=dict)
    overdue: Mapping[str, Overdue] = msgspec.field(default_factory=dict)
    reminders: Mapping[str, ReminderPlanned] = msgspec.field(default_factory=dict)
    notices: Mapping[str, SentNotice] = msgspec.field(default_factory=dict)


Value = TypeVar("Value")

State = Empty | CalendarKnown | Endpoints | ContractNotices


def initial() -> State:
    """A scope before its first event."""
    return Empty()


def evolve(state: State, recorded: Recorded) -> State:
    """Fold one event; raises TypeError or KeyError for one that cannot follow."""
    event = recorded.data
    match event:
        case FeedReceived():
            return _evolve_feed(state, public_event(event), event.recorded_at)
        case EndpointRegistered() | EndpointSecretRotated() | EndpointDisabled():
            return _evolve_endpoints(state, event)
        case (
            ReminderPlanned()
            | ReminderDropped()
            | ReminderCame()
            | NoticePlanned()
            | NoticeDispatched()
            | NoticeLogged()
            | DeliverySucceeded()
            | DeliveryAttemptFailed()
        ):
            return _evolve_notices(contract_of(state), event)
        case _:
            raise TypeError(f"{recorded.type} does not belong to the notifier")


def contract_of(state: State) -> ContractNotices:
    """The state of a contract scope; an empty scope is a contract nothing is known of yet."""
    if isinstance(state, ContractNotices):
        return state
    if isinstance(state, Empty):
        return ContractNotices()
    raise TypeError(f"{type(state).__name__} is not a contract")


def _evolve_feed(state: State, event: PublicEvent, recorded_at: Instant) -> State:
    if isinstance(event, CalendarYearPublished | CalendarYearAmended):
        known = state.calendar if isinstance(state, CalendarKnown) else None
        return CalendarKnown(calendar=fold_calendar(known, event))
    return _evolve_contract(contract_of(state), event, recorded_at)


def _evolve_contract(state: ContractNotices, event: PublicEvent, recorded_at: Instant) -> ContractNotices:
    change = msgspec.structs.replace
    match event:
        case ContractSigned():
            return change(state, terms=event.terms, roles=event.roles)
        case ContractAmended() | ContractExtended():
            return change(state, terms=event.terms)
        case RoleAppointed():
            return change(state, roles=(*state.roles, event.holder))
        case RoleRevoked():
            return change(state, roles=tuple(ended_by(role, event.holder, recorded_at) for role in state.roles))
        case DeadlineWasSet() | DeadlineWasMoved() | DeadlineIsDue():
            return change(state, deadlines={**state.deadlines, event.deadline.deadline_id: event.deadline})
        case DeadlineWasMet() | DeadlineHasLapsed():
            return change(state, deadlines=_without(state.deadlines, event.deadline.deadline_id))
        case Overdue():
            return change(state, overdue={**state.overdue, event.deadline: event})
        case OverdueWithdrawn():
            return change(state, overdue=_without(state.overdue, event.deadline))
        case Accepted() | Closed():
            flags = {key: flag for key, flag in state.overdue.items() if flag.item != event.item}
            return change(state, overdue=flags)
        case _:
            # The rest of the published language tells the notifier nothing, and new events must not stop it.
            return state


NoticeEvent = (
    ReminderPlanned
    | ReminderDropped
    | ReminderCame
    | NoticePlanned
    | NoticeDispatched
    | NoticeLogged
    | DeliverySucceeded
    | DeliveryAttemptFailed
)


def _evolve_notices(state: ContractNotices, event: NoticeEvent) -> ContractNotices:
    change = msgspec.structs.replace
    match event:
        case ReminderPlanned():
            return change(state, reminders={**state.reminders, event.reminder: event})
        case ReminderDropped() | ReminderCame():
            state.reminders[event.reminder]
            return change(state, reminders=_without(state.reminders, event.reminder))
        case NoticePlanned():
            return change(state, notices={**state.notices, event.notice.notice: SentNotice(notice=event.notice)})
        case NoticeDispatched():
            targets = {target: Target() for target in event.targets}
            return _with_notice(state, change(state.notices[event.notice], targets=targets))
        case NoticeLogged():
            return _with_target(state, event.notice, LOG_TARGET, event.attempt, "logged")
        case DeliverySucceeded():
            return _with_target(state, event.notice, event.target, event.attempt, "delivered")
        case DeliveryAttemptFailed():
            done = "failed" if event.next_at is None else ""
            return _with_target(state, event.notice, event.target, event.attempt, done)
        case _ as never:
            assert_never(never)


def _with_notice(state: ContractNotices, sent: SentNotice) -> ContractNotices:
    return msgspec.structs.replace(state, notices={**state.notices, sent.notice.notice: sent})


def _with_target(state: ContractNotices, notice: str, target: str, attempts: int, done: str) -> ContractNotices:
    sent = state.notices[notice]
    targets = {**sent.targets, target: Target(attempts=attempts, done=done)}
    return _with_notice(state, msgspec.structs.replace(sent, targets=targets))


def _evolve_endpoints(state: State, event: EndpointRegistered | EndpointSecretRotated | EndpointDisabled) -> Endpoints:
    known = state.endpoints if isinstance(state, Endpoints) else {}
    match event:
        case EndpointRegistered():
            changed = Endpoint(
                endpoint=event.endpoint,
                organisation=event.organisation,
                url=event.url,
                generation=event.generation,
            )
        case EndpointSecretRotated():
            changed = msgspec.structs.replace(known[event.endpoint], generation=event.generation)
        case EndpointDisabled():
            changed = msgspec.structs.replace(known[event.endpoint], disabled=True)
        case _ as never:
            assert_never(never)
    return Endpoints(endpoints={**known, changed.endpoint: changed})


def _without(mapping: Mapping[str, Value], key: str) -> Mapping[str, Value]:
    return {known: value for known, value in mapping.items() if known != key}
