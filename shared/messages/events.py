"""The shapes around a stored event: what a decider proposes, and what stands in the log.

Event structs derive from `Event` and carry an explicit versioned `TOPIC` (R-460). Fields may be added with
defaults; they are never renamed or retyped. A new shape is a new `.v2` struct with an upcaster.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec
from msgspec import Struct

from shared.kernel.actors import Actor
from shared.kernel.instants import Instant


class Event(Struct, frozen=True, kw_only=True):
    """Base of all private events; `TOPIC` is the stored name, for example `contracts.contract_signed.v1`."""

    TOPIC: ClassVar[str]


class NewEvent(Struct, frozen=True, kw_only=True):
    """An event that a decision proposes for a stream of the scope; the store adds id, version and recorded_at.

    `effective_at` is when it took legal effect (R-400). `actor` overrides the command's actor when the decision
    found the role in which the person acted, or records the act of somebody else (a conditional act decided later).
    """

    stream: str
    data: Event
    effective_at: Instant
    actor: Actor | None = None


class Recorded(Struct, frozen=True, kw_only=True):
    """An event as it stands in a service's log.

    `position` is its place in the log (1-based, in commit order, with no meaning across services); `version` its
    place in its stream (1-based, gap-free). `scope` is the consistency boundary it belongs to.
    """

    position: int
    tenant: str
    scope: str
    stream: str
    version: int
    event_id: str
    type: str
    effective_at: Instant
    recorded_at: Instant
    actor: Actor
    correlation_id: str
    causation_id: str
    traceparent: str | None
    data: Event


class FeedReceived(Event, frozen=True, kw_only=True):
    """A public event of another service, appended to the receiver's own log as version `n` of its feed.

    `data` are the exact bytes received; `services` decode them with the registry of public events when they fold.
    """

    TOPIC: ClassVar[str] = "feed.received.v1"

    source: str
    topic: str
    key: str
    n: int
    event_id: str
    type: str
    effective_at: Instant
    recorded_at: Instant
    actor: Actor
    data: msgspec.Raw


class FeedDiscarded(Event, frozen=True, kw_only=True):
    """A public event that could not be applied and was given up on record: it takes its place in the feed, and no
    state changes by it. The folds of the mechanism pass over it; views see it like any event.
    """

    TOPIC: ClassVar[str] = "feed.discarded.v1"

    source: str
    topic: str
    key: str
    n: int
    event_id: str
    type: str
    reason: str
