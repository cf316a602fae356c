"""A numbered public event as a record of the broker, and back: CloudEvents in binary mode out, both modes in.

The key of a record is the key of its topic alone, so that a contract's events stay in one partition.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from shared.kernel.actors import Actor
from shared.kernel.ids import END
from shared.kernel.instants import Instant, parse_rfc3339
from shared.messages import canonical
from shared.messages.cloudevents import (
    CONTENT_TYPE,
    DATA_BYTES_MAX_DEFAULT,
    JSON,
    PREFIX,
    SPEC_VERSION,
    AttributeInvalid,
    AttributeMissing,
    CloudEvent,
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
ACTOR_CHARACTERS_REMEMBERED: Final = 1024

_SOURCE: Final = re.compile(r"/[a-z_]+/[^/]+")
_SEQUENCE: Final = re.compile(r"[1-9][0-9]{0,17}")

# The headers of a record as `record_of` orders them: those that each has, and behind them any of the others.
_EACH: Final = ("id", "source", "type", "time", "subject", "sequence", "tenant", "effectiveat", "actor")
_SOME: Final = ("correlationid", "causationid", "traceparent")
_HEADERS_EACH: Final = (CONTENT_TYPE, *(PREFIX + name for name in ("specversion", *_EACH)))
_OWN_NAMES: Final = frozenset(
    (*_HEADERS_EACH, *(PREFIX + name for name in some))
    for count in range(len(_SOME) + 1)
    for some in combinations(_SOME, count)
)
_BETWEEN: Final = "\n"


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
    source: Annotated[str, Meta(pattern="^" + _SOURCE.pattern + END)]
    type: str
    time: str
    subject: Annotated[str, Meta(min_length=1)]
    sequence: Annotated[str, Meta(pattern="^" + _SEQUENCE.pattern + END)]
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


def envelope_of(topic: str, headers: Sequence[Header], value: bytes | None) -> Envelope:
    """The envelope that a record of `topic` (without the prefix) carries; raises MalformedCloudEvent."""
    return _familiar(topic, headers, value) or _foreign(topic, read(headers, value))


def _familiar(topic: str, headers: Sequence[Header], value: bytes | None) -> Envelope | None:
    """The envelope of a record as a ledger writes it, read in one pass, with nothing between headers and envelope.

    None for any other: whether it is one all the same, and what is wrong with it, is told by the way of all records,
    which says the same of these.
    """
    if value is None or len(value) > DATA_BYTES_MAX_DEFAULT or not headers:
        return None
    names, values = zip(*headers, strict=True)
    if names not in _OWN_NAMES:
        return None
    try:
        texts = _BETWEEN.encode().join(values).decode().split(_BETWEEN)
    except (UnicodeDecodeError, TypeError):
        return None
    # Control characters are among what is not printable, a second separator in a value too.
    if len(texts) > len(names) or not "".join(texts).isprintable():
        return None
    content_type, spec_version, event_id, of, type, time, key, n, named, effective, acting = texts[: len(_HEADERS_EACH)]
    more = dict(zip(names[len(_HEADERS_EACH) :], texts[len(_HEADERS_EACH) :], strict=True))
    if (content_type, spec_version) != (JSON, SPEC_VERSION) or not (key and event_id and type and named):
        return None
    try:
        source, tenant = _source_and_tenant(of)
        effective_at = parse_rfc3339(effective)
        recorded_at = effective_at if time == effective else parse_rfc3339(time)
        actor = _actor(acting)
    except (ValueError, OverflowError, MalformedCloudEvent):
        return None
    if tenant != named or not _SEQUENCE.fullmatch(n):
        return None
    return Envelope(
        tenant=tenant,
        source=source,
        topic=topic,
        key=key,
        n=int(n),
        event_id=event_id,
        type=type,
        effective_at=effective_at,
        recorded_at=recorded_at,
        actor=actor,
        correlation_id=more.get("ce_correlationid", ""),
        causation_id=more.get("ce_causationid", ""),
        traceparent=valid_traceparent(more.get("ce_traceparent")),
        data=_canonical(value),
    )


def _foreign(topic: str, event: CloudEvent) -> Envelope:
    attributes = _attributes(event.attributes)
    source, tenant = _source_and_tenant(attributes.source)
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


def _source_and_tenant(text: str) -> tuple[str, str]:
    """The two of an attribute `source`; raises ValueError."""
    if not _SOURCE.fullmatch(text):
        raise ValueError(text)
    _, source, tenant = text.split("/")
    return source, tenant


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
    """The same few act again and again; what is longer than any of them is not kept."""
    return _actor_remembered(text) if len(text) <= ACTOR_CHARACTERS_REMEMBERED else _actor_read(text)


def _actor_read(text: str) -> Actor:
    try:
        return _ACTOR.decode(text)
    except msgspec.MsgspecError as error:
        raise AttributeInvalid(str(error), field="actor") from None


_actor_remembered = lru_cache(maxsize=ACTORS_REMEMBERED)(_actor_read)


def _canonical(data: bytes) -> bytes:
    """The canonical form of the data: what is stored is hashed later, in whatever form a record brought it."""
    try:
        return canonical.encode(msgspec.json.decode(data))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedCloudEvent(f"the data are not JSON: {error}", field="data") from None
