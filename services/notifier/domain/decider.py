"""Stage 3b: the notifier's decisions, one pure function a command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from services.notifier.domain.address import address_of
from services.notifier.domain.commands import (
    DisableEndpoint,
    DispatchNotice,
    RecordAttempt,
    RegisterEndpoint,
    RotateEndpointSecret,
)
from services.notifier.domain.errors import (
    EndpointExists,
    EndpointUnknown,
    NoticeUnknown,
    NotYourEndpoint,
    TooManyEndpoints,
)
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
)
from services.notifier.domain.planning import (
    OVERDUE_REPEAT,
    next_overdue_reminder,
    overdue_notice,
    reminder_notice,
)
from services.notifier.domain.state import (
    CalendarKnown,
    ContractNotices,
    Endpoint,
    Endpoints,
    SentNotice,
    State,
    contract_of,
)
from services.notifier.domain.streams import endpoint_stream, notice_stream, reminder_stream
from shared.commands.command import Command, Context
from shared.commands.decision import UNCHANGED, Decision, Outcome
from shared.commands.service import Facts
from shared.deadlines.commands import DeadlineElapsed, RecomputeDeadline
from shared.kernel.errors import told
from shared.kernel.instants import Instant, plus_seconds
from shared.messages.events import Event, NewEvent
from shared.periods import WorkCalendar
from shared.periods import calendar_of as estimated
from shared.public_events.scopes import calendar_scope

# Active endpoints of an organisation, and names that it may use up; a disabled endpoint keeps its name.
ENDPOINTS_MAX = 20
ENDPOINT_NAMES_MAX = 200

# Standard Webhooks 1.0: seconds from one attempt to the next; after the last the target is given up (75 hours).
RETRY_AFTER_S = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)


def calendar_of(state: ContractNotices, facts: Facts) -> WorkCalendar | None:
    """The contract's working calendar, None while the terms are not known here yet.

    Topics do not wait for one another. Before the calendar has arrived an estimate stands in for it: a reminder has no
    legal effect, and one on a holiday is better than none.
    """
    if state.terms is None:
        return None
    known = facts[calendar_scope(state.terms.calendar)]
    return known.calendar if isinstance(known, CalendarKnown) else estimated(state.terms.calendar)


def decide(state: State, command: Command[Any], facts: Facts) -> Decision:
    """Decide a command; raises the refusals of `domain/errors.py`."""
    body, context = command.body, command.context
    match body:
        case DeadlineElapsed():
            return _reminder_came(contract_of(state), body, facts, context.received_at)
        case RecomputeDeadline():
            # The owner recomputes and publishes the move; reminders follow that event.
            return UNCHANGED
        case DispatchNotice():
            return _dispatch(contract_of(state), body, context)
        case RecordAttempt():
            return _record_attempt(contract_of(state), body, context)
        case RegisterEndpoint():
            return _register(state, body, context)
        case RotateEndpointSecret():
            return _rotate(state, body, context)
        case DisableEndpoint():
            return _disable(state, body, context)
        case _:
            raise TypeError(f"{type(body).__name__} is no command of the notifier")


def _one(stream: str, event: Event, at: Instant) -> Decision:
    return Decision(events=(NewEvent(stream=stream, data=event, effective_at=at),))


def _reminder_came(state: ContractNotices, body: DeadlineElapsed, facts: Facts, now: Instant) -> Decision:
    """The ticker says that a reminder's time has come; it is sent only if the deadline still runs."""
    reminder = state.reminders.get(body.deadline_id)
    if reminder is None or reminder.at != body.due_at:
        return UNCHANGED
    stream = reminder_stream(reminder.reminder)
    events: list[NewEvent] = [
        NewEvent(stream=stream, data=ReminderCame(reminder=reminder.reminder), effective_at=reminder.at)
    ]
    notice: Notice | None = None
    if reminder.days_before == OVERDUE_REPEAT:
        flag = state.overdue.get(reminder.deadline)
        if flag:
            notice = overdue_notice(state, flag, "overdue_reminder", reminder.reminder, now)
        calendar = calendar_of(state, facts)
        if flag and calendar:
            following = next_overdue_reminder(reminder.deadline, calendar, now)
            events.append(NewEvent(stream=reminder_stream(following.reminder), data=following, effective_at=now))
    else:
        deadline = state.deadlines.get(reminder.deadline)
        if deadline:
            notice = reminder_notice(state, reminder, deadline, now)
    if notice:
        events.append(
            NewEvent(stream=notice_stream(notice.notice), data=NoticePlanned(notice=notice), effective_at=now)
        )
    return Decision(events=tuple(events))


def _notice(state: ContractNotices, notice: str) -> SentNotice:
    if notice not in state.notices:
        raise NoticeUnknown(notice)
    return state.notices[notice]


def _dispatch(state: ContractNotices, body: DispatchNotice, context: Context) -> Decision:
    if _notice(state, body.notice).targets:
        return UNCHANGED
    event = NoticeDispatched(notice=body.notice, targets=body.targets)
    return _one(notice_stream(body.notice), event, context.received_at)


def _record_attempt(state: ContractNotices, body: RecordAttempt, context: Context) -> Decision:
    """One outcome per target: what was delivered or given up stays so, a repeated report changes nothing."""
    target = _notice(state, body.notice).targets.get(body.target)
    if target is None:
        raise NoticeUnknown(f"{body.notice} {body.target}")
    if target.done or body.attempt != target.attempts + 1:
        return UNCHANGED
    event: Event
    if not body.failure and body.target == LOG_TARGET:
        event = NoticeLogged(notice=body.notice, attempt=body.attempt, content_sha256=body.content_sha256)
    elif not body.failure:
        event = DeliverySucceeded(
            notice=body.notice,
            target=body.target,
            attempt=body.attempt,
            content_sha256=body.content_sha256,
            evidence=body.evidence,
        )
    else:
        event = DeliveryAttemptFailed(
            notice=body.notice,
            target=body.target,
            attempt=body.attempt,
            reason=body.failure,
            next_at=_next_attempt_at(body),
        )
    return _one(notice_stream(body.notice), event, context.received_at)


def _next_attempt_at(body: RecordAttempt) -> Instant | None:
    if body.gone or body.attempt > len(RETRY_AFTER_S):
        return None
    wait_s = max(RETRY_AFTER_S[body.attempt - 1], body.retry_after_s)
    return plus_seconds(body.attempted_at, min(wait_s, RETRY_AFTER_S[-1]))


def _own(context: Context, organisation: str) -> None:
    if context.actor.organisation != organisation:
        raise NotYourEndpoint(organisation, field="organisation")


def _called(endpoints: Mapping[str, Endpoint]) -> list[str]:
    return [name for name, endpoint in endpoints.items() if not endpoint.disabled]


def _endpoint(state: State, name: str) -> Endpoint:
    endpoints = state.endpoints if isinstance(state, Endpoints) else {}
    if name not in endpoints or endpoints[name].disabled:
        raise EndpointUnknown(name, field="endpoint", known=told(_called(endpoints)))
    return endpoints[name]


def _register(state: State, body: RegisterEndpoint, context: Context) -> Decision:
    _own(context, body.organisation)
    address_of(body.url)
    known = state.endpoints.get(body.endpoint) if isinstance(state, Endpoints) else None
    if known is not None:
        if known.url == body.url and not known.disabled:
            return UNCHANGED
        raise EndpointExists(body.endpoint, field="/endpoint")
    if isinstance(state, Endpoints):
        active = sum(not endpoint.disabled for endpoint in state.endpoints.values())
        if active >= ENDPOINTS_MAX or len(state.endpoints) >= ENDPOINT_NAMES_MAX:
            raise TooManyEndpoints(f"{active}, {len(state.endpoints)}", field="/endpoint")
    event = EndpointRegistered(endpoint=body.endpoint, organisation=body.organisation, url=body.url)
    return _with_generation(body, event, event.generation, context)


def _rotate(state: State, body: RotateEndpointSecret, context: Context) -> Decision:
    _own(context, body.organisation)
    known = _endpoint(state, body.endpoint)
    event = EndpointSecretRotated(endpoint=body.endpoint, generation=known.generation + 1)
    return _with_generation(body, event, event.generation, context)


def _with_generation(
    body: RegisterEndpoint | RotateEndpointSecret, event: Event, generation: int, context: Context
) -> Decision:
    """The answer names the generation and the request that made it, so that the edge shows its secret to that one."""
    decision = _one(endpoint_stream(body.organisation, body.endpoint), event, context.received_at)
    outcome = Outcome(data={"endpoint": body.endpoint, "generation": str(generation), "request": body.request})
    return replace(decision, outcome=outcome)


def _disable(state: State, body: DisableEndpoint, context: Context) -> Decision:
    _own(context, body.organisation)
    _endpoint(state, body.endpoint)
    event = EndpointDisabled(endpoint=body.endpoint, reason=body.reason)
    return _one(endpoint_stream(body.organisation, body.endpoint), event, context.received_at)
