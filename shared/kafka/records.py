"""A numbered public event as a record of the broker, and back: CloudEvents in binary mode out, both modes in.

The key of a record is the key of its topic alone, so that a contract's events stay in one partition.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from shared.kernel.actors import Actor
from shared.kernel.ids import END
from shared.kernel.instants import Instant, parse_rfc3339
from shared.messages import canonical
from shared.messages.cloudevents import (
    AttributeInvalid,
    AttributeMissing,
    Header,
    MalformedCloudEvent,
    binary_headers,
    read,
)
from shared.public_events.envelope import Envelope
from shared.telemetry.spans import valid_traceparent

# What a record costs on the wire beside its bytes, and each header beside its own.
RECORD_OVERHEAD_BYTES: Final = 128
HEADER_OVERHEAD_BYTES: Final = 10

ACTORS_REMEMBERED: Final = 4096


class Record(Struct, frozen=True, kw_only=True):
    """What is sent: topic without the prefix, key, value, headers."""

    topic: str
    key: bytes
    value: bytes
    headers: list[Header]

    @property
    def size(self) -> int:
        """An upper bound of its bytes on the wire, before compression."""
        # Names on the wire are UTF-8, at most four bytes a character.
        names, values = zip(*self.headers, strict=True)
        headers = 4 * sum(map(len, names)) + sum(map(len, values)) + HEADER_OVERHEAD_BYTES * len(names)
        return RECORD_OVERHEAD_BYTES + len(self.key) + len(self.value) + headers


class _Attributes(Struct, frozen=True, kw_only=True):
    """The attributes of a public event, by their names on the wire."""

    id: str
    source: Annotated[str, Meta(pattern=r"^/[a-z_]+/[^/]+" + END)]
    type: str
    time: str
    subject: Annotated[str, Meta(min_length=1)]
    sequence: Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,17}" + END)]
    tenant: Annotated[str, Meta(min_length=1)]
    effectiveat: str
    actor: str
    correlationid: str = ""
    causationid: str = ""
    traceparent: str | None = None


_ACTOR: Final = msgspec.json.Decoder(Actor)


def record_of(envelope: Envelope) -> Record:
    """The record that carries an envelope; its data are the value, byte for byte."""
    attributes = [
        ("id", envelope.event_id),
        ("source", f"/{envelope.source}/{envelope.tenant}"),
        ("type", envelope.type),
        ("time", envelope.recorded_at),
        ("subject", envelope.key),
        ("sequence", str(envelope.n)),
        ("tenant", envelope.tenant),
        ("effectiveat", envelope.effective_at),
        ("actor", _actor_text(envelope.actor)),
    ]
    # The specification has no empty attributes: what is empty is left out.
    optional = [
        ("correlationid", envelope.correlation_id),
        ("causationid", envelope.causation_id),
        ("traceparent", envelope.traceparent or ""),
    ]
    headers = binary_headers([*attributes, *(pair for pair in optional if pair[1])])
    return Record(topic=envelope.topic, key=envelope.key.encode(), value=envelope.data, headers=headers)


@lru_cache(maxsize=ACTORS_REMEMBERED)
def _actor_text(actor: Actor) -> str:
    return canonical.encode(actor).decode()


def envelope_of(topic: str, headers: list[Header] | tuple[Header, ...], value: bytes | None) -> Envelope:
    """The envelope that a record of `topic` (without the prefix) carries; raises MalformedCloudEvent."""
    event = read(headers, value)
    attributes = _attributes(event.attributes)
    _, source, tenant = attributes.source.split("/")
    if tenant != attributes.tenant:
        raise AttributeInvalid("source and tenant name different tenants", field="tenant")
    return Envelope(
        tenant=tenant,
        source=source,
        topic=topic,
        key=attributes.subject,
        n=int(attributes.sequence),
        event_id=attributes.id,
        type=attributes.type,
        effective_at=_instant("effectiveat", attributes.effectiveat),
        recorded_at=_instant("time", attributes.time),
        actor=_actor(attributes.actor),
        correlation_id=attributes.correlationid,
        causation_id=attributes.causationid,
        traceparent=valid_traceparent(attributes.traceparent),
        data=_canonical(event.data),
    )


def _attributes(given: object) -> _Attributes:
    try:
        return msgspec.convert(given, _Attributes)
    except msgspec.ValidationError as error:
        reason, _, field = str(error).partition(" - at `$.")
        if "missing required field" in reason:
            raise AttributeMissing(reason, field=reason.split("`")[1]) from None
        raise AttributeInvalid(reason, field=field.rstrip("`")) from None


def _instant(name: str, text: str) -> Instant:
    """An instant in whatever form of RFC 3339 the writer has."""
    try:
        return parse_rfc3339(text)
    except (ValueError, OverflowError) as error:
        raise AttributeInvalid(str(error), field=name) from None


def _actor(text: str) -> Actor:
    try:
        return _ACTOR.decode(text)
    except msgspec.MsgspecError as error:
        raise AttributeInvalid(str(error), field="actor") from None


def _canonical(data: bytes) -> bytes:
    """The canonical form of the data: what is stored is hashed later, in whatever form a record brought it."""
    try:
        return canonical.encode(msgspec.json.decode(data))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedCloudEvent(f"the data are not JSON: {error}", field="data") from None
