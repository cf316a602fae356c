"""Given/when/then for a service's pure functions (emmett's DeciderSpecification in Python).

    spec = Spec(ACCEPTANCE, scope="contract/C1").given(feed(signed), ("item-C1/i1", ItemPlanned(...)))
    spec.when(AcceptItem(...), actor=acceptor, at="2026-03-02T01:00:00.000Z").then(ItemAccepted(...))

`given` folds events as the log would hold them; `when` decides; the assertions look at the decision. `after` goes on
from the recorded decision, so that a history can be told in one chain.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, Self, TypeVar

import msgspec
from msgspec import Struct

from shared.commands.command import Command, Context
from shared.commands.decision import Decision
from shared.commands.service import Service
from shared.kernel.actors import Actor, system_actor
from shared.kernel.errors import LedgerError
from shared.kernel.ids import derived_id, event_id
from shared.kernel.instants import Instant
from shared.kernel.names import feed_name, parts_of
from shared.messages import canonical
from shared.messages.events import Event, FeedReceived, NewEvent, Recorded
from shared.public_events.envelope import PublicEvent

S = TypeVar("S")
TENANT = "demo"
START: Instant = "2026-03-02T01:00:00.000Z"

Given = tuple[str, Event] | NewEvent | PublicEvent


class Spec(Generic[S]):
    """A scope of one service and its history; every method returns a Spec, so that chains read like sentences."""

    def __init__(self, service: Service[S], scope: str, facts: Mapping[str, Any] | None = None, now: Instant = START):
        self.service = service
        self.scope = scope
        self.facts = facts or {}
        self.now = now
        self.state: S = service.initial()
        self.history: list[Recorded] = []
        self.decision = Decision()
        self.raised: LedgerError | None = None
        self._root = ""

    def at(self, now: Instant) -> Self:
        """What is recorded or decided from here on happens at `now`."""
        self.now = now
        return self

    def given(self, *events: Given, source: str = "contracts") -> Self:
        """Fold events of own streams (stream, event), or public events of `source` as feed events."""
        for event in events:
            if isinstance(event, PublicEvent):
                self._record(self._feed(event, source))
            elif isinstance(event, NewEvent):
                self._record(event)
            else:
                stream, data = event
                self._record(NewEvent(stream=stream, data=data, effective_at=self.now))
        return self

    def receive(self, event: PublicEvent, source: str = "contracts") -> Self:
        """A public event arrives: it is folded, and what `react` makes of it is the decision."""
        recorded = self._record(self._feed(event, source))
        if self.service.react is None:
            raise AssertionError(f"{self.service.name} does not react")
        self.raised = None
        self._root = recorded.event_id
        self.decision = self.service.react(self.state, recorded, self.facts)
        return self

    def when(self, body: Struct, *, actor: Actor | None = None, key: str = "", stream: str = "") -> Self:
        """Decide a command received now."""
        actor = actor or system_actor(self.service.name)
        key = key or derived_id("key", str(len(self.history)), canonical.sha256(body), self.now, actor.subject)
        context = Context(
            tenant=TENANT,
            actor=actor,
            key=key,
            fingerprint=canonical.sha256(body),
            command_id=derived_id("command", key),
            received_at=self.now,
        )
        self.raised = None
        self.decision = Decision()
        self._root = context.command_id
        try:
            command = Command(scope=self.scope, stream=stream, context=context, body=body)
            self.decision = self.service.decide(self.state, command, self.facts)
        except LedgerError as error:
            self.raised = error
        return self

    def after(self) -> Self:
        """Record the decision and go on from there; its events get the ids that the store gives them."""
        self._accept()
        for index, event in enumerate(self.decision.events):
            self._record(event, event_id(self._root, index))
        return self

    def then(self, *events: Event) -> Self:
        """The decision proposes exactly these events, in this order."""
        self._accept()
        found = tuple(event.data for event in self.decision.events)
        if found != events:
            raise AssertionError(f"expected {events!r}\n   found {found!r}")
        return self

    def then_types(self, *types: type[Event]) -> Self:
        """The decision proposes events of exactly these types, in this order."""
        self._accept()
        found = tuple(type(event.data) for event in self.decision.events)
        if found != types:
            raise AssertionError(f"expected {[t.__name__ for t in types]}, found {[t.__name__ for t in found]}")
        return self

    def then_nothing(self) -> Self:
        """A repeat: no events, outcome unchanged (R-421)."""
        self._accept()
        if self.decision.events or self.decision.outcome.kind != "unchanged":
            raise AssertionError(f"expected nothing, found {self.decision!r}")
        return self

    def refuses(self, error: type[LedgerError], field: str = "") -> Self:
        """The command is refused by exactly this rule and records nothing."""
        if not isinstance(self.raised, error):
            raise AssertionError(f"expected {error.__name__}, found {self.raised or self.decision!r}")
        if field and self.raised.field != field:
            raise AssertionError(f"expected field {field}, found {self.raised.field}")
        return self

    def without_effect(self, rule: str) -> Self:
        """Recorded, but it does not count, for this rule (R-426)."""
        return self._outcome("without_effect", rule)

    def conditional(self, rule: str = "") -> Self:
        """Recorded, and decided later (R-401, R-403)."""
        return self._outcome("conditional", rule)

    def event(self, type: type[Event]) -> Any:
        """The one event of a type that the decision proposes."""
        found = [event.data for event in self.decision.events if isinstance(event.data, type)]
        if len(found) != 1:
            raise AssertionError(f"expected one {type.__name__}, found {found!r}")
        return found[0]

    def _outcome(self, kind: str, rule: str) -> Self:
        self._accept()
        outcome = self.decision.outcome
        if outcome.kind != kind or (rule and outcome.rule != rule):
            raise AssertionError(f"expected {kind} {rule}, found {outcome!r}")
        return self

    def _accept(self) -> None:
        if self.raised is not None:
            raise AssertionError(f"the command was refused: {self.raised!r}") from self.raised

    def _feed(self, event: PublicEvent, source: str) -> NewEvent:
        key = str(getattr(event, "contract", "") or parts_of(self.scope)[1][0])
        stream = feed_name(source, event.TOPIC, key)
        number = sum(1 for recorded in self.history if recorded.stream == stream) + 1
        feed = FeedReceived(
            source=source,
            topic=event.TOPIC,
            key=key,
            n=number,
            event_id=derived_id(source, event.TOPIC, key, str(number)),
            type=event.TYPE,
            effective_at=self.now,
            recorded_at=self.now,
            actor=system_actor(source),
            data=msgspec.Raw(canonical.encode(event)),
        )
        return NewEvent(stream=stream, data=feed, effective_at=self.now)

    def _record(self, event: NewEvent, identity: str = "") -> Recorded:
        position = len(self.history) + 1
        recorded = Recorded(
            position=position,
            tenant=TENANT,
            scope=self.scope,
            stream=event.stream,
            version=sum(1 for earlier in self.history if earlier.stream == event.stream) + 1,
            event_id=identity or derived_id(self.service.name, str(position)),
            type=event.data.TOPIC,
            effective_at=event.effective_at,
            recorded_at=self.now,
            actor=event.actor or system_actor(self.service.name),
            correlation_id="",
            causation_id="",
            traceparent=None,
            data=event.data,
        )
        self.history.append(recorded)
        self.state = self.service.evolve(self.state, recorded)
        return recorded
