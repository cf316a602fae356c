"""What stands between a partition and the receiver's log: a span, the age of the event, a copy of what is parked."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from opentelemetry.trace import SpanKind

from shared.eventstore.port import EventLog, ParkedMessage, Receipt
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.records import record_of
from shared.kernel.clock import LegalClock
from shared.kernel.instants import to_datetime
from shared.public_events.envelope import Envelope
from shared.relay.publisher import PublishFailed
from shared.telemetry.metrics import measure
from shared.telemetry.spans import span

_log = logging.getLogger("qizhang.kafka")


class Reception:
    """As much of an `EventLog` as a delivery asks of it."""

    def __init__(self, service: str, log: EventLog[Any], dead_letters: DeadLetters, legal: LegalClock) -> None:
        self.service = service
        self._log = log
        self._dead_letters = dead_letters
        self._legal = legal

    async def receive(self, envelope: Envelope) -> Receipt:
        """Hand a message over. Its span is linked to what made it, not part of that trace: it may be months old."""
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
            receipt = await self._log.receive(envelope)
        self._measure_age(envelope)
        if receipt.kind == "parked":
            await self._copy(envelope, receipt.reason)
        return receipt

    async def parked(self, limit: int) -> Sequence[ParkedMessage]:
        """As the log says."""
        return await self._log.parked(limit)

    def _measure_age(self, envelope: Envelope) -> None:
        age = to_datetime(self._legal.now()) - to_datetime(envelope.recorded_at)
        labels = {"service": self.service, "topic": envelope.topic}
        measure("ledger_event_age_seconds", max(0.0, age.total_seconds()), labels)

    async def _copy(self, envelope: Envelope, reason: str) -> None:
        record = record_of(envelope)
        place = f"{envelope.key} n={envelope.n}"
        try:
            await self._dead_letters.put(record.topic, place, record.key, record.value, record.headers, reason)
        except PublishFailed as error:
            # The message itself is safe in the table of parked messages.
            _log.error("no copy of the parked message %s %s: %s", record.topic, place, error)
        measure("ledger_dead_letters_total", 1, {"service": self.service, "kind": "parked"})
