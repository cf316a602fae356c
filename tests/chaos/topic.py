"""An internal system beside the people: it publishes signed commands, and every one of them has to be accounted for.

What the broker has not acknowledged is published again, so a command may stand in the topic twice: under one id, and
with one effect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from docs.examples import internal_system as system
from services.cli.run import PROVIDER
from shared.identity.issuer import ISSUER
from shared.kafka.publisher import Producer
from shared.kafka.records import record_of
from shared.kernel.clock import LegalClock, SystemMachineClock
from shared.kernel.waiting import attempt
from shared.public_events.envelope import Envelope
from tests.support.cluster import TENANT
from tests.support.inbound import registration

ATTEMPT_TIMEOUT_S: Final = 8.0
RETRY_PAUSE_S: Final = 0.5

# The provider's project manager, through a system that signs for him.
ERP: Final = system.Signer(TENANT, "/erp/provider", "erp", Ed25519PrivateKey.from_private_bytes(b"e" * 32))


def registered_keys() -> bytes:
    """The file by which the processes know it."""
    return msgspec.json.encode({"keys": [registration(ERP, issuer=ISSUER, subject="wang", organisation=PROVIDER)]})


class Desk:
    """Publishes between `async with` and its end; `published` are the ids of commands that the broker has for good."""

    def __init__(self, bootstrap: str, legal: LegalClock) -> None:
        self.published: list[str] = []
        self._bootstrap = bootstrap
        self._legal = legal
        self._producer: Producer | None = None
        self._making = asyncio.Lock()
        self._machine = SystemMachineClock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._producer:
            await self._producer.abandon()

    async def command(
        self, operation: str, path: Mapping[str, str], data: Mapping[str, Any], name: str, service: str = "acceptance"
    ) -> None:
        """Publish a command for a service; return when the broker has it."""
        act = system.Act(name, f"ledger.command.{operation}.v1", path, data, self._legal.now())
        value, headers = system.record_of(act, ERP)
        await self._send(system.INBOUND.format(service=service), path["contract"].encode(), value, headers)
        self.published.append(name)

    async def planted(self, envelope: Envelope) -> None:
        """Publish what no service has published: a defect, as the receivers see it."""
        record = record_of(envelope)
        await self._send(record.topic, record.key, record.value, record.headers)

    async def _send(self, topic: str, key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> None:
        while True:
            producer = await self._connected()
            try:
                async with asyncio.timeout(ATTEMPT_TIMEOUT_S):
                    await producer.send_and_wait(topic, value, key=key, headers=headers)
                return
            except (KafkaError, TimeoutError):
                await self._let_go(producer)
                await self._machine.sleep(RETRY_PAUSE_S)

    async def _connected(self) -> Producer:
        async with self._making:
            if self._producer is None:
                self._producer = await self._new_producer()
            return self._producer

    async def _new_producer(self) -> Producer:
        while True:
            producer = Producer(bootstrap_servers=self._bootstrap, acks="all", enable_idempotence=True)
            if await attempt(producer.start(), ATTEMPT_TIMEOUT_S):
                return producer
            await producer.abandon()
            await self._machine.sleep(RETRY_PAUSE_S)

    async def _let_go(self, producer: AIOKafkaProducer) -> None:
        if self._producer is producer:
            self._producer = None
            await producer.abandon()
