"""`Publisher` over an idempotent Kafka producer that is made anew after whatever went wrong with it.

A failed batch leaves a gap in the producer's sequence numbers for ever (aio-libs/aiokafka#1017), so a producer that has
failed once is never used again, and what is too large is refused before a number is spent on it.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from functools import lru_cache
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTopicError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from aiokafka.partitioner import murmur2

from shared.kafka.records import Record, record_of
from shared.kafka.settings import KafkaSettings
from shared.kafka.topics import RECORD_BYTES_MAX
from shared.kernel.failpoints import failpoint
from shared.kernel.waiting import attempt
from shared.public_events.envelope import Envelope
from shared.relay.publisher import PublishFailed, RecordRefused

BATCH_BYTES_MAX: Final = 256 * 1024

# An idempotent producer tries for ever; after this long a chunk has failed, and the producer with it.
PUBLISH_TIMEOUT_S: Final = 30.0
START_TIMEOUT_S: Final = 10.0
STOP_TIMEOUT_S: Final = 2.0

# A topic that a producer which has just reached the broker cannot find in this time is not there.
TOPIC_TIMEOUT_S: Final = 5.0

KEYS_REMEMBERED: Final = 65_536

# The place behind every record.
ALL_SENT: Final = sys.maxsize

# What the broker says of a record or of its topic, and not of itself.
REFUSALS: Final = (
    InvalidTopicError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

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
    """Publishes envelopes under the topics and keys that they name, once it is `admitted` to the broker."""

    def __init__(
        self,
        settings: KafkaSettings,
        client_id: str,
        *,
        publish_timeout_s: float = PUBLISH_TIMEOUT_S,
        admitted: asyncio.Event | None = None,
    ) -> None:
        self._admitted = admitted
        self._settings = settings
        self._client_id = client_id
        self._publish_timeout_s = publish_timeout_s
        self._producer: Producer | None = None
        self._starting = asyncio.Lock()

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Return when every envelope is acknowledged by all replicas in sync.

        Raises PublishFailed, and RecordRefused when those before the refused one are acknowledged.
        """
        records: list[Record] = []
        for envelope in envelopes:
            try:
                records.append(_sized(record_of(envelope)))
            except Exception as error:  # loop edge: an envelope of which no record can be made stops no other
                await self.publish_records(records)
                raise RecordRefused(f"{envelope.topic}: {error}", acknowledged=len(records)) from error
        await self.publish_records(records)

    async def publish_records(self, records: Sequence[Record]) -> None:
        """The same for records that are made already."""
        for record in records:
            _sized(record)
        producer: Producer | None = None
        lanes: Sequence[_Lane] = ()
        try:
            async with asyncio.timeout(self._publish_timeout_s):
                producer = await self._started()
                lanes = await _by_partition(producer, self._settings, records)
                failpoint("relay.before_send")
                if len(lanes) == 1:
                    # As for a message that comes alone, whose way is as short as it can be.
                    await lanes[0].send(producer)
                else:
                    async with asyncio.TaskGroup() as tasks:
                        for lane in lanes:
                            tasks.create_task(lane.send(producer))
        except Exception as error:  # loop edge: whatever the client met, another one is made
            await self._give_up(producer)
            cause = _cause(error)
            what = f"{type(cause).__name__}: {cause}"
            if len(records) == 1 and isinstance(cause, REFUSALS):
                raise RecordRefused(what) from error
            acknowledged = min((lane.next for lane in lanes), default=0)
            raise PublishFailed(what, acknowledged=min(acknowledged, len(records))) from error

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
        )
        async with AsyncExitStack() as stack:
            stack.push_async_callback(producer.abandon)
            async with asyncio.timeout(START_TIMEOUT_S):
                if self._admitted:
                    await self._admitted.wait()
                await producer.start()
            stack.pop_all()
        return producer

    async def _give_up(self, producer: Producer | None) -> None:
        """Let go of a producer, unless somebody who met the same failure has done so."""
        if producer is not None and self._producer is producer:
            self._producer = None
            await producer.abandon()


class _Lane:
    """The records of one partition in order, each with its place among all; `next` is that of the first to be sent.

    When all are acknowledged `next` is beyond any place.
    """

    def __init__(self, topic: str, partition: int) -> None:
        self._topic = topic
        self._partition = partition
        self._records: list[tuple[int, Record]] = []
        self.next = ALL_SENT

    def append(self, place: int, record: Record) -> None:
        """One more record."""
        self._records.append((place, record))
        self.next = self._records[0][0]

    async def send(self, producer: Producer) -> None:
        """One batch after the other, each acknowledged before the next is handed over."""
        done = 0
        for batch, records in _batches(producer, [record for _, record in self._records]):
            await (await producer.send_batch(batch, self._topic, partition=self._partition))
            done += records
            self.next = self._records[done][0] if done < len(self._records) else ALL_SENT


async def _by_partition(producer: Producer, settings: KafkaSettings, records: Sequence[Record]) -> Sequence[_Lane]:
    """The records by topic on the broker and partition, each in order."""
    counts = {name: await _partitions(producer, settings.topic(name)) for name in {r.topic for r in records}}
    lanes: dict[tuple[str, int], _Lane] = {}
    for place, record in enumerate(records):
        partition = partition_of(record.key, counts[record.topic])
        if (record.topic, partition) not in lanes:
            lanes[record.topic, partition] = _Lane(settings.topic(record.topic), partition)
        lanes[record.topic, partition].append(place, record)
    return list(lanes.values())


async def _partitions(producer: Producer, topic: str) -> int:
    try:
        async with asyncio.timeout(TOPIC_TIMEOUT_S):
            return len(await producer.partitions_for(topic))
    except TimeoutError:
        raise UnknownTopicOrPartitionError(topic) from None


def _sized(record: Record) -> Record:
    """The record, unless it is larger than the ledger sends; raises RecordRefused."""
    if record.size > RECORD_BYTES_MAX:
        raise RecordRefused(f"{record.topic}: {record.size} bytes, at most {RECORD_BYTES_MAX} are sent")
    return record


@lru_cache(maxsize=KEYS_REMEMBERED)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key, as every Kafka client computes it."""
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)


def _batches(producer: Producer, records: Sequence[Record]) -> Iterator[tuple[Any, int]]:
    """Batches as large as they may be, each with the number of its records."""
    batch = producer.create_batch()
    for record in records:
        if not _append(batch, record):
            yield batch, batch.record_count()
            batch = producer.create_batch()
            # The first record of a batch always fits.
            _append(batch, record)
    batch.close()
    yield batch, batch.record_count()


def _append(batch: Any, record: Record) -> bool:
    appended = batch.append(timestamp=None, key=record.key, value=record.value, headers=record.headers)
    return appended is not None


def _cause(error: BaseException) -> BaseException:
    """What a group of failed sends comes down to."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
