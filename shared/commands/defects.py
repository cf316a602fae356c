"""An act of a party that could not be recorded, by a defect of ours: its scope holds its deadlines until it is (R-401).

The hold is a row among the parked messages, so what holds a scope with those holds it too, and an operator sees and
ends both in the same way. The idempotency key of the act remembers when it was received: a repeat after the defect was
mended is decided as received then, and takes the hold away with it. Meanwhile the service does not tell others that
what it received before an instant is settled: their question waits in its feed.
"""

from __future__ import annotations

import logging
from typing import Any

from msgspec import Struct

from shared.commands.batch import DEFECT_STREAM, Batch
from shared.commands.command import Command
from shared.commands.draft import Origin
from shared.commands.jobs import JOB_BYTES_MIN
from shared.eventstore.envelopes import encode_envelope
from shared.eventstore.names import storable_name, storable_text
from shared.eventstore.store import ParkedId, ParkedRow, ResultKey, ScopeId
from shared.kernel.actors import LEDGER_ISSUER, system_actor
from shared.kernel.errors import LedgerError, LogUnintelligible, NotFound, Unintelligible, VersionConflict
from shared.kernel.ids import derived_id
from shared.kernel.names import scope_name, stream_name
from shared.messages.events import FeedDiscarded, NewEvent
from shared.public_events.envelope import Envelope

REASON_CHARACTERS_MAX = 500

_log = logging.getLogger("qizhang.defects")


class ActNotRecorded(LedgerError):
    """A question about what was received cannot be answered yet: an act in its scope was not recorded (R-401)."""

    code = "ACT_NOT_RECORDED"
    rule = "R-401"
    title_en = "An act that was received could not be recorded yet"
    title_zh = "已收到的操作尚未登记"


def is_held_by(error: Exception, command: Command[Any]) -> bool:
    """Whether `error` kept an act of a party from being recorded, and says nothing about the act.

    What the ledger says on purpose does; a version conflict that nobody asked for does not.
    """
    if command.context.actor.issuer == LEDGER_ISSUER:
        return False
    if isinstance(error, VersionConflict):
        return command.context.expected_version is None
    if isinstance(error, LogUnintelligible):
        # A newer build decides it; this process ends.
        return False
    return isinstance(error, Unintelligible) or not isinstance(error, LedgerError)


def is_hold(envelope: Envelope) -> bool:
    """Whether what is parked is no message, but an act that was not recorded."""
    return envelope.topic == DEFECT_STREAM


class Hold(Struct, frozen=True):
    """An act that was not recorded because of `reason`."""

    command: Command[Any]
    key: ResultKey
    reason: str

    @property
    def traceparent(self) -> str | None:
        return self.command.context.traceparent

    def size(self) -> int:
        return JOB_BYTES_MIN

    def want(self, wanted: Any) -> None:
        wanted.keys[self.key] = None

    def run(self, batch: Batch[Any]) -> None:
        command = self.command
        if not batch.hold(command, self.key):
            # It was decided meanwhile, through another process.
            return
        context = command.context
        envelope = Envelope(
            tenant=context.tenant,
            source=batch.author.service.name,
            topic=DEFECT_STREAM,
            key=command.scope,
            n=0,
            event_id=context.command_id,
            type=f"defect.{type(command.body).__name__}",
            effective_at=context.received_at,
            recorded_at=batch.recorded_at,
            actor=context.actor,
            correlation_id=context.correlation_id,
            causation_id=context.causation_id,
            traceparent=context.traceparent,
            data=b"{}",
        )
        reason = storable_text(self.reason[:REASON_CHARACTERS_MAX])
        id = batch.hold_id(command)
        scope = storable_name(command.scope)
        batch.writes.parked[id] = ParkedRow(*id, scope, reason, batch.recorded_at, encode_envelope(envelope))


class Release(Struct, frozen=True):
    """An operator ends a hold, for a reason: that is recorded, as it is where a message is given up.

    It stands in a scope beside that of the act, which a defect may keep from being folded.
    """

    envelope: Envelope
    reason: str

    @property
    def scope_id(self) -> ScopeId:
        """Where it is recorded."""
        return self.envelope.tenant, storable_name(scope_name(DEFECT_STREAM, self.envelope.key))

    @property
    def traceparent(self) -> str | None:
        return self.envelope.traceparent

    def size(self) -> int:
        return JOB_BYTES_MIN

    def want(self, wanted: Any) -> None:
        wanted.scopes[self.scope_id] = None

    def run(self, batch: Batch[Any]) -> None:
        envelope = self.envelope
        id = ParkedId(envelope.tenant, DEFECT_STREAM, 0, envelope.event_id)
        if not batch.transaction.is_parked(id):
            raise NotFound(f"{envelope.event_id} holds nothing")
        _log.warning("the hold of %s on %s is ended: %s", envelope.event_id, envelope.key, self.reason)
        draft = batch.draft(self.scope_id)
        stream = storable_name(stream_name(DEFECT_STREAM, envelope.key))
        # One act may hold and be given up more than once, when it is repeated before the defect is mended.
        number = str(draft.scope.versions.get(stream, 0) + 1)
        origin = Origin(
            root_id=derived_id(DEFECT_STREAM, envelope.event_id, number),
            actor=system_actor(batch.author.service.name),
            correlation_id=envelope.correlation_id,
            causation_id=envelope.event_id,
            traceparent=envelope.traceparent,
        )
        given_up = FeedDiscarded(
            source=envelope.source,
            topic=envelope.topic,
            key=envelope.key,
            n=envelope.n,
            event_id=envelope.event_id,
            type=envelope.type,
            reason=self.reason,
        )
        draft.append(origin, NewEvent(stream=stream, data=given_up, effective_at=batch.recorded_at), origin.root_id)
        batch.keep(self.scope_id, draft)
        batch.writes.unparked.append(id)
