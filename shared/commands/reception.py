"""Public events of other services: each is applied once and in order, or parked (design section 4).

What is received becomes version n of its feed's stream, in one transaction with the events that the service's
reaction makes of it. The uniqueness of (stream, version) recognises repeats and forks, so it does not matter how
often, or along which partition, a message comes.
"""

from __future__ import annotations

from typing import Any

import msgspec

from shared.commands.batch import Batch
from shared.commands.draft import Draft, Origin
from shared.commands.feeds import received_event_id
from shared.eventstore.envelopes import encode_envelope
from shared.eventstore.names import NUMBER_MAX, NotStorable, storable_name, storable_text
from shared.eventstore.port import Receipt
from shared.eventstore.store import ParkedId, ParkedRow
from shared.kernel.actors import system_actor
from shared.kernel.errors import LogUnintelligible, NotFound, Refused
from shared.kernel.names import feed_name, stream_name
from shared.messages.events import Event, FeedDiscarded, FeedReceived, NewEvent
from shared.public_events.envelope import Envelope

REASON_CHARACTERS_MAX = 500

_JSON = msgspec.json.Decoder(msgspec.Raw)


class NotApplied(Exception):
    """A received message could not be applied, and was not parked yet."""


class NotDiscardable(Refused):
    """A predecessor of the message is parked: give that one up first."""

    code = "PREDECESSOR_IS_PARKED"
    title_en = "An earlier message of the same feed is parked; decide about that one first"
    title_zh = "同一来源更早的消息仍被搁置，请先处理该消息"


def receive(batch: Batch[Any], envelope: Envelope, scope: str, park_for: str) -> Receipt:
    """Apply a message to its scope, or park it, for what stopped it before (`park_for`).

    Raises NotApplied and NotStorable for what cannot be applied, and LogUnintelligible when the scope holds events of a
    newer build. A store that failed meanwhile is no verdict on the message: whoever runs the batch looks
    (`WatchedTransaction`).
    """
    id = parked_id(envelope)
    feed = batch.feeds.of(*id[:3])
    if id.n <= feed.last:
        if batch.feeds.event_id(*id[:3]) == received_event_id(envelope):
            return Receipt(kind="repeat")
        return _park(batch, envelope, scope, f"fork: number {id.n} of this feed is another event")
    if feed.waits_behind_parked(id.n) and not feed.is_early(id.n):
        return _park(batch, envelope, scope, f"waits for number {feed.parked_from} of this feed")
    if id.n != feed.last + 1:
        return Receipt(kind="early")
    if park_for:
        return _park(batch, envelope, scope, park_for)
    try:
        origin = _origin(batch, envelope)
        draft = _apply(batch, envelope, scope, origin)
    except (LogUnintelligible, NotStorable):
        # The message is in order, this build is not; or its names are not, and never will be.
        raise
    except Exception as error:  # loop edge: a defect of ours is this message's alone, and others go on
        raise NotApplied(f"{type(error).__name__}: {error}") from error
    batch.keep((envelope.tenant, scope), draft)
    if feed.parked_from == id.n:
        batch.writes.unparked.append(id)
    feed.apply(id.n, origin.root_id)
    return Receipt(kind="applied", position=draft.position)


def discard(batch: Batch[Any], envelope: Envelope, scope: str, reason: str) -> None:
    """Give a parked message up on record; raises NotFound and NotDiscardable."""
    id = parked_id(envelope)
    n, stream = id.n, id.stream
    if not batch.transaction.is_parked(id):
        raise NotFound(f"number {n} of {stream} is not parked")
    feed = batch.feeds.of(*id[:3])
    if n > feed.last + 1:
        raise NotDiscardable(f"number {feed.last + 1} of {stream} is missing")
    scope_id = (id.tenant, storable_name(scope))
    draft = batch.draft(scope_id)
    # The place of a fork is taken by the event it differs from, so giving up a fork is recorded beside the feed.
    taken = n <= feed.last
    discarded = FeedDiscarded(
        source=envelope.source,
        topic=envelope.topic,
        key=envelope.key,
        n=n,
        event_id=envelope.event_id,
        type=envelope.type,
        reason=reason,
    )
    draft.append(
        _origin(batch, envelope),
        NewEvent(
            stream=stream_name("forks", stream) if taken else stream, data=discarded, effective_at=batch.recorded_at
        ),
        received_event_id(envelope),
    )
    batch.keep(scope_id, draft)
    batch.writes.unparked.append(id)
    if not taken:
        feed.apply(n, received_event_id(envelope))


def _apply(batch: Batch[Any], envelope: Envelope, scope: str, origin: Origin) -> Draft[Any]:
    # The bytes become part of a stored event as they are, so they must be JSON whoever looks at them later: it is
    # looked through, which makes nothing of it, and leaves the encoding to be looked at.
    _JSON.decode(envelope.data)
    envelope.data.decode()
    draft = batch.draft((envelope.tenant, scope))
    service = batch.author.service
    received: Event = FeedReceived(
        source=envelope.source,
        topic=envelope.topic,
        key=envelope.key,
        n=envelope.n,
        event_id=envelope.event_id,
        type=envelope.type,
        effective_at=envelope.effective_at,
        recorded_at=envelope.recorded_at,
        actor=envelope.actor,
        data=msgspec.Raw(envelope.data),
    )
    stream = feed_name(envelope.source, envelope.topic, envelope.key)
    event = NewEvent(stream=stream, data=received, effective_at=envelope.effective_at, actor=envelope.actor)
    recorded = draft.append(origin, event, origin.root_id)
    if service.react is not None:
        decision = service.react(draft.scope.state, recorded, batch.facts(envelope.tenant))
        draft.append_all(origin, decision.events)
        batch.settle(draft, envelope.tenant, decision.final_answers)
    return draft


def _origin(batch: Batch[Any], envelope: Envelope) -> Origin:
    return Origin(
        root_id=received_event_id(envelope),
        actor=system_actor(batch.author.service.name),
        correlation_id=envelope.correlation_id,
        causation_id=envelope.event_id,
        traceparent=envelope.traceparent,
    )


def _park(batch: Batch[Any], envelope: Envelope, scope: str, reason: str) -> Receipt:
    id = parked_id(envelope)
    reason = storable_text(reason[:REASON_CHARACTERS_MAX])
    row = ParkedRow(*id, storable_name(scope), reason, batch.recorded_at, encode_envelope(envelope))
    batch.writes.parked[id] = row
    batch.feeds.of(*id[:3]).park(id.n)
    return Receipt(kind="parked", reason=reason)


def parked_id(envelope: Envelope) -> ParkedId:
    """Where a message stands in its feed, by names that can be stored even where the message's own cannot."""
    stream = feed_name(envelope.source, envelope.topic, envelope.key)
    n = min(envelope.n, NUMBER_MAX)
    return ParkedId(storable_name(envelope.tenant), storable_name(stream), n, storable_name(envelope.event_id))
