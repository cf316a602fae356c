"""Two toy services that exercise the mechanism: `counter` owns deadlines and asks, `mirror` follows and answers.

counter: `Add` changes a number and publishes it; `StartTimer` sets a deadline, `StopTimer` meets it if in time. When it
elapses, one with legal effect is held and asked about, and lapses on the answer; a flag lapses at once. mirror: keeps
what it was told, answers the question, and cannot apply a number in `POISON` until the set is empty.
"""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import Struct
from msgspec.structs import replace

from shared.commands.command import Command, Context
from shared.commands.decision import UNCHANGED, Decision, Outcome
from shared.commands.service import Facts, Service
from shared.deadlines.commands import DeadlineElapsed, RecomputeDeadline
from shared.deadlines.model import (
    DEADLINE_EVENTS,
    Deadline,
    DeadlineHeld,
    DeadlineLapsed,
    DeadlineMet,
    DeadlineMoved,
    DeadlineSet,
    deadline_changes,
)
from shared.kernel.actors import CATALOG_TENANT, Actor
from shared.kernel.errors import Refused
from shared.kernel.ids import derived_id
from shared.kernel.instants import Instant
from shared.messages import canonical
from shared.messages.events import Event, FeedReceived, NewEvent, Recorded
from shared.messages.registry import Registry
from shared.periods import CalendarYear, WorkCalendar, calendar_of, compute, recompute
from shared.projections.view import View
from shared.public_events.calendars import fold_calendar
from shared.public_events.catalog import CATALOG_TOPIC, CalendarYearAmended, CalendarYearPublished
from shared.public_events.deadlines import DEADLINES_TOPIC, DeadlineIsDue, deadline_messages
from shared.public_events.envelope import Envelope, PublicEvent, PublicMessage
from shared.public_events.language import PUBLIC_LANGUAGE, public_event

TENANT = "toys"
START: Instant = "2026-03-02T01:00:00.000Z"
CALENDAR = calendar_of("cn", [CalendarYear(year=2026, days=(), source="toy")])

POISON: set[int] = set()
"""Totals that `mirror` cannot apply: the defect of ours that parks a message. Empty it to mend the defect."""


class Add(Struct, frozen=True, kw_only=True):
    amount: int


class StartTimer(Struct, frozen=True, kw_only=True):
    deadline_id: str
    spec: str = "5wd"
    legal_effect: bool = True


class StopTimer(Struct, frozen=True, kw_only=True):
    deadline_id: str


class Added(Event, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "toy.added.v1"
    amount: int
    total: int


class Answered(Event, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "toy.answered.v1"
    deadline_id: str


class CounterChanged(PublicEvent, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "toy.counter_changed.v1"
    TOPIC: ClassVar[str] = "ledger.toys.v1"
    total: int


class QuestionAnswered(PublicEvent, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "toy.question_answered.v1"
    TOPIC: ClassVar[str] = "ledger.answers.v1"
    deadline_id: str


TOY_LANGUAGE: Registry[PublicEvent] = Registry((CounterChanged, QuestionAnswered), "TYPE")


class Counter(Struct, frozen=True, kw_only=True):
    total: int = 0
    deadlines: dict[str, tuple[str, Deadline]] = {}
    calendar: WorkCalendar | None = None


class Mirrored(Struct, frozen=True, kw_only=True):
    totals: tuple[int, ...] = ()
    answers: int = 0


class NoSuchTimer(Refused):
    code = "NO_SUCH_TIMER"


def stream_of(scope: str) -> str:
    return scope.replace("/", "-")


def scope_of_toy(type: str, key: str) -> str | None:
    if type in (CalendarYearPublished.TYPE, CalendarYearAmended.TYPE):
        return f"calendar/{key}"
    return f"counter/{key}"


def _decoded(feed: FeedReceived) -> PublicEvent:
    language = TOY_LANGUAGE if feed.type in TOY_LANGUAGE.names() else PUBLIC_LANGUAGE
    return language.decode(feed.type, feed.data)


def _evolve_counter(state: Counter, recorded: Recorded) -> Counter:
    match recorded.data:
        case Added(total=total):
            return replace(state, total=total)
        case DeadlineSet(deadline=d) | DeadlineMoved(deadline=d):
            return replace(state, deadlines={**state.deadlines, d.deadline_id: ("armed", d)})
        case DeadlineHeld(deadline=d):
            return replace(state, deadlines={**state.deadlines, d.deadline_id: ("held", d)})
        case DeadlineLapsed(deadline=d) | DeadlineMet(deadline=d):
            return replace(state, deadlines={**state.deadlines, d.deadline_id: ("closed", d)})
        case FeedReceived() as feed if feed.topic == CATALOG_TOPIC:
            event = public_event(feed)
            assert isinstance(event, CalendarYearPublished | CalendarYearAmended)
            return replace(state, calendar=fold_calendar(state.calendar, event))
    return state


def _decide_counter(state: Counter, command: Command[Any], facts: Facts) -> Decision:
    stream = command.stream
    known: Counter = facts["calendar/cn"]
    calendar = known.calendar or CALENDAR
    now = command.context.received_at
    match command.body:
        case Add(amount=amount):
            added = Added(amount=amount, total=state.total + amount)
            return Decision(events=(NewEvent(stream=stream, data=added, effective_at=now),))
        case StartTimer(deadline_id=deadline_id, spec=spec, legal_effect=legal_effect):
            deadline = Deadline(
                deadline_id=deadline_id,
                contract=command.scope.partition("/")[2],
                kind="toy_timer",
                timer="T-00",
                rule="R-000",
                side="customer",
                legal_effect=legal_effect,
                trigger_event=command.context.command_id,
                derivation=compute(now, spec, calendar),
            )
            return Decision(events=(NewEvent(stream=stream, data=DeadlineSet(deadline=deadline), effective_at=now),))
        case StopTimer(deadline_id=deadline_id):
            return _stopped(state, command, deadline_id)
        case DeadlineElapsed(deadline_id=deadline_id, due_at=due_at):
            return _elapsed(state, stream, deadline_id, due_at)
        case RecomputeDeadline(deadline_id=deadline_id):
            status, deadline = _timer(state, deadline_id)
            derivation = recompute(deadline.derivation, calendar)
            if status == "closed" or derivation == deadline.derivation:
                return UNCHANGED
            moved = DeadlineMoved(
                deadline=replace(deadline, derivation=derivation),
                old_due_at=deadline.derivation.due_at,
                reason="calendar_amended",
            )
            return Decision(events=(NewEvent(stream=stream, data=moved, effective_at=now),))
    raise NotImplementedError(command.body)


def _stopped(state: Counter, command: Command[Any], deadline_id: str) -> Decision:
    status, deadline = _timer(state, deadline_id)
    context = command.context
    if status != "armed" or context.received_at >= deadline.derivation.due_at:
        return Decision(outcome=Outcome(kind="without_effect", code="TOO_LATE", rule="R-401"))
    met = DeadlineMet(deadline=deadline, reason="stopped", met_by=context.command_id)
    return Decision(events=(NewEvent(stream=command.stream, data=met, effective_at=context.received_at),))


def _elapsed(state: Counter, stream: str, deadline_id: str, due_at: Instant) -> Decision:
    status, deadline = _timer(state, deadline_id)
    if status == "closed" or deadline.derivation.due_at != due_at:
        return UNCHANGED
    data: Event = DeadlineHeld(deadline=deadline)
    if not deadline.legal_effect:
        data = DeadlineLapsed(deadline=deadline, consequence="flagged")
    return Decision(events=(NewEvent(stream=stream, data=data, effective_at=due_at),))


def _timer(state: Counter, deadline_id: str) -> tuple[str, Deadline]:
    if deadline_id not in state.deadlines:
        raise NoSuchTimer
    return state.deadlines[deadline_id]


def _react_counter(state: Counter, recorded: Recorded, facts: Facts) -> Decision:
    assert isinstance(recorded.data, FeedReceived)
    match _decoded(recorded.data):
        case QuestionAnswered(deadline_id=deadline_id):
            status, deadline = _timer(state, deadline_id)
            if status != "held":
                return Decision()
            lapsed = DeadlineLapsed(deadline=deadline, consequence="silence")
            due_at = deadline.derivation.due_at
            stream = stream_of(recorded.scope)
            return Decision(events=(NewEvent(stream=stream, data=lapsed, effective_at=due_at),))
    return Decision()


def _publish_counter(state: Counter, recorded: Recorded) -> tuple[PublicMessage, ...]:
    if isinstance(recorded.data, Added):
        key = recorded.scope.partition("/")[2]
        return (PublicMessage(key=key, data=CounterChanged(total=recorded.data.total)),)
    return deadline_messages("counter", recorded)


COUNTER: Service[Counter] = Service(
    name="counter",
    events=Registry((Added, *DEADLINE_EVENTS), "TOPIC"),
    initial=Counter,
    evolve=_evolve_counter,
    decide=_decide_counter,
    react=_react_counter,
    to_public=_publish_counter,
    deadline_changes=deadline_changes,
    scope_of_feed=scope_of_toy,
    subscriptions={"mirror": (QuestionAnswered.TOPIC,), "catalog": (CATALOG_TOPIC,)},
)


def _evolve_mirror(state: Mirrored, recorded: Recorded) -> Mirrored:
    match recorded.data:
        case FeedReceived() as feed:
            match _decoded(feed):
                case CounterChanged(total=total):
                    if total in POISON:
                        raise ArithmeticError(f"{total} cannot be mirrored")
                    return replace(state, totals=(*state.totals, total))
        case Answered():
            return replace(state, answers=state.answers + 1)
    return state


def _react_mirror(state: Mirrored, recorded: Recorded, facts: Facts) -> Decision:
    assert isinstance(recorded.data, FeedReceived)
    match _decoded(recorded.data):
        case DeadlineIsDue(deadline=deadline):
            answer = Answered(deadline_id=deadline.deadline_id)
            at = deadline.derivation.due_at
            return Decision(events=(NewEvent(stream=stream_of(recorded.scope), data=answer, effective_at=at),))
    return Decision()


def _publish_mirror(state: Mirrored, recorded: Recorded) -> tuple[PublicMessage, ...]:
    if isinstance(recorded.data, Answered):
        key = recorded.scope.partition("/")[2]
        return (PublicMessage(key=key, data=QuestionAnswered(deadline_id=recorded.data.deadline_id)),)
    return ()


def _no_commands(state: Mirrored, command: Command[Any], facts: Facts) -> Decision:
    raise NotImplementedError(command.body)


MIRROR: Service[Mirrored] = Service(
    name="mirror",
    events=Registry((Answered,), "TOPIC"),
    initial=Mirrored,
    evolve=_evolve_mirror,
    decide=_no_commands,
    react=_react_mirror,
    to_public=_publish_mirror,
    scope_of_feed=scope_of_toy,
    subscriptions={"counter": (CounterChanged.TOPIC, DEADLINES_TOPIC)},
)


class Tally(Struct, frozen=True, kw_only=True):
    """The document of the toy view: what was added to one counter."""

    key: str
    total: int = 0
    events: int = 0
    history: tuple[int, ...] = ()


def _tally_keys(recorded: Recorded) -> tuple[str, ...]:
    return (recorded.scope, "all") if isinstance(recorded.data, Added) else ()


def _tally(document: Tally | None, key: str, recorded: Recorded) -> Tally | None:
    assert isinstance(recorded.data, Added)
    known = document or Tally(key=key)
    total = known.total + recorded.data.amount
    if total == 0:
        return None  # A counter at zero has no document.
    return Tally(key=key, total=total, events=known.events + 1, history=(*known.history, total)[-5:])


TALLIES: View[Tally] = View(
    name="tallies",
    version=1,
    document=Tally,
    keys=_tally_keys,
    apply=_tally,
    order=lambda document: f"{document.total:012d}",
    labels=lambda document: ("even" if document.total % 2 == 0 else "odd",),
)


def toy_command(scope: str, body: Struct, key: str, at: Instant = START, tenant: str = TENANT) -> Command[Any]:
    """A command of a person to a counter."""
    context = Context(
        tenant=tenant,
        actor=Actor(issuer="test", subject="zhang", organisation="acme"),
        key=key,
        fingerprint=key,
        command_id=derived_id(tenant, scope, key),
        received_at=at,
    )
    return Command(scope=scope, stream=stream_of(scope), context=context, body=body)


def toy_envelope(key: str, n: int, total: int, *, event_id: str = "", tenant: str = TENANT) -> Envelope:
    """A numbered public event of `counter` that never went through its log."""
    return Envelope(
        tenant=tenant,
        source="counter",
        topic=CounterChanged.TOPIC,
        key=key,
        n=n,
        event_id=event_id or derived_id(tenant, key, str(n)),
        type=CounterChanged.TYPE,
        effective_at=START,
        recorded_at=START,
        actor=Actor(issuer="test", subject="zhang", organisation="acme"),
        correlation_id="",
        causation_id="",
        traceparent=None,
        data=f'{{"total":{total}}}'.encode(),
    )


def calendar_envelope(n: int, year: CalendarYear, version: str, *, amended: str = "") -> Envelope:
    """What the catalogue publishes when a year comes or is amended."""
    event: PublicEvent = CalendarYearPublished(calendar="cn", version=version, year=year)
    if amended:
        event = CalendarYearAmended(calendar="cn", version=version, year=year, reason=amended)
    return replace(
        toy_envelope("cn", n, 0, tenant=CATALOG_TENANT),
        source="catalog",
        topic=CATALOG_TOPIC,
        type=type(event).TYPE,
        data=canonical.encode(event),
    )
