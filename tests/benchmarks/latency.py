"""Row (g): from a commit in one service to another's read model, against a bare round trip over the broker.

The receiver is a process of its own, as deployed; both processes read the same monotonic clock. Run as
`python -m tests.benchmarks.latency LOCATION BOOTSTRAP PREFIX` it is the receiver, and prints when it has seen what.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import count

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from msgspec import Struct

from shared.kafka.bus import KafkaBus
from shared.kafka.settings import KafkaSettings
from shared.kernel.clock import SystemLegalClock
from shared.kernel.waiting import first_of
from shared.messages.events import FeedReceived, Recorded
from shared.projections.runner import Projections
from shared.projections.view import View
from shared.web.server import run
from tests.benchmarks.broker import MACHINE, Bus, bus, opened
from tests.benchmarks.row import Row, at_most_in_turns
from tests.support.toy_ledger import COUNTER, MIRROR, Add, toy_command

WARM_UP = 100
# Ours and the bare round trip take turns, so that whatever else the machine does meets both.
TURNS = 5
ROUND_TRIPS_A_TURN = 100
# What is not visible after this long never will be: the measurement fails.
VISIBLE_WITHIN_S = 60
BARE_TOPIC = "bench.bare.v1"
BARE_VALUE = b"x" * 700

RoundTrip = Callable[[], Awaitable[float]]


class Totals(Struct, frozen=True, kw_only=True):
    """How many events of a counter have arrived."""

    arrived: int = 0


def _one_more(document: Totals | None, key: str, recorded: Recorded) -> Totals:
    return Totals(arrived=(document or Totals()).arrived + 1)


ARRIVED: View[Totals] = View(
    name="arrived",
    version=1,
    document=Totals,
    keys=lambda recorded: (recorded.scope,) if isinstance(recorded.data, FeedReceived) else (),
    apply=_one_more,
)


def rows() -> Iterator[Row]:
    """Measure; starts PostgreSQL and Kafka."""
    subscribed = {name for toy in (COUNTER, MIRROR) for topics in toy.subscriptions.values() for name in topics}
    with bus(*subscribed, BARE_TOPIC) as started:
        turns = run(_milliseconds(started))
    for name, percent in (("median", 50), ("p99", 99)):
        yield at_most_in_turns(
            f"g commit to visible in another's read model, {name} / produce to consume",
            [(_percentile(ours, percent), _percentile(bare, percent)) for ours, bare in turns],
            unit="ms",
            goal=3,
        )


async def _milliseconds(bus: Bus) -> list[tuple[list[float], list[float]]]:
    """Round trips one after the other, turn by turn: ours, bare."""
    async with _commit_to_visible(bus) as ours, _produce_to_consume(bus.settings) as theirs:
        for round_trip in (ours, theirs):
            for _ in range(WARM_UP):
                await round_trip()
        return [
            (
                [await ours() for _ in range(ROUND_TRIPS_A_TURN)],
                [await theirs() for _ in range(ROUND_TRIPS_A_TURN)],
            )
            for _ in range(TURNS)
        ]


@asynccontextmanager
async def _commit_to_visible(bus: Bus) -> AsyncIterator[RoundTrip]:
    settings = bus.settings
    with bus.schema() as (_, here), bus.schema() as (_, there):
        receiver = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.benchmarks.latency",
            there,
            settings.bootstrap,
            settings.prefix,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert receiver.stdin is not None
        assert receiver.stdout is not None
        reports, number = receiver.stdout, 0

        async def round_trip() -> float:
            nonlocal number
            number += 1
            await counter.submit(toy_command("counter/a", Add(amount=1), str(number)))
            committed_s = time.monotonic()
            async with asyncio.timeout(VISIBLE_WITHIN_S):
                return (float(await reports.readline()) - committed_s) * 1000

        try:
            async with opened(COUNTER, here) as counter:
                kafka = KafkaBus(settings, SystemLegalClock(), MACHINE, owner="bench")
                await kafka.join(COUNTER, counter)
                try:
                    yield round_trip
                finally:
                    await kafka.close()
        finally:
            receiver.stdin.close()
            await receiver.wait()


async def _receive(location: str, settings: KafkaSettings) -> None:
    """Report until standard input ends."""
    async with opened(MIRROR, location) as mirror:
        kafka = KafkaBus(settings, SystemLegalClock(), MACHINE, owner="bench-receiver")
        await kafka.join(MIRROR, mirror)
        async with Projections(MIRROR.name, mirror, (ARRIVED,), MACHINE) as views:
            await first_of(_report(views), asyncio.to_thread(sys.stdin.read))
        await kafka.close()


async def _report(views: Projections) -> None:
    for number in count(1):
        await views.reached(number)
        print(time.monotonic(), flush=True)


@asynccontextmanager
async def _produce_to_consume(settings: KafkaSettings) -> AsyncIterator[RoundTrip]:
    topic = settings.topic(BARE_TOPIC)
    producer = AIOKafkaProducer(bootstrap_servers=settings.bootstrap, acks="all", enable_idempotence=True)
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=settings.bootstrap, group_id=settings.group("bare"), auto_offset_reset="earliest"
    )

    async def round_trip() -> float:
        sent_s = time.monotonic()
        await producer.send(topic, BARE_VALUE, b"key")
        await consumer.getone()
        return (time.monotonic() - sent_s) * 1000

    async with producer, consumer:
        yield round_trip


def _percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


if __name__ == "__main__":
    run(_receive(sys.argv[1], KafkaSettings(bootstrap=sys.argv[2], prefix=sys.argv[3])))
