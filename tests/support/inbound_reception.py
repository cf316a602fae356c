"""The reception of a counter without a broker, what its senders are told, and the copies that are made."""

from __future__ import annotations

from typing import Any

import msgspec
from aiokafka import ConsumerRecord

from shared.eventstore.port import EventLog
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.inbound import InboundReception
from shared.kafka.records import Record
from shared.public_events.outcomes import OUTCOMES_TOPIC, CommandAnswered
from tests.support.clocks import ImpatientClock
from tests.support.inbound import requests


class Copies:
    """Remembers what is published, as bytes of a size."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    async def publish_records(self, records: list[Record]) -> None:
        for copy in records:
            assert copy.size > 0
            self.reasons.append(dict(copy.headers)["__dlq.errors.message"].decode())


class Desk:
    """The reception of a counter, and what its senders are told."""

    def __init__(self, log: EventLog[Any]) -> None:
        self.log = log
        self.copies = Copies()
        publisher: Any = self.copies
        dead_letters = DeadLetters("counter", publisher)
        self.clock = ImpatientClock()
        self.reception = InboundReception("counter", log, requests(), dead_letters, self.clock)

    async def take(self, record: ConsumerRecord[bytes, bytes]) -> None:
        message = await self.reception.read("ledger.inbound.counter.v1", record)
        assert message is not None
        assert (await self.reception.receive(message)).kind == "applied"

    async def told(self) -> list[CommandAnswered]:
        rows = await self.log.outbox(0)
        answers = [row.envelope for row in rows if row.envelope.topic == OUTCOMES_TOPIC]
        return [msgspec.json.decode(answer.data, type=CommandAnswered) for answer in answers]

    async def tenants(self) -> list[str]:
        return [row.envelope.tenant for row in await self.log.outbox(0) if row.envelope.topic == OUTCOMES_TOPIC]
