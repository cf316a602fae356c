"""`Publisher` over an idempotent Kafka producer that is made anew after whatever went wrong with it.

A failed batch leaves a gap in the producer's sequence numbers for ever (aio-libs/aiokafka#1017), so a producer that has
failed once is never used again, and what is too large is refused before a number is spent on it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from functools import lru_cache
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from shared.kafka.records import Record, record_of
from shared.kafka.settings import KafkaSettings
from shared.kafka.topics import RECORD_BYTES_MAX
from shared.kernel.failpoints import failpoint
from shared.kernel.waiting import attempt
from shared.public_events.envelope import Envelope
from shared.relay.publisher import PublishFailed, RecordTooLarge

BATCH_BYTES_MAX: Final = 256 * 1024

# An idempotent producer tries for ever; after this long a chunk has failed, and the producer with it.
PUBLISH_TIMEOUT_S: Final = 30.0
START_TIMEOUT_S: Final = 10.0
STOP_TIMEOUT_S: Final = 2.0

KEYS_REMEMBERED: Final = 65_536

_log = logging.getLogger("qizhang.kafka")


class Producer(AIOKafkaProducer):  # type: ignore[misc]
    """A producer that can be given up."""

    async def abandon(self) -> None:
        """Close without waiting for what is not acknowledged; `stop` would wait as long as the broker is away."""
        self._closed = True
        # Without connections, what is being sent fails at once.
        for tidy_up in (self.client.close, self._sender.close, self.client.close):
            await attempt(tidy_up(), STOP_TIMEOUT_S)


class KafkaPublisher:
    """Publishes envelopes under the topics and keys that they name."""

    def __init__(
        self, settings: KafkaSettings, client_id: str, *, publish_timeout_s: float = PUBLISH_TIMEOUT_S
    ) -> None:
        self._settings = settings
        self._client_id = client_id
        self._publish_timeout_s = publish_timeout_s
        self._producer: Producer | None = None
        self._starting = asyncio.Lock()

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Return when every envelope is acknowledged by all replicas in sync; raises PublishFailed, RecordTooLarge."""
        await self.publish_records([record_of(envelope) for envelope in envelopes])

    async def publish_records(self, records: Sequence[Record]) -> None:
        """The same for records that are made already."""
        for record in records:
            if record.size > RECORD_BYTES_MAX:
                raise RecordTooLarge(f"{record.topic}: {record.size} bytes, at most {RECORD_BYTES_MAX} are sent")
        producer: Producer | None = None
        try:
            async with asyncio.timeout(self._publish_timeout_s):
                producer = await self._started()
                lanes = await _by_partition(producer, self._settings, records)
                failpoint("relay.before_send")
                async with asyncio.TaskGroup() as tasks:
                    for (topic, partition), lane in lanes.items():
                        tasks.create_task(_send(producer, topic, partition, lane))
        except Exception as error:  # loop edge: whatever the client met, another one is made
            await self._give_up(producer)
            raise PublishFailed(_cause(error)) from error

    async def close(self) -> None:
        """Stop the producer; what it still has to send goes, or is sent again by the next."""
        await self._give_up(self._producer)

    async def _started(self) -> Producer:
        # Copies of dead letters are made side by side: without the lock each would make a producer of its own.
        async with self._starting:
            if self._producer is None:
                self._producer = await self._new_producer()
            return self._producer

    async def _new_producer(self) -> Producer:
        producer = Producer(
            **self._settings.client_options(self._client_id),
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            max_batch_size=BATCH_BYTES_MAX,
            max_request_size=RECORD_BYTES_MAX,
            compression_type="lz4",
        )
        async with AsyncExitStack() as stack:
            stack.push_async_callback(producer.abandon)
            async with asyncio.timeout(START_TIMEOUT_S):
                await producer.start()
            stack.pop_all()
        return producer

    async def _give_up(self, producer: Producer | None) -> None:
        """Let go of a producer, unless somebody who met the same failure has done so."""
        if producer is not None and self._producer is producer:
            self._producer = None
            await producer.abandon()


async def _by_partition(
    producer: Producer, settings: KafkaSettings, records: Sequence[Record]
) -> dict[tuple[str, int], list[Record]]:
    """The records by topic on the broker and partition, each in order."""
    counts = {name: len(await producer.partitions_for(settings.topic(name))) for name in {r.topic for r in records}}
    lanes: dict[tuple[str, int], list[Record]] = {}
    for record in records:
        place = settings.topic(record.topic), partition_of(record.key, counts[record.topic])
        lanes.setdefault(place, []).append(record)
    return lanes


@lru_cache(maxsize=KEYS_REMEMBERED)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key, as every Kafka client computes it."""
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)


async def _send(producer: Producer, topic: str, partition: int, records: Iterable[Record]) -> None:
    """One batch after the other, each acknowledged before the next is handed over."""
    for batch in _batches(producer, records):
        await (await producer.send_batch(batch, topic, partition=partition))


def _batches(producer: Producer, records: Iterable[Record]) -> Iterator[Any]:
    batch = producer.create_batch()
    for record in records:
        if not _append(batch, record):
            yield batch
            batch = producer.create_batch()
            # The first record of a batch always fits.
            _append(batch, record)
    batch.close()
    yield batch


def _append(batch: Any, record: Record) -> bool:
    appended = batch.append(timestamp=None, key=record.key, value=record.value, headers=record.headers)
    return appended is not None


def _cause(error: BaseException) -> str:
    """What a group of failed sends comes down to."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"
