"""What may happen to a broker and its topics: away for a while, refusing, wider than before, with foreign records."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from msgspec.structs import replace

from shared.kafka import publisher as publisher_module
from shared.kafka.bus import KafkaBus
from shared.kafka.publisher import KafkaPublisher
from shared.kafka.settings import KafkaSettings
from shared.kafka.topic_admin import apply
from shared.kafka.topics import DEAD_LETTERS_TOPIC, RECORD_BYTES_MAX
from shared.public_events.deadlines import DEADLINES_TOPIC
from shared.public_events.envelope import Envelope
from shared.relay.publisher import PublishFailed, RecordRefused
from shared.testing.kafka_broker import KafkaBroker
from tests.support.kafka import (
    MACHINE,
    PATIENCE_S,
    TOY_TOPICS,
    Toys,
    eventually,
    in_folder,
    kafka_bus,
    own_topics,
    toys,
)
from tests.support.toy_ledger import POISON, CounterChanged, toy_envelope

Join = Callable[..., Awaitable[KafkaBus]]

# The broker is away for so long; nothing but the machine's clock can tell.
AWAY_S = 60.0

KEYS = [f"c{number}" for number in range(8)]


@pytest.fixture
async def settings(kafka_bootstrap: str) -> KafkaSettings:
    return await own_topics(kafka_bootstrap, TOY_TOPICS)


@pytest.fixture
async def logs(tmp_path: Path) -> AsyncIterator[Toys]:
    async with toys(in_folder(tmp_path)) as logs:
        yield logs
    POISON.clear()


@pytest.fixture
async def joined(logs: Toys) -> AsyncIterator[Join]:
    """Puts another replica between the logs; all of them are closed before the logs are."""
    async with AsyncExitStack() as stack:

        async def join(settings: KafkaSettings, logs: Toys = logs) -> KafkaBus:
            bus = kafka_bus(settings)
            stack.push_async_callback(bus.close)
            await logs.join(bus)
            return bus

        yield join


async def records(settings: KafkaSettings, topic: str, number: int) -> list[tuple[dict[str, bytes], bytes]]:
    """The first so many records of a topic: headers and value."""
    consumer = AIOKafkaConsumer(
        settings.topic(topic), auto_offset_reset="earliest", bootstrap_servers=settings.bootstrap
    )
    async with consumer:
        return [(dict(record.headers), record.value) for record in [await consumer.getone() for _ in range(number)]]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("fault", ["paused", "killed"])
async def test_while_the_broker_is_away_nothing_is_lost_and_all_goes_on_when_it_is_back(
    fault: str, own_broker: KafkaBroker, logs: Toys, joined: Join
) -> None:
    settings = KafkaSettings(bootstrap=own_broker.bootstrap)
    await apply(settings, TOY_TOPICS)
    bus = await joined(settings)
    await logs.add(*KEYS)
    await eventually(logs.is_complete)
    own_broker.pause() if fault == "paused" else own_broker.kill()
    await logs.add(*KEYS)
    await eventually(lambda: bus.relays["counter"].failures > 0)
    assert bus.relays["counter"].pending == len(KEYS)
    if fault == "killed":
        await keep_adding(logs, AWAY_S)
    own_broker.resume() if fault == "paused" else own_broker.start()
    await eventually(logs.is_complete)
    await bus.delivered("counter", await logs.counter.head())
    assert bus.undelivered() == 0


async def keep_adding(logs: Toys, seconds: float) -> None:
    """Commands go on for so long, whatever the broker does."""
    ends_at_s = MACHINE.now() + seconds

    async def is_over() -> bool:
        await logs.add(*KEYS)
        return MACHINE.now() >= ends_at_s

    await eventually(is_over, patience_s=seconds + PATIENCE_S)


async def test_two_consumers_share_the_partitions_and_one_leaves(
    settings: KafkaSettings, logs: Toys, joined: Join, tmp_path: Path
) -> None:
    first = await joined(settings)
    await logs.add(*KEYS)
    await eventually(logs.is_complete)
    whole = first.consumers["mirror"].partitions
    async with toys(in_folder(tmp_path)) as others:
        second = await joined(settings, others)
        for _ in range(10):
            await logs.add(*KEYS)
        await eventually(lambda: 0 < len(first.consumers["mirror"].partitions) < len(whole))
        assert first.consumers["mirror"].partitions.isdisjoint(second.consumers["mirror"].partitions)
        await logs.add(*KEYS)
        await eventually(logs.is_complete)
        await first.close()
        await logs.add(*KEYS)
        await eventually(logs.is_complete)
        await second.delivered("counter", await logs.counter.head())
        await second.close()


def large(n: int) -> Envelope:
    """An event of some 100 kB that does not compress."""
    return replace(
        toy_envelope("a", n, n), data=b'{"pad":"%s","total":%d}' % (random.randbytes(50_000).hex().encode(), n)
    )


async def test_a_record_that_the_broker_refuses_is_sent_again_until_it_is_taken(settings: KafkaSettings) -> None:
    changed = next(topic for topic in TOY_TOPICS if topic.name == CounterChanged.TOPIC)
    narrow = replace(changed, configuration={**changed.configuration, "max.message.bytes": "20000"})
    await apply(settings, [narrow])
    publisher = KafkaPublisher(settings, "test")
    await publisher.publish([toy_envelope("a", 1, 1)])
    for _ in range(2):
        with pytest.raises(PublishFailed, match="MessageSizeTooLarge"):
            await publisher.publish([large(2), toy_envelope("b", 1, 1)])
    # A producer that went on after this would be out of sequence in the partition for ever.
    await publisher.publish([toy_envelope("a", 2, 2)])
    await apply(settings, [changed])
    await publisher.publish([large(3)])
    await publisher.close()


async def test_what_is_too_large_is_refused_when_what_comes_before_it_is_sent(settings: KafkaSettings) -> None:
    publisher = KafkaPublisher(settings, "test")
    too_large = replace(toy_envelope("a", 2, 2), data=b"1" * RECORD_BYTES_MAX)
    with pytest.raises(RecordRefused, match=r"ledger\.toys\.v1") as refused:
        await publisher.publish([toy_envelope("a", 1, 1), too_large, toy_envelope("a", 3, 3)])
    assert refused.value.acknowledged == 1
    await publisher.publish([toy_envelope("b", 1, 7)])
    assert {value for _, value in await records(settings, CounterChanged.TOPIC, 2)} == {b'{"total":1}', b'{"total":7}'}
    await publisher.close()


async def test_a_row_for_a_topic_that_is_not_there_is_refused_alone(
    settings: KafkaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher_module, "TOPIC_TIMEOUT_S", 0.5)
    publisher = KafkaPublisher(settings, "test")
    nowhere = replace(toy_envelope("a", 1, 1), topic="ledger.nowhere.v1")
    with pytest.raises(PublishFailed) as failed:
        await publisher.publish([toy_envelope("a", 1, 1), nowhere])
    assert not isinstance(failed.value, RecordRefused)
    with pytest.raises(RecordRefused, match="UnknownTopicOrPartition"):
        await publisher.publish([nowhere])
    await publisher.publish([toy_envelope("b", 1, 7)])
    await publisher.close()


async def test_a_backlog_of_large_rows_gets_further_with_every_attempt(settings: KafkaSettings) -> None:
    """However little fits into the time of an attempt: what the broker has acknowledged is not sent again."""
    backlog = [large(n) for n in range(1, 25)]
    publisher = KafkaPublisher(settings, "test", publish_timeout_s=0.3)
    attempts = 0
    while backlog:
        attempts += 1
        assert attempts < 100
        try:
            await publisher.publish(backlog)
            backlog = []
        except PublishFailed as failed:
            backlog = backlog[failed.acknowledged :]
    await publisher.close()
    assert len(await records(settings, CounterChanged.TOPIC, 24)) >= 24


async def test_a_topic_that_is_not_there_is_named_and_read_once_it_is_made_while_the_others_go_on(
    kafka_bootstrap: str, logs: Toys, joined: Join
) -> None:
    settings = await own_topics(kafka_bootstrap, [topic for topic in TOY_TOPICS if topic.name != DEADLINES_TOPIC])
    bus = await joined(settings)
    mirror = bus.consumers["mirror"]
    await logs.add(*KEYS)
    await eventually(logs.is_complete)
    assert mirror.closed_topics() == [DEADLINES_TOPIC]
    named = bus.trouble()
    assert named and DEADLINES_TOPIC in named.en and DEADLINES_TOPIC in named.zh
    await apply(settings, TOY_TOPICS)
    await eventually(lambda: any(each.topic == settings.topic(DEADLINES_TOPIC) for each in mirror.partitions))
    await logs.add(*KEYS)
    await eventually(logs.is_complete)
    assert not mirror.closed_topics() and bus.trouble() is None


async def test_with_more_partitions_than_before_every_feed_stays_in_order(
    settings: KafkaSettings, logs: Toys, joined: Join
) -> None:
    bus = await joined(settings)
    await logs.add(*KEYS)
    await eventually(logs.is_complete)
    await bus.close()
    await apply(settings, [replace(topic, partitions=7) for topic in TOY_TOPICS])
    wider = await joined(settings)
    await logs.add(*KEYS)
    await logs.add(*KEYS)
    await eventually(logs.is_complete)
    assert len(wider.consumers["mirror"].partitions) > 7


async def test_a_malformed_record_is_put_aside_and_its_partition_goes_on(
    settings: KafkaSettings, logs: Toys, joined: Join
) -> None:
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        for partition in range(3):
            headers = [("ce_id", b"1"), ("ce_specversion", b"1.0"), ("x-own", b"kept")]
            await producer.send_and_wait(
                settings.topic(CounterChanged.TOPIC), b"nonsense", key=b"k", partition=partition, headers=headers
            )
    bus = await joined(settings)
    await logs.add(*KEYS)
    await bus.delivered("counter", await logs.counter.head())
    assert await logs.is_complete()
    for found, value in await records(settings, DEAD_LETTERS_TOPIC, 3):
        assert (value, found["x-own"]) == (b"nonsense", b"kept")
        assert found["__dlq.errors.topic"] == CounterChanged.TOPIC.encode()
        assert b"CLOUD_EVENT_ATTRIBUTE_MISSING" in found["__dlq.errors.message"]


async def test_a_parked_message_leaves_a_copy_with_the_reason(
    settings: KafkaSettings, logs: Toys, joined: Join
) -> None:
    POISON.add(2)
    bus = await joined(settings)
    await logs.add("a")
    await logs.add("a")
    await bus.delivered("counter", await logs.counter.head())
    assert [message.envelope.n for message in await logs.mirror.parked(10)] == [2]
    ((headers, value),) = await records(settings, DEAD_LETTERS_TOPIC, 1)
    assert (headers["ce_sequence"], value) == (b"2", b'{"total":2}')
    assert b"cannot be mirrored" in headers["__dlq.errors.message"]


async def test_events_of_a_source_that_nobody_asked_for_are_passed_by(
    settings: KafkaSettings, logs: Toys, joined: Join
) -> None:
    publisher = KafkaPublisher(settings, "test")
    await publisher.publish([replace(toy_envelope("a", 1, 99), source="stranger")])
    await publisher.close()
    bus = await joined(settings)
    await logs.add("a")
    await bus.delivered("counter", await logs.counter.head())
    assert await logs.mirrored("a") == [1]
