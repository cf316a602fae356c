"""What waits for the writer: commands, answers to messages, received public events, and parked messages given up.

A job says what has to be known before it is decided, and is then decided by a `Batch`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from shared.commands.batch import Batch
from shared.commands.command import Asked, Command, Context, Rejected
from shared.commands.decision import OutcomeKind, Result
from shared.commands.reception import discard, parked_id, receive
from shared.eventstore.names import storable_name
from shared.eventstore.port import Receipt
from shared.eventstore.store import ResultKey, ScopeId
from shared.public_events.envelope import Envelope

# What a job weighs besides its content.
JOB_BYTES_MIN = 512

_SIZED = msgspec.msgpack.Encoder(enc_hook=repr)


@dataclass(kw_only=True)
class Wanted:
    """What the jobs of a batch have to know."""

    scopes: dict[ScopeId, None] = field(default_factory=dict)
    keys: dict[ResultKey, None] = field(default_factory=dict)
    feeds: dict[tuple[str, str, int], None] = field(default_factory=dict)
    # The machine time at which the oldest request was received.
    oldest_s: float = math.inf


class Job(Protocol):
    """Something to be decided under the lock."""

    @property
    def traceparent(self) -> str | None:
        """The span of who asked for it."""

    def size(self) -> int:
        """How many bytes it holds, about; what is small by itself counts as JOB_BYTES_MIN."""

    def want(self, wanted: Wanted) -> None:
        """Add what has to be known."""

    def run(self, batch: Batch[Any]) -> Any:
        """Decide; returns the answer or raises it."""


def result_key(context: Context) -> ResultKey:
    """Whose idempotency key it is (R-420)."""
    return context.tenant, context.actor.issuer, context.actor.subject, context.key


class Submit(Struct, frozen=True):
    """A command, and whose idempotency key it carries."""

    command: Command[Any]
    key: ResultKey

    @property
    def traceparent(self) -> str | None:
        return self.command.context.traceparent

    def size(self) -> int:
        return _size_of(self.command)

    def want(self, wanted: Wanted) -> None:
        context = self.command.context
        wanted.scopes[context.tenant, self.command.scope] = None
        wanted.keys[self.key] = None
        if context.received_machine_s:
            wanted.oldest_s = min(wanted.oldest_s, context.received_machine_s)

    def run(self, batch: Batch[Any]) -> Result:
        return batch.submit(self.command, self.key)


class Answer(Struct, frozen=True):
    """A command that came over a topic: its answer leaves by the outbox."""

    command: Command[Any]
    key: ResultKey
    asked: Asked

    @property
    def traceparent(self) -> str | None:
        return self.command.context.traceparent

    def size(self) -> int:
        return _size_of(self.command)

    def want(self, wanted: Wanted) -> None:
        Submit(self.command, self.key).want(wanted)

    def run(self, batch: Batch[Any]) -> OutcomeKind:
        return batch.answer(self.command, self.key, self.asked)


class Reject(Struct, frozen=True):
    """A message of a topic that became no command."""

    rejected: Rejected

    @property
    def traceparent(self) -> str | None:
        return self.rejected.asked.traceparent

    def size(self) -> int:
        return JOB_BYTES_MIN

    def want(self, wanted: Wanted) -> None:
        """Nothing has to be known to say no."""

    def run(self, batch: Batch[Any]) -> None:
        batch.reject(self.rejected)


class Receive(Struct, frozen=True):
    """A public event for a scope of the receiver. `park_for` says what stopped it before: now it is parked."""

    envelope: Envelope
    scope: str
    park_for: str = ""

    @property
    def traceparent(self) -> str | None:
        return self.envelope.traceparent

    def size(self) -> int:
        return JOB_BYTES_MIN + len(self.envelope.data)

    def want(self, wanted: Wanted) -> None:
        if not self.park_for:
            wanted.scopes[self.envelope.tenant, self.scope] = None
        wanted.feeds[parked_id(self.envelope)[:3]] = None

    def run(self, batch: Batch[Any]) -> Receipt:
        return receive(batch, self.envelope, self.scope, self.park_for)


class Discard(Struct, frozen=True):
    """A parked message that is given up on record."""

    envelope: Envelope
    scope: str
    reason: str

    @property
    def traceparent(self) -> str | None:
        return self.envelope.traceparent

    def size(self) -> int:
        return JOB_BYTES_MIN + len(self.envelope.data)

    def want(self, wanted: Wanted) -> None:
        id = parked_id(self.envelope)
        wanted.scopes[id.tenant, storable_name(self.scope)] = None
        wanted.feeds[id[:3]] = None

    def run(self, batch: Batch[Any]) -> None:
        discard(batch, self.envelope, self.scope, self.reason)


def _size_of(command: Command[Any]) -> int:
    return JOB_BYTES_MIN + len(_SIZED.encode(command.body))
