"""Rows (e) and (g): the relay from PostgreSQL to Kafka, and the way from a commit to another service's read model."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from msgspec import Struct

from shared.eventstore.log import open_log
from shared.kafka.bus import KafkaBus
from shared.kafka.publisher import BATCH_BYTES_MAX, KafkaPublisher
from shared.kafka.records import Record, record_of
from shared.kafka.settings import KafkaSettings
from shared.kafka.topic_admin import apply
from shared.kafka.topics import DEAD_LETTERS_TOPIC, history_topic
from shared.kernel.clock import SystemLegalClock, SystemMachineClock, VirtualLegalClock
from shared.messages.events import FeedReceived, Recorded
from shared.projections.runner import Projections
from shared.projections.view import View
from shared.relay.relay import CHUNK_MAX, Relay
from shared.testing import backends, kafka_broker
from tests.benchmarks.notebook import NOTEBOOKS, NOW, NoteTaken, note
from tests.benchmarks.row import Row, at_least, at_most
from tests.support.toy_ledger import COUNTER, MIRROR, START, Add, toy_command

MESSAGES = 20_000
MESSAGES_A_CONTRACT = 20
IN_FLIGHT = 64
ROUND_TRIPS = 300
WARM_UP = 50
PARTITIONS = 6
BARE_TOPIC = "bench.bare.v1"

MACHINE = SystemMachineClock()


class Totals(Struct, frozen=True, kw_only=True):
    """How many events of a counter have arrived."""

    arrived: int = 0


ARRIVED: View[Totals] = View(
    name="arrived",
    version=1,
    document=Totals,
    keys=lambda recorded: (recorded.scope,) if isinstance(recorded.data, FeedReceived) else (),
    apply=lambda document, key, recorded: _one_more(document, recorded),
)


def _one_more(document: Totals | None, recorded: Recorded) -> Totals:
    return Totals(arrived=(document or Totals()).arrived + 1)


def rows() -> Iterator[Row]:
    """Measure; starts PostgreSQL and Kafka."""
    subscribed = {name for toy in (COUNTER, MIRROR) for topics in toy.subscriptions.values() for name in topics}
    names = {*subscribed, NoteTaken.TOPIC, DEAD_LETTERS_TOPIC, BARE_TOPIC}
    with backends.postgres(os.environ) as dsn, kafka_broker.kafka(os.environ) as bootstrap:
        settings = KafkaSettings(bootstrap=bootstrap, prefix=f"bench-{os.getpid()}-")
        asyncio.run(apply(settings, [history_topic(name, PARTITIONS) for name in names]))
        with backends.temporary_schema(dsn) as schema:
            ours, raw = uvloop.run(_relayed_per_second(settings, _location(dsn, schema)))
        yield at_least("e relay / raw send and gather", ours=ours, baseline=raw, unit="messages/s", goal=0.6)
        with backends.temporary_schema(dsn) as one, backends.temporary_schema(dsn) as other:
            seen = uvloop.run(_visible_ms(settings, _location(dsn, one), _location(dsn, other)))
        bare = uvloop.run(_bare_ms(settings))
        for name, pick in (("median", 50), ("p99", 99)):
            yield at_most(
                f"g commit to visible in another's read model, {name} / produce to consume",
                ours=_percentile(seen, pick),
                baseline=_percentile(bare, pick),
                unit="ms",
                goal=3,
            )


def _location(dsn: str, schema: str) -> str:
    return f"{dsn}{'&' if '?' in dsn else '?'}schema={schema}"


async def _relayed_per_second(settings: KafkaSettings, location: str) -> tuple[float, float]:
    """Messages a second through the relay, and the same bytes through nothing but the client."""
    log = await open_log(NOTEBOOKS, location, VirtualLegalClock(NOW), MACHINE)
    waiting = iter(range(0, MESSAGES, MESSAGES_A_CONTRACT))

    async def write() -> None:
        for first in waiting:
            for number in range(MESSAGES_A_CONTRACT):
                await log.submit(note(f"C{first}", number))

    await asyncio.gather(*(write() for _ in range(IN_FLIGHT)))
    records: list[Record] = []
    while len(records) < MESSAGES:
        records += [record_of(row.envelope) for row in await log.outbox(len(records), CHUNK_MAX)]
    publisher = KafkaPublisher(settings, "bench")
    relay = Relay("bench", log, publisher, SystemLegalClock(), MACHINE, owner="bench")
    lease = await log.acquire_lease(relay.position_name, "bench", 600)
    if lease is None:
        raise RuntimeError("somebody else relays in a new schema")
    # The first chunk meets a broker and a producer that are as warm as the raw client's.
    position = await relay.relay_once(0, lease)
    started_s = time.perf_counter()
    while (reached := await relay.relay_once(position, lease)) > position:
        position = reached
    ours = (MESSAGES - CHUNK_MAX) / (time.perf_counter() - started_s)
    await publisher.close()
    await log.close()
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap,
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        max_batch_size=BATCH_BYTES_MAX,
        compression_type="lz4",
    )
    async with producer:
        for start in range(0, MESSAGES, CHUNK_MAX):
            if start == CHUNK_MAX:
                started_s = time.perf_counter()
            sent = [
                await producer.send(settings.topic(record.topic), record.value, record.key, headers=record.headers)
                for record in records[start : start + CHUNK_MAX]
            ]
            await asyncio.gather(*sent)
    return ours, (MESSAGES - CHUNK_MAX) / (time.perf_counter() - started_s)


async def _visible_ms(settings: KafkaSettings, counter_at: str, mirror_at: str) -> list[float]:
    """How long after its commit an event is in the read model of the other service, one after the other."""
    async with AsyncExitStack() as stack:
        counter = await open_log(COUNTER, counter_at, VirtualLegalClock(START), MACHINE)
        stack.push_async_callback(counter.close)
        mirror = await open_log(MIRROR, mirror_at, VirtualLegalClock(START), MACHINE)
        stack.push_async_callback(mirror.close)
        bus = KafkaBus(settings, SystemLegalClock(), MACHINE, owner="bench")
        stack.push_async_callback(bus.close)
        await bus.join(COUNTER, counter)
        await bus.join(MIRROR, mirror)
        views = await stack.enter_async_context(Projections(MIRROR.name, mirror, (ARRIVED,), MACHINE))
        took = []
        for number in range(1, WARM_UP + ROUND_TRIPS + 1):
            await counter.submit(toy_command("counter/a", Add(amount=1), str(number)))
            committed_s = time.perf_counter()
            await views.reached(number)
            took.append((time.perf_counter() - committed_s) * 1000)
    return took[WARM_UP:]


async def _bare_ms(settings: KafkaSettings) -> list[float]:
    """How long a record takes from a producer to a consumer, one after the other."""
    topic = settings.topic(BARE_TOPIC)
    producer = AIOKafkaProducer(bootstrap_servers=settings.bootstrap, acks="all", enable_idempotence=True)
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=settings.bootstrap, group_id=settings.group("bare"), auto_offset_reset="earliest"
    )
    took = []
    async with producer, consumer:
        for _ in range(WARM_UP + ROUND_TRIPS):
            sent_s = time.perf_counter()
            await producer.send(topic, b"x" * 700, b"key")
            await consumer.getone()
            took.append((time.perf_counter() - sent_s) * 1000)
    return took[WARM_UP:]


def _percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]
