"""A counter that takes commands from a real broker, for tests: its replicas, its senders, and what they are told."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer

from docs.examples import internal_system as system
from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.kafka.bus import KafkaBus
from shared.kafka.settings import KafkaSettings
from shared.kafka.topics import inbound_topic
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock
from shared.kernel.instants import Instant, to_instant
from shared.public_events.outcomes import OUTCOMES_TOPIC, CommandAnswered
from tests.support.inbound import CRM, requests
from tests.support.kafka import SESSION_TIMEOUT_MS, kafka_bus
from tests.support.toy_ledger import COUNTER, START, TENANT

INBOUND = inbound_topic("counter")
MACHINE = SystemMachineClock()


class Desk:
    """A counter that takes commands from the broker; replicas of it share its file."""

    def __init__(self, settings: KafkaSettings, folder: Path, stack: AsyncExitStack) -> None:
        self.settings = settings
        self.legal = VirtualLegalClock(START)
        self.location = f"sqlite:///{folder}/counter.db"
        self._stack = stack

    async def open(self) -> EventLog[Any]:
        log = await open_log(COUNTER, self.location, self.legal, MACHINE)
        self._stack.push_async_callback(log.close)
        return log

    async def join(self, log: EventLog[Any], session_timeout_ms: int = SESSION_TIMEOUT_MS) -> KafkaBus:
        bus = kafka_bus(self.settings, session_timeout_ms)
        self._stack.push_async_callback(bus.close)
        await bus.join(COUNTER, log, requests())
        return bus

    async def send(self, *acts: system.Act) -> Instant:
        """Publish what the CRM wants; when the broker took the last of it in."""
        async with AIOKafkaProducer(bootstrap_servers=self.settings.bootstrap) as producer:
            for each in acts:
                value, headers = system.record_of(each, CRM)
                key = each.path["counter"].encode()
                sent = await producer.send_and_wait(self.settings.topic(INBOUND), value, key=key, headers=headers)
        return to_instant(datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=sent.timestamp))

    async def send_raw(self, value: bytes | None, headers: system.Headers, key: bytes = b"c1") -> None:
        async with AIOKafkaProducer(bootstrap_servers=self.settings.bootstrap) as producer:
            await producer.send_and_wait(self.settings.topic(INBOUND), value, key=key, headers=headers)

    async def ask(self, act: system.Act) -> dict[str, Any]:
        return await system.answer(
            self.settings.bootstrap, "counter", act, CRM, key=act.path["counter"], prefix=self.settings.prefix
        )


async def told(log: EventLog[Any]) -> list[CommandAnswered]:
    """What senders are told, in the order of the log."""
    rows = await log.outbox(0)
    return [
        msgspec.json.decode(row.envelope.data, type=CommandAnswered)
        for row in rows
        if row.envelope.topic == OUTCOMES_TOPIC
    ]


async def total(log: EventLog[Any], counter: str) -> int:
    state, _ = await log.state(TENANT, f"counter/{counter}")
    return int(state.total)
