"""A public event on its way: the message as it is numbered, encoded and carried (CloudEvents 1.0 attributes).

`n` counts from 1 without gaps per (topic, key); the writer gives it in the append transaction.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from shared.kernel.actors import Actor
from shared.kernel.instants import Instant


class PublicEvent(Struct, frozen=True, kw_only=True):
    """Base of the published language. `TYPE` is the stable versioned name, `TOPIC` the topic it travels on."""

    TYPE: ClassVar[str]
    TOPIC: ClassVar[str]


class PublicMessage(Struct, frozen=True, kw_only=True):
    """A public event for a key of its topic (key: the contract id; for the catalogue the id of service or calendar)."""

    key: str
    data: PublicEvent


class Envelope(Struct, frozen=True, kw_only=True):
    """A numbered public event, as it stands in the outbox and on the wire.

    CloudEvents: id = `event_id`, source = `/{source}/{tenant}`, type = `type`, time = `recorded_at`,
    subject = `key`, sequence = `n`; `effective_at`, `correlation_id`, `causation_id`, `traceparent` are extensions.
    `data` are canonical JSON bytes.
    """

    tenant: str
    source: str
    topic: str
    key: str
    n: int
    event_id: str
    type: str
    effective_at: Instant
    recorded_at: Instant
    actor: Actor
    correlation_id: str
    causation_id: str
    traceparent: str | None
    data: bytes
