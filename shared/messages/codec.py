"""Recorded events <-> the canonical bytes that are stored, hashed and compared.

In: a `Recorded`; out: canonical JSON of everything but its position (the position is the log's, not the event's).
Reading goes through the registry, so old shapes are lifted by their upcasters; unknown ones stop the reader (R-460).
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from shared.kernel.actors import Actor
from shared.kernel.errors import LogUnintelligible, Unintelligible
from shared.messages import canonical
from shared.messages.events import Event, FeedDiscarded, FeedReceived, Recorded
from shared.messages.registry import Registry

# What the mechanism itself appends to the log of any service.
MECHANISM_EVENTS: Registry[Event] = Registry((FeedReceived, FeedDiscarded), "TOPIC")


class RecordBody(Struct, frozen=True, kw_only=True):
    """The stored form of a record. `data` is an event struct when written and raw JSON when read.

    The instants were checked when they came in; looking at each again would cost a reader a third of his time.
    """

    tenant: str
    scope: str
    stream: str
    version: int
    event_id: str
    type: str
    effective_at: str
    recorded_at: str
    actor: Actor
    correlation_id: str
    causation_id: str
    traceparent: str | None
    data: Any


class _StoredBody(RecordBody, frozen=True, kw_only=True):
    data: msgspec.Raw


_DECODER = msgspec.json.Decoder(_StoredBody)


class Codec:
    """Encodes and decodes the events of one service, and those of the mechanism in its log."""

    def __init__(self, events: Registry[Event]) -> None:
        self._events = events
        self._names: dict[type[Event], str] = {}
        self._mechanism = frozenset(MECHANISM_EVENTS.names())

    def name_of(self, data: Event) -> str:
        """The stored name of an event; raises Unintelligible when it is not registered."""
        kind = type(data)
        if kind not in self._names:
            self._names[kind] = self._registry(data.TOPIC).name_of(data)
        return self._names[kind]

    def encode(self, recorded: Recorded) -> bytes:
        """The bytes that are stored for a record."""
        return _body(recorded, recorded.data)

    def store(self, proposed: Recorded) -> tuple[Recorded, bytes]:
        """A new record as a replay will read it, and the bytes that are stored for it.

        Raises Unintelligible when a replay could not read what it carries.
        """
        if type(proposed.data) is FeedReceived:
            # Made of an envelope, whose members were read under the same types, and whose data are canonical.
            return proposed, self.encode(proposed)
        data = canonical.encode(proposed.data)
        read = self._registry(proposed.type).decode(proposed.type, data)
        if read != proposed.data:
            proposed = msgspec.structs.replace(proposed, data=read)
        return proposed, _body(proposed, msgspec.Raw(data))

    def decode(self, position: int, body: bytes) -> Recorded:
        """The record at a position of the log; raises LogUnintelligible."""
        try:
            stored = _DECODER.decode(body)
            data = self._registry(stored.type).decode(stored.type, stored.data)
        except (msgspec.MsgspecError, Unintelligible) as error:
            raise LogUnintelligible(f"event at position {position}: {error}") from error
        return Recorded(
            position=position,
            tenant=stored.tenant,
            scope=stored.scope,
            stream=stored.stream,
            version=stored.version,
            event_id=stored.event_id,
            type=stored.type,
            effective_at=stored.effective_at,
            recorded_at=stored.recorded_at,
            actor=stored.actor,
            correlation_id=stored.correlation_id,
            causation_id=stored.causation_id,
            traceparent=stored.traceparent,
            data=data,
        )

    def _registry(self, name: str) -> Registry[Event]:
        return MECHANISM_EVENTS if name in self._mechanism else self._events


def _body(recorded: Recorded, data: Any) -> bytes:
    return canonical.encode(
        RecordBody(
            tenant=recorded.tenant,
            scope=recorded.scope,
            stream=recorded.stream,
            version=recorded.version,
            event_id=recorded.event_id,
            type=recorded.type,
            effective_at=recorded.effective_at,
            recorded_at=recorded.recorded_at,
            actor=recorded.actor,
            correlation_id=recorded.correlation_id,
            causation_id=recorded.causation_id,
            traceparent=recorded.traceparent,
            data=data,
        )
    )
