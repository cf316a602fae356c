"""Public events as rows: what the writer encodes in the append transaction, and the envelope that is read back.

The number of a message is a column of its own, because the store counts it while it inserts; everything else about a
message is encoded before, and stored as one value. Headers and bytes never change after that, whatever later versions
of the program do.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from shared.eventstore.names import check_names
from shared.eventstore.store import OutboxMessage
from shared.kernel.actors import Actor
from shared.kernel.errors import InvalidRequest
from shared.kernel.ids import derived_id
from shared.kernel.instants import Instant
from shared.messages import canonical
from shared.messages.events import Recorded
from shared.public_events.envelope import Envelope, PublicEvent, PublicMessage

# Below the broker's usual limit of 1 MiB, with room for headers and framing.
MESSAGE_BYTES_MAX = 900 * 1024


class EnvelopeHead(Struct, frozen=True, kw_only=True):
    """An envelope but for its number and its data."""

    tenant: str
    source: str
    topic: str
    key: str
    event_id: str
    type: str
    effective_at: Instant
    recorded_at: Instant
    actor: Actor
    correlation_id: str
    causation_id: str
    traceparent: str | None


# Canonical bytes hold none.
_BETWEEN = b"\n"

_HEAD = msgspec.json.Decoder(EnvelopeHead)
_ENVELOPE = msgspec.json.Decoder(Envelope)


def outbox_message(source: str, recorded: Recorded, index: int, message: PublicMessage) -> OutboxMessage:
    """The row of the `index`-th public event that leaves with a recorded event.

    The first one has the id of the event itself, the others have ids derived from it. Raises InvalidRequest when the
    row would be larger than MESSAGE_BYTES_MAX.
    """
    event = message.data
    head = EnvelopeHead(
        tenant=recorded.tenant,
        source=source,
        topic=event.TOPIC,
        key=message.key,
        event_id=recorded.event_id if index == 0 else derived_id(recorded.event_id, str(index)),
        type=event.TYPE,
        effective_at=recorded.effective_at,
        recorded_at=recorded.recorded_at,
        actor=recorded.actor,
        correlation_id=recorded.correlation_id,
        causation_id=recorded.causation_id,
        traceparent=recorded.traceparent,
    )
    return outbox_row(head, event)


def outbox_row(head: EnvelopeHead, event: PublicEvent) -> OutboxMessage:
    """The row of an event under its head.

    Raises InvalidRequest when it would be larger than MESSAGE_BYTES_MAX, NotStorable for a name that no index takes.
    """
    row = OutboxMessage(
        tenant=head.tenant,
        topic=head.topic,
        key=head.key,
        head=canonical.encode(head),
        data=canonical.encode(event),
    )
    check_names(head.tenant, head.topic, head.key)
    # A reader of the outbox must not be the first to find out that this cannot be read.
    msgspec.json.decode(row.data, type=type(event))
    if (size := len(row.head) + len(row.data)) > MESSAGE_BYTES_MAX:
        raise InvalidRequest(f"what follows from this is {size} bytes to publish, at most {MESSAGE_BYTES_MAX} can be")
    return row


def joined(message: OutboxMessage) -> bytes:
    """Head and data as one value, so that they are packed as one."""
    return message.head + _BETWEEN + message.data


def parted(head: bytes, data: bytes) -> tuple[bytes, bytes]:
    """Head and data behind the columns of a row; those of before have a column each."""
    if head:
        return head, data
    head, _, data = data.partition(_BETWEEN)
    return head, data


def envelope_of(n: int, head: bytes, data: bytes) -> Envelope:
    """The envelope behind the columns of a row."""
    decoded = _HEAD.decode(head)
    return Envelope(
        tenant=decoded.tenant,
        source=decoded.source,
        topic=decoded.topic,
        key=decoded.key,
        n=n,
        event_id=decoded.event_id,
        type=decoded.type,
        effective_at=decoded.effective_at,
        recorded_at=decoded.recorded_at,
        actor=decoded.actor,
        correlation_id=decoded.correlation_id,
        causation_id=decoded.causation_id,
        traceparent=decoded.traceparent,
        data=data,
    )


def encode_envelope(envelope: Envelope) -> bytes:
    """A whole envelope as stored beside a parked message."""
    return canonical.encode(envelope)


def decode_envelope(stored: bytes) -> Envelope:
    """The envelope of a parked message."""
    return _ENVELOPE.decode(stored)
