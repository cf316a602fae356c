"""What the rows of the bus have in common: a PostgreSQL, a broker with its topics, and logs that are closed again."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from msgspec import Struct

from shared.commands.service import Service
from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.kafka.settings import KafkaSettings
from shared.kafka.topic_admin import apply
from shared.kafka.topics import DEAD_LETTERS_TOPIC, history_topic
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock
from shared.testing import backends, kafka_broker
from tests.benchmarks.notebook import NOW

MACHINE = SystemMachineClock()


class Bus(Struct, frozen=True, kw_only=True):
    """Where the databases and the broker are."""

    dsn: str
    settings: KafkaSettings

    @contextmanager
    def schema(self) -> Iterator[tuple[str, str]]:
        """A new schema and the location of a log in it, gone after the block."""
        with backends.temporary_schema(self.dsn) as schema:
            yield schema, f"{self.dsn}{'&' if '?' in self.dsn else '?'}schema={schema}"


@contextmanager
def bus(*topics: str) -> Iterator[Bus]:
    """PostgreSQL with fsync on and a broker, started for the block, with these topics."""
    with backends.postgres(os.environ) as dsn, kafka_broker.kafka(os.environ) as bootstrap:
        settings = KafkaSettings(bootstrap=bootstrap, prefix=f"bench-{os.getpid()}-")
        asyncio.run(apply(settings, [history_topic(name) for name in (*topics, DEAD_LETTERS_TOPIC)]))
        yield Bus(dsn=dsn, settings=settings)


@asynccontextmanager
async def opened(service: Service[Any], location: str) -> AsyncIterator[EventLog[Any]]:
    """The log of a service, for the block."""
    log = await open_log(service, location, VirtualLegalClock(NOW), MACHINE)
    try:
        yield log
    finally:
        await log.close()
