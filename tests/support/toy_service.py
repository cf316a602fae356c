"""A service small enough to see through, that uses every part of the mechanism: counters with a limit and an alarm.

Adding publishes a public event; a counter event received from another toy is echoed (a reaction); the limit is a fact
from a catalogue scope; an alarm is a deadline; an announced addition is conditional until it is settled.
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from shared.commands.command import Command, Context
from shared.commands.decision import UNCHANGED, Decision, FinalAnswer, Outcome
from shared.commands.service import Facts, Service
from shared.deadlines.model import Deadline, DeadlineMet, DeadlineSet, deadline_changes
from shared.kernel.actors import CATALOG_TENANT, Actor
from shared.kernel.errors import Refused
from shared.kernel.instants import Instant
from shared.messages import canonical
from shared.messages.events import Event, FeedReceived, NewEvent, Recorded
from shared.messages.registry import Registry
from shared.periods import Derivation
from shared.public_events.envelope import Envelope, PublicEvent, PublicMessage

NOW: Instant = "2026-03-02T01:30:00.000Z"
ALICE = Actor(issuer="https://id.test", subject="alice", organisation="acme")
LIMIT_SCOPE = "service/standard"


class Added(Event, frozen=True, kw_only=True):
    """The counter grew."""

    TOPIC: ClassVar[str] = "toy.added.v1"

    amount: int
    note: str = ""


class Announced(Event, frozen=True, kw_only=True):
    """An addition that is decided later; the key of its command is kept."""

    TOPIC: ClassVar[str] = "toy.announced.v1"

    amount: int
    key: str


class Echoed(Event, frozen=True, kw_only=True):
    """Another counter grew, and this one took notice."""

    TOPIC: ClassVar[str] = "toy.echoed.v1"

    amount: int


class CounterChanged(PublicEvent, frozen=True, kw_only=True):
    """Public: a counter grew."""

    TYPE: ClassVar[str] = "toy.counter_changed.v1"
    TOPIC: ClassVar[str] = "toy.counters.v1"

    counter: str
    amount: int
    total: int
    note: str = ""


class LimitPublished(PublicEvent, frozen=True, kw_only=True):
    """Public, from the catalogue: no counter may grow beyond this."""

    TYPE: ClassVar[str] = "toy.limit_published.v1"
    TOPIC: ClassVar[str] = "toy.catalog.v1"

    limit: int


class Add(Struct, frozen=True, kw_only=True):
    """Grow by an amount; 0 is a repeat of nothing, more than the limit is refused, -1 is a defect of the decider."""

    amount: int
    note: str = ""


class Announce(Struct, frozen=True, kw_only=True):
    """Grow later."""

    amount: int


class Settle(Struct, frozen=True, kw_only=True):
    """Decide what was announced."""


class SetAlarm(Struct, frozen=True, kw_only=True):
    """Arm a deadline."""

    due_at: Instant
    calendar_version: str = "v1"
    legal_effect: bool = True
    provisional: bool = False


class StopAlarm(Struct, frozen=True, kw_only=True):
    """Meet the deadline."""


class Counter(Struct, frozen=True, kw_only=True):
    """The state of a scope: a counter, or a limit of the catalogue."""

    total: int = 0
    echoed: int = 0
    announced: Announced | None = None
    alarm: Deadline | None = None
    limit: int = 1_000_000
    poisoned: bool = False


class OverTheLimit(Refused):
    """The counter would grow beyond its limit."""

    code = "OVER_THE_LIMIT"
    rule = "R-000"
    title_en = "The counter has a limit"
    title_zh = "计数器有上限"


TOY_PUBLIC: Registry[PublicEvent] = Registry((CounterChanged, LimitPublished), "TYPE")


def evolve(state: Counter, recorded: Recorded) -> Counter:
    replace = msgspec.structs.replace
    match recorded.data:
        case Added(amount=amount):
            return replace(state, total=state.total + amount)
        case Announced() as announced:
            return replace(state, announced=announced)
        case Echoed(amount=amount):
            return replace(state, echoed=state.echoed + amount)
        case DeadlineSet(deadline=deadline):
            return replace(state, alarm=deadline)
        case DeadlineMet():
            return replace(state, alarm=None)
        case FeedReceived() as feed:
            return _evolve_feed(state, feed)
        case event:
            raise ValueError(f"{event} cannot happen")


def _evolve_feed(state: Counter, feed: FeedReceived) -> Counter:
    match TOY_PUBLIC.decode(feed.type, feed.data):
        case LimitPublished(limit=limit):
            return msgspec.structs.replace(state, limit=limit)
        case CounterChanged(note="poison"):
            raise ValueError("a defect in the fold")
        case _:
            return state


def decide(state: Counter, command: Command[Any], facts: Facts) -> Decision:
    context = command.context

    def new(data: Event) -> NewEvent:
        return NewEvent(stream=command.stream, data=data, effective_at=context.received_at)

    match command.body:
        case Add(amount=0):
            return UNCHANGED
        case Add(amount=-1):
            raise RuntimeError("a defect in the decider")
        case Add(amount=amount, note=note):
            limit = facts[LIMIT_SCOPE].limit
            if state.total + amount > limit:
                raise OverTheLimit(f"{state.total} + {amount} > {limit}", field="amount", limit=str(limit))
            return Decision(events=(new(Added(amount=amount, note=note)),))
        case Announce(amount=amount):
            announced = Announced(amount=amount, key=context.key)
            return Decision(events=(new(announced),), outcome=Outcome(kind="conditional"))
        case Settle() if state.announced:
            final = FinalAnswer(
                issuer=context.actor.issuer,
                subject=context.actor.subject,
                key=state.announced.key,
                outcome=Outcome(detail="settled"),
            )
            return Decision(events=(new(Added(amount=state.announced.amount)),), final_answers=(final,))
        case SetAlarm() as alarm:
            return Decision(events=(new(DeadlineSet(deadline=_deadline(command, alarm))),))
        case StopAlarm() if state.alarm:
            return Decision(events=(new(DeadlineMet(deadline=state.alarm, reason="stopped", met_by=context.key)),))
        case _:
            return UNCHANGED


def _deadline(command: Command[Any], alarm: SetAlarm) -> Deadline:
    derivation = Derivation(
        trigger_day=date(2026, 3, 2),
        trigger_at=None,
        spec="5wd",
        calendar_id="cn",
        calendar_version=alarm.calendar_version,
        steps=(),
        last_day=None,
        due_at=alarm.due_at,
        effective_at=alarm.due_at,
        provisional=alarm.provisional,
    )
    return Deadline(
        deadline_id=f"{command.scope}-alarm",
        contract=command.scope,
        kind="alarm",
        timer="T-00",
        rule="R-000",
        side="customer",
        legal_effect=alarm.legal_effect,
        trigger_event=command.context.command_id,
        derivation=derivation,
    )


def react(state: Counter, recorded: Recorded, facts: Facts) -> Decision:
    assert isinstance(recorded.data, FeedReceived)
    match TOY_PUBLIC.decode(recorded.data.type, recorded.data.data):
        case CounterChanged(amount=amount, note=note):
            if note == "unmappable":
                raise RuntimeError("a defect in the reaction")
            echoed = Echoed(amount=amount)
            stream = f"echo-{recorded.data.key}"
            return Decision(events=(NewEvent(stream=stream, data=echoed, effective_at=recorded.effective_at),))
        case _:
            return Decision()


def to_public(state: Counter, recorded: Recorded) -> tuple[PublicMessage, ...]:
    match recorded.data:
        case Added(note="unmappable"):
            raise RuntimeError("a defect in the mapping")
        case Added(amount=amount, note=note):
            key = recorded.scope.removeprefix("counter/")
            return (
                PublicMessage(key=key, data=CounterChanged(counter=key, amount=amount, total=state.total, note=note)),
            )
        case _:
            return ()


def scope_of_feed(type: str, key: str) -> str | None:
    match type:
        case LimitPublished.TYPE:
            return f"service/{key}"
        case "toy.gossip.v1":
            return None
        case _:
            return f"counter/{key}"


TOY: Service[Counter] = Service(
    name="toy",
    events=Registry((Added, Announced, Echoed, DeadlineSet, DeadlineMet), "TOPIC"),
    initial=Counter,
    evolve=evolve,
    decide=decide,
    to_public=to_public,
    react=react,
    deadline_changes=deadline_changes,
    scope_of_feed=scope_of_feed,
    subscriptions={"other": (CounterChanged.TOPIC,), "catalog": (LimitPublished.TOPIC,)},
)


def command(
    body: Struct,
    key: str,
    *,
    counter: str = "c1",
    tenant: str = "t1",
    actor: Actor = ALICE,
    expected_version: int | None = None,
    received_machine_s: float = 0.0,
) -> Command[Any]:
    """A command for a counter under an idempotency key."""
    context = Context(
        tenant=tenant,
        actor=actor,
        key=key,
        fingerprint=canonical.sha256([type(body).__name__, counter, body]),
        command_id=f"command-{tenant}-{key}",
        received_at=NOW,
        received_machine_s=received_machine_s,
        expected_version=expected_version,
    )
    return Command(scope=f"counter/{counter}", stream=f"counter-{counter}", context=context, body=body)


def envelope(
    n: int,
    data: PublicEvent | None = None,
    *,
    key: str = "c1",
    tenant: str = "t1",
    event_id: str = "",
    type: str = "",
) -> Envelope:
    """Number `n` of the feed of a counter of the service `other` (of a limit of the catalogue)."""
    event = data or CounterChanged(counter=key, amount=n, total=0)
    of_catalog = isinstance(event, LimitPublished)
    return Envelope(
        tenant=CATALOG_TENANT if of_catalog else tenant,
        source="catalog" if of_catalog else "other",
        topic=event.TOPIC,
        key=key,
        n=n,
        event_id=event_id or f"{key}-{n}",
        type=type or event.TYPE,
        effective_at=NOW,
        recorded_at=NOW,
        actor=ALICE,
        correlation_id="walk",
        causation_id="step",
        traceparent=None,
        data=canonical.encode(event),
    )
