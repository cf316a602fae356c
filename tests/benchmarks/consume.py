"""Row (f): messages consumed with their effect, against consuming alone and inserting the rows that the effect left."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from statistics import median
from typing import Any, NamedTuple

import psycopg
from aiokafka import AIOKafkaConsumer

from shared.commands.service import Service
from shared.kafka.bus import KafkaBus
from shared.kafka.publisher import KafkaPublisher
from shared.kafka.settings import KafkaSettings
from shared.kernel.clock import SystemLegalClock
from shared.relay.relay import CHUNK_MAX
from shared.web.server import run
from tests.benchmarks.broker import MACHINE, Bus, bus, opened
from tests.benchmarks.notebook import NOTEBOOKS, READERS, Notebook, NoteTaken, take_notes
from tests.benchmarks.raw_rows import columns_of, insert_of
from tests.benchmarks.row import Row, at_least_in_turns

MESSAGES = 6_000
# Joining the group and the first pages are not counted.
WARM_UP = 1_000
# Both sides take turns in slices of about a second, so that both see the same minute.
TURNS = 7
# What the receipt and its reaction append.
EVENTS_A_MESSAGE = 2
RECORDS_A_FETCH = 500
APPLIED_WITHIN_S = 120

EventRows = list[tuple[Any, ...]]


class Slice(NamedTuple):
    """Messages a second, and microseconds of this process's time a message: Python, client and driver."""

    rate: float
    python_us: float


def rows() -> Iterator[Row]:
    """Measure; starts PostgreSQL and Kafka."""
    with bus(NoteTaken.TOPIC) as started:
        turns = run(_turns(started))
    yield at_least_in_turns(
        "f consume with effect / raw consume and insert",
        [(ours.rate, raw.rate) for ours, raw in turns],
        unit="messages/s",
        goal=0.5,
        python_us=median(ours.python_us for ours, _ in turns),
    )


async def _turns(bus: Bus) -> list[tuple[Slice, Slice]]:
    """Ours and the raw way, one after the other."""
    await _publish(bus)
    turns = []
    for turn in range(TURNS):
        with bus.schema() as (schema, location):
            applied = await _applied(bus.settings, location, replace(READERS, name=f"reader-{turn}"))
            turns.append((applied, await _inserted(bus, schema, f"raw-{turn}")))
    return turns


async def _publish(bus: Bus) -> None:
    """Fill the topic with the outbox of a service."""
    publisher = KafkaPublisher(bus.settings, "bench")
    with bus.schema() as (_, location):
        async with opened(NOTEBOOKS, location) as log:
            await take_notes(log, MESSAGES)
            position = 0
            while page := await log.outbox(position, CHUNK_MAX):
                await publisher.publish([row.envelope for row in page])
                position = page[-1].position
    await publisher.close()


async def _applied(settings: KafkaSettings, location: str, reader: Service[Notebook]) -> Slice:
    """Through the consumer into the feeds, each with what the reaction makes of it."""
    async with opened(reader, location) as log:
        kafka = KafkaBus(settings, SystemLegalClock(), MACHINE, owner="bench")
        await kafka.join(reader, log)
        first = head = await log.wait_beyond(WARM_UP * EVENTS_A_MESSAGE, APPLIED_WITHIN_S)
        slice = _slice()
        while head < MESSAGES * EVENTS_A_MESSAGE:
            head = await log.wait_beyond(head, APPLIED_WITHIN_S)
        measured = slice((head - first) // EVENTS_A_MESSAGE)
        await kafka.close()
    return measured


async def _inserted(bus: Bus, schema: str, group: str) -> Slice:
    """Through nothing but client and driver: a fetch, a transaction, the offsets behind it."""
    options = f"-c search_path={schema}"
    with psycopg.connect(bus.dsn, autocommit=True, options=options) as connection:
        stored: EventRows = connection.cursor(binary=True).execute("SELECT * FROM events ORDER BY position").fetchall()
        connection.execute("TRUNCATE events")
        consumer = AIOKafkaConsumer(
            bus.settings.topic(NoteTaken.TOPIC),
            bootstrap_servers=bus.settings.bootstrap,
            group_id=bus.settings.group(group),
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        async with consumer:
            done, first, slice = 0, 0, _slice()
            while done < MESSAGES:
                fetched = await consumer.getmany(timeout_ms=1000, max_records=RECORDS_A_FETCH)
                count = sum(map(len, fetched.values()))
                if count:
                    some = stored[done * EVENTS_A_MESSAGE : (done + count) * EVENTS_A_MESSAGE]
                    await asyncio.to_thread(_insert, connection, some)
                    await consumer.commit()
                done += count
                if not first and done >= WARM_UP:
                    first, slice = done, _slice()
            return slice(MESSAGES - first)


def _slice() -> Callable[[int], Slice]:
    """Begins now; called with how many messages there were it tells what they took."""
    started_s, before_s = time.perf_counter(), time.process_time()

    def ended(messages: int) -> Slice:
        spent_s = time.process_time() - before_s
        return Slice(messages / (time.perf_counter() - started_s), spent_s / messages * 1e6)

    return ended


def _insert(connection: psycopg.Connection[Any], some: EventRows) -> None:
    with connection.transaction():
        connection.cursor(binary=True).execute(insert_of("events"), columns_of(some), prepare=True)
