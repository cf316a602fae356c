"""One job's share of a transaction: a decision becomes events, public events and deadline rows.

Rows are gathered apart from those of other jobs, so that a job that fails half-way leaves nothing behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from msgspec import Struct

from shared.commands.scopes import Fold, Scope, standing
from shared.commands.service import Service
from shared.deadlines.model import DeadlineChange
from shared.eventstore.envelopes import outbox_message
from shared.eventstore.names import check_names
from shared.eventstore.store import EventRow, OutboxMessage, ResultRow, ScopeId
from shared.kernel.actors import Actor
from shared.kernel.ids import event_id
from shared.kernel.instants import Instant
from shared.messages.codec import Codec
from shared.messages.events import FeedDiscarded, FeedReceived, NewEvent, Recorded

S = TypeVar("S")

FROM_ELSEWHERE = (FeedReceived, FeedDiscarded)


class Origin(Struct, frozen=True, kw_only=True):
    """What the events of a job have in common. Their ids are derived from `root_id` and their index (R-408)."""

    root_id: str
    actor: Actor
    correlation_id: str
    causation_id: str
    traceparent: str | None


@dataclass(frozen=True, kw_only=True)
class Author(Generic[S]):
    """What every draft of a service is written with."""

    service: Service[S]
    codec: Codec
    fold: Fold[S]


class Draft(Generic[S]):
    """Rows and the state that follows from them, on top of the position `tail` of the log."""

    def __init__(
        self, author: Author[S], scope_id: ScopeId, scope: Scope[S], *, tail: int, recorded_at: Instant
    ) -> None:
        self._author = author
        self._scope_id = scope_id
        self._recorded_at = recorded_at
        self.scope = scope
        self.position = tail
        self.recorded: list[Recorded] = []
        self.events: list[EventRow] = []
        self.outbox: list[OutboxMessage] = []
        self.deadlines: list[DeadlineChange] = []
        self.settled: list[ResultRow] = []

    def append_all(self, origin: Origin, events: tuple[NewEvent, ...]) -> tuple[str, ...]:
        """Append what a decision proposes; the ids of the events."""
        ids = tuple([event_id(origin.root_id, index) for index in range(len(events))])
        for event, id in zip(events, ids, strict=True):
            self.append(origin, event, id)
        return ids

    def append(self, origin: Origin, event: NewEvent, id: str) -> Recorded:
        """Append one event, fold it, and gather what leaves with it. Raises Unintelligible and NotStorable.

        What is folded is what is stored, read back: an event that a replay could not read fails its command, and a
        replay never sees another value than the decision after this one did. What was received was read before.
        """
        author = self._author
        tenant, scope = self._scope_id
        stream = standing(self.scope, event.stream, author.service.earlier_stream)
        check_names(tenant, scope, stream, id)
        self.position += 1
        recorded, body = author.codec.store(
            Recorded(
                position=self.position,
                tenant=tenant,
                scope=scope,
                stream=stream,
                version=self.scope.versions.get(stream, 0) + 1,
                event_id=id,
                type=author.codec.name_of(event.data),
                effective_at=event.effective_at,
                recorded_at=self._recorded_at,
                actor=event.actor or origin.actor,
                correlation_id=origin.correlation_id,
                causation_id=origin.causation_id,
                traceparent=origin.traceparent,
                data=event.data,
            )
        )
        self.scope = author.fold.step(self.scope, recorded)
        self.recorded.append(recorded)
        self.events.append(
            EventRow(
                recorded.position,
                tenant,
                scope,
                recorded.stream,
                recorded.version,
                id,
                recorded.type,
                recorded.recorded_at,
                body,
            )
        )
        # What was received is never published again, and sets no deadline by itself: its reaction does.
        if not isinstance(recorded.data, FROM_ELSEWHERE):
            self._leave(recorded)
        return recorded

    def _leave(self, recorded: Recorded) -> None:
        service = self._author.service
        for index, message in enumerate(service.to_public(self.scope.state, recorded)):
            self.outbox.append(outbox_message(service.name, recorded, index, message))
        for change in service.deadline_changes(recorded):
            check_names(change.deadline_id, change.scope, change.calendar_id)
            self.deadlines.append(change)
