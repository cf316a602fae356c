"""What stands between a partition and the feeds of a service: records read, a span, the age of the event, and copies of
what is malformed or parked.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from functools import partial
from typing import Any

from aiokafka import ConsumerRecord
from opentelemetry.trace import SpanKind

from shared.commands.service import Service
from shared.eventstore.port import EventLog, Receipt
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.inbound import InboundIntake
from shared.kafka.places import Positions
from shared.kafka.records import envelope_of, record_of
from shared.kernel.clock import LegalClock
from shared.kernel.instants import to_datetime
from shared.kernel.waiting import Begun
from shared.messages.cloudevents import MalformedCloudEvent
from shared.public_events.deadlines import DeadlineIsDue
from shared.public_events.envelope import Envelope
from shared.relay.publisher import PublishFailed
from shared.telemetry.metrics import measure
from shared.telemetry.spans import is_recording, span

_log = logging.getLogger("qizhang.kafka")


class Reception:
    """Keeps the feeds of one service; as much of an `EventLog` as a delivery asks of it."""

    def __init__(
        self,
        service: Service[Any],
        log: EventLog[Any],
        dead_letters: DeadLetters,
        legal: LegalClock,
        intake: InboundIntake | None = None,
    ) -> None:
        self.service = self.group = service.name
        self.topics = tuple({name: None for topics in service.subscriptions.values() for name in topics})
        self.numbered = True
        self._subscriptions = service.subscriptions
        self._log = log
        self.positions: Positions = log
        self.dead_letters = dead_letters
        self._legal = legal
        self._intake = intake

    async def read(self, topic: str, record: ConsumerRecord) -> Envelope | None:
        """The event of a record. Several services publish on one topic; a service follows those that it names."""
        try:
            envelope = envelope_of(topic, record.headers, record.value)
        except MalformedCloudEvent as error:
            await self._put_aside(topic, record, error)
            return None
        except Exception as error:  # loop edge: a record that meets a defect of ours keeps nobody else's waiting
            _log.exception("cannot read %s %d:%d", topic, record.partition, record.offset)
            await self._put_aside(topic, record, MalformedCloudEvent(f"{type(error).__name__}: {error}"))
            return None
        return envelope if topic in self._subscriptions.get(envelope.source, ()) else None

    async def _put_aside(self, topic: str, record: ConsumerRecord, error: MalformedCloudEvent) -> None:
        """A record that is no event of the ledger: its partition goes on, and a copy tells why it was left out."""
        place = f"{record.partition}:{record.offset}"
        reason = f"{error.code} {error.field}: {error}"
        _log.error("malformed record %s %s: %s", topic, place, reason)
        await self.dead_letters.put(topic, place, record.key, record.value, list(record.headers), reason)
        measure("ledger_dead_letters_total", 1, {"service": self.service, "kind": "malformed"})

    def receive(self, envelope: Envelope) -> Awaitable[Receipt]:
        """Hand a message over."""
        if is_recording() or (self._intake and envelope.type == DeadlineIsDue.TYPE):
            return self._receive_in_span(envelope)
        receiving = self._log.receive(envelope)
        if isinstance(receiving, Begun):
            return Begun(receiving, partial(self._received, envelope))
        return self._received(envelope, receiving)

    async def _receive_in_span(self, envelope: Envelope) -> Receipt:
        """Its span is linked to what made it, not part of that trace: it may be months old."""
        with span(
            f"process {envelope.topic}",
            kind=SpanKind.CONSUMER,
            links=[envelope.traceparent] if envelope.traceparent else (),
            semantic={
                "messaging.system": "kafka",
                "messaging.operation.name": "process",
                "messaging.operation.type": "process",
                "messaging.destination.name": envelope.topic,
                "messaging.message.id": envelope.event_id,
            },
        ):
            if self._intake and envelope.type == DeadlineIsDue.TYPE:
                # The question is what was received before: also what is appended and not decided yet.
                await self._intake.caught_up()
            receipt = await self._log.receive(envelope)
        return await self._taken(envelope, receipt)

    async def _received(self, envelope: Envelope, receiving: Awaitable[Receipt]) -> Receipt:
        return await self._taken(envelope, await receiving)

    async def _taken(self, envelope: Envelope, receipt: Receipt) -> Receipt:
        """Measure its age, and copy what is parked."""
        self._measure_age(envelope)
        if receipt.kind == "parked":
            await self._copy(envelope, receipt.reason)
        return receipt

    async def parked_count(self) -> int:
        """As the log says."""
        return await self._log.parked_count()

    def _measure_age(self, envelope: Envelope) -> None:
        age = to_datetime(self._legal.now()) - to_datetime(envelope.recorded_at)
        labels = {"service": self.service, "topic": envelope.topic}
        measure("ledger_event_age_seconds", max(0.0, age.total_seconds()), labels)

    async def _copy(self, envelope: Envelope, reason: str) -> None:
        record = record_of(envelope)
        place = f"{envelope.key} n={envelope.n}"
        try:
            await self.dead_letters.put(record.topic, place, record.key, record.value, record.headers, reason)
        except PublishFailed as error:
            # The message itself is safe in the table of parked messages.
            _log.error("no copy of the parked message %s %s: %s", record.topic, place, error)
        measure("ledger_dead_letters_total", 1, {"service": self.service, "kind": "parked"})
