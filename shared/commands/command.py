"""A command: what somebody asks for, with who, when and under which key (R-420).

Time and identifiers arrive inside; nothing below the edge makes them. Two stamps of receipt: `received_at` is legal
time and decides deadlines (R-409); `received_machine_s` is machine time and only bounds how long a request may live.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from msgspec import Struct

from shared.kernel.actors import Actor
from shared.kernel.instants import Instant

Body = TypeVar("Body", bound=Struct)


class Context(Struct, frozen=True, kw_only=True):
    """Everything about a command that is not its content.

    `key` is the idempotency key, scoped by (tenant, issuer, subject); `fingerprint` the SHA-256 of the canonical
    content it was used for. `command_id` is the root of every id derived in the decision. `expected_version` is the
    version of the command's own stream named by `If-Match`, or None.
    """

    tenant: str
    actor: Actor
    key: str
    fingerprint: str
    command_id: str
    received_at: Instant
    received_machine_s: float = 0.0
    correlation_id: str = ""
    causation_id: str = ""
    traceparent: str | None = None
    expected_version: int | None = None


class Command(Struct, Generic[Body], frozen=True, kw_only=True):
    """A command for one scope; `stream` is the stream whose version `expected_version` speaks of."""

    scope: str
    stream: str
    context: Context
    body: Body
