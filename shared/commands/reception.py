"""Public events of other services: each is applied once and in order, or parked (design section 4).

What is received becomes version n of its feed's stream, in one transaction with the events that the service's
reaction makes of it. The uniqueness of (stream, version) recognises repeats and forks, so it does not matter how
often, or along which partition, a message comes.
"""

from __future__ import annotations

import logging
from typing import Any

import msgspec

from shared.commands.batch import Batch
from shared.commands.draft import Draft, Origin
from shared.commands.feeds import received_event_id
from shared.eventstore.envelopes import encode_envelope
from shared.eventstore.port import Receipt
from shared.eventstore.store import ParkedId, ParkedRow
from shared.kernel.actors import system_actor
from shared.kernel.errors import LogUnintelligible, NotFound, Refused
from shared.kernel.names import stream_name
from shared.messages.events import Event, FeedDiscarded, FeedReceived, NewEvent
from shared.public_events.envelope import Envelope

_log = logging.getLogger("qizhang.reception")

REASON_CHARACTERS_MAX = 500


class NotApplied(Exception):
    """A received message could not be applied, and was not parked yet."""


class NotDiscardable(Refused):
    """A predecessor of the message is parked: give that one up first."""

    code = "PREDECESSOR_IS_PARKED"
    title_en = "An earlier message of the same feed is parked; decide about that one first"
    title_zh = "同一来源更早的消息仍被搁置，请先处理该消息"


def receive(batch: Batch[Any], envelope: Envelope, scope: str, stream: str, *, park: bool) -> Receipt:
    """Apply a message to its scope. What cannot be applied is parked, or raises NotApplied unless `park`.

    Raises LogUnintelligible when the scope holds events of a newer build.
    """
    tenant, n = envelope.tenant, envelope.n
    feed = batch.feeds.of(tenant, stream, n)
    if n <= feed.last:
        if batch.feeds.event_id(tenant, stream, n) == received_event_id(envelope):
            return Receipt(kind="repeat")
        return _park(batch, envelope, scope, stream, f"fork: number {n} of this feed is another event")
    if feed.waits_behind_parked(n) and not feed.is_early(n):
        return _park(batch, envelope, scope, stream, f"waits for number {feed.parked_from} of this feed")
    if n != feed.last + 1:
        return Receipt(kind="early")
    try:
        origin = _origin(batch, envelope)
        draft = _apply(batch, envelope, scope, stream, origin)
    except LogUnintelligible:
        # The message is in order, this build is not: a newer one will apply it.
        raise
    except Exception as error:  # loop edge: a defect of ours parks the message, and others go on
        if not park:
            raise NotApplied(str(error)) from error
        _log.error("cannot apply %s %s n=%d", envelope.type, envelope.key, n, exc_info=error)
        return _park(batch, envelope, scope, stream, f"{type(error).__name__}: {error}")
    if feed.parked_from == n:
        batch.writes.unparked.append(_parked_id(envelope, stream))
    feed.apply(n, origin.root_id)
    batch.keep((tenant, scope), draft)
    return Receipt(kind="applied", position=draft.position)


def discard(batch: Batch[Any], envelope: Envelope, scope: str, stream: str, reason: str) -> None:
    """Give a parked message up on record; raises NotFound and NotDiscardable."""
    tenant, n = envelope.tenant, envelope.n
    parked_id = _parked_id(envelope, stream)
    if not batch.transaction.is_parked(parked_id):
        raise NotFound(f"number {n} of {stream} is not parked")
    feed = batch.feeds.of(tenant, stream, n)
    if n > feed.last + 1:
        raise NotDiscardable(f"number {feed.last + 1} of {stream} is missing")
    draft = batch.draft((tenant, scope))
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
    batch.writes.unparked.append(parked_id)
    if not taken:
        feed.apply(n, received_event_id(envelope))
    batch.keep((tenant, scope), draft)


def _apply(batch: Batch[Any], envelope: Envelope, scope: str, stream: str, origin: Origin) -> Draft[Any]:
    # The bytes become part of a stored event as they are, so they must be JSON whoever looks at them later.
    msgspec.json.decode(envelope.data)
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
    event = NewEvent(stream=stream, data=received, effective_at=envelope.effective_at, actor=envelope.actor)
    recorded = draft.append(origin, event, origin.root_id)
    if service.react is not None:
        decision = service.react(draft.scope.state, recorded, batch.facts)
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


def _park(batch: Batch[Any], envelope: Envelope, scope: str, stream: str, reason: str) -> Receipt:
    reason = reason[:REASON_CHARACTERS_MAX]
    parked_id = _parked_id(envelope, stream)
    batch.writes.parked[parked_id] = ParkedRow(*parked_id, scope, reason, batch.recorded_at, encode_envelope(envelope))
    batch.feeds.of(envelope.tenant, stream, envelope.n).park(envelope.n)
    return Receipt(kind="parked", reason=reason)


def _parked_id(envelope: Envelope, stream: str) -> ParkedId:
    return ParkedId(envelope.tenant, stream, envelope.n, envelope.event_id)
