"""A command: what somebody asks for, with who, when and under which key (R-420).

Time and identifiers arrive inside; nothing below the edge makes them. Two stamps of receipt: `received_at` is legal
time and decides deadlines (R-409); `received_machine_s` is machine time and only bounds how long a request may live.
"""

from __future__ import annotations

from typing import Final, Generic, TypeVar

from msgspec import Struct

from shared.kernel.actors import Actor
from shared.kernel.errors import LedgerError
from shared.kernel.instants import Instant

Body = TypeVar("Body", bound=Struct)

# Whose the answer to a message is when nobody has proven to be its sender; no tenant has that name.
NOBODY: Final = "-"


class Asked(Struct, frozen=True, kw_only=True):
    """The message of a topic that asked for a command; it is answered there by these names.

    `source`, `id` and `type` are its CloudEvents attributes; `received_at` is None where the broker gave no time.
    """

    source: str
    id: str
    type: str
    received_at: Instant | None
    traceparent: str | None = None


class Rejected(Struct, frozen=True, kw_only=True):
    """A message that asks for nothing the ledger could decide. `tenant` is that of a proven sender, else NOBODY."""

    tenant: str
    asked: Asked
    error: LedgerError


class Context(Struct, frozen=True, kw_only=True):
    """Everything about a command that is not its content.

    `key` is the idempotency key, scoped by (tenant, issuer, subject); `fingerprint` the SHA-256 of the canonical
    content it was used for. `command_id` is the root of every id derived in the decision. `expected_version` is the
    version of the command's own stream named by `If-Match`, or None. `asked` is set when it came over a topic.
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
    asked: Asked | None = None


class Command(Struct, Generic[Body], frozen=True, kw_only=True):
    """A command for one scope; `stream` is the stream whose version `expected_version` speaks of."""

    scope: str
    stream: str
    context: Context
    body: Body
