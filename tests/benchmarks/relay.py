"""Row (e): the relay from PostgreSQL to Kafka, against the client alone sending the same bytes, 1,000 a chunk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer

from shared.eventstore.port import EventLog
from shared.kafka.publisher import BATCH_BYTES_MAX, KafkaPublisher
from shared.kafka.records import Record, record_of
from shared.kafka.settings import KafkaSettings
from shared.kernel.clock import SystemLegalClock
from shared.relay.relay import CHUNK_MAX, Relay
from shared.web.server import run
from tests.benchmarks.broker import MACHINE, Bus, bus, opened
from tests.benchmarks.notebook import NOTEBOOKS, NoteTaken, take_notes
from tests.benchmarks.row import Row, at_least_in_turns

CHUNKS = 20
# A broker lets the second chunk of a new producer wait for 0.2 s, ours and the client's alike.
WARM_UP_CHUNKS = 5
# Both sides take turns in slices of about a second, so that both see the same minute.
TURNS = 7


def rows() -> Iterator[Row]:
    """Measure; starts PostgreSQL and Kafka."""
    with bus(NoteTaken.TOPIC) as started:
        chunks = run(_chunks_per_second(started))
    yield at_least_in_turns(
        "e relay / raw send and gather",
        [(ours * CHUNK_MAX, raw * CHUNK_MAX) for ours, raw in chunks],
        unit="messages/s",
        goal=0.6,
    )


async def _chunks_per_second(bus: Bus) -> list[tuple[float, float]]:
    """Ours and the client alone, one after the other."""
    with bus.schema() as (_, location):
        async with opened(NOTEBOOKS, location) as log:
            await take_notes(log, CHUNKS * CHUNK_MAX)
            chunks = [
                [record_of(row.envelope) for row in await log.outbox(start * CHUNK_MAX, CHUNK_MAX)]
                for start in range(CHUNKS)
            ]
            return [
                (await _relayed(bus.settings, log, turn), await _sent(bus.settings, chunks)) for turn in range(TURNS)
            ]


async def _relayed(settings: KafkaSettings, log: EventLog[Any], turn: int) -> float:
    """Chunks a second through a relay that begins at the beginning of the outbox."""
    publisher = KafkaPublisher(settings, "bench")
    relay = Relay(f"bench-{turn}", log, publisher, SystemLegalClock(), MACHINE, owner="bench")
    lease = await log.acquire_lease(relay.position_name, "bench", 600)
    if lease is None:
        raise RuntimeError("somebody else relays in a new schema")
    position, started_s = 0, 0.0
    for chunk in range(CHUNKS):
        if chunk == WARM_UP_CHUNKS:
            started_s = time.perf_counter()
        position = (await relay.relay_once(position, lease)).reached
    per_second = (CHUNKS - WARM_UP_CHUNKS) / (time.perf_counter() - started_s)
    await publisher.close()
    return per_second


async def _sent(settings: KafkaSettings, chunks: Sequence[Sequence[Record]]) -> float:
    """Chunks a second through nothing but the client."""
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap,
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        max_batch_size=BATCH_BYTES_MAX,
    )
    started_s = 0.0
    async with producer:
        for number, chunk in enumerate(chunks):
            if number == WARM_UP_CHUNKS:
                started_s = time.perf_counter()
            sent = [
                await producer.send(settings.topic(record.topic), record.value, record.key, headers=record.headers)
                for record in chunk
            ]
            await asyncio.gather(*sent)
        return (CHUNKS - WARM_UP_CHUNKS) / (time.perf_counter() - started_s)
