"""The register of a ledger on its broker: a topic of one partition, read from its beginning."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.kafka.client import STOP_TIMEOUT_S
from shared.kafka.publisher import KafkaPublisher
from shared.kafka.records import Record
from shared.kafka.settings import KafkaSettings
from shared.kafka.topics import REGISTER_TOPIC
from shared.kernel.waiting import attempt
from shared.membership.register import Entry
from shared.relay.publisher import PublishFailed

TIMEOUT_S: Final = 30.0

# An operator releases a service once in years.
ENTRIES_MAX: Final = 10_000


class RegisterUnavailable(Exception):
    """The register cannot be read or written, so nobody knows which ledger this is."""


class KafkaRegister:
    """A `Register`; `close` lets go of the broker."""

    def __init__(self, settings: KafkaSettings, client_id: str) -> None:
        self._settings = settings
        self._client_id = f"{client_id}.register"
        self._topic = settings.topic(REGISTER_TOPIC.name)
        self._publisher = KafkaPublisher(settings, self._client_id)

    async def entries(self) -> Sequence[Entry]:
        """All entries; raises RegisterUnavailable."""
        consumer = AIOKafkaConsumer(
            **self._settings.client_options(self._client_id), enable_auto_commit=False, auto_offset_reset="earliest"
        )
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await consumer.start()
                return await self._read(consumer)
        except (KafkaError, TimeoutError, OSError) as error:
            raise self._unavailable(error) from error
        except msgspec.MsgspecError as error:
            raise RegisterUnavailable(
                f"something else than an entry stands in the register of the ledger on the broker: {error}. Let "
                f"nobody else write to {self._topic}, delete it and run: qizhang topics apply; each database enters "
                f"itself anew. "
                f"账本登记主题 {self._topic} 中有无法识别的记录；请禁止他人写入，删除该主题后执行 qizhang topics apply，"
                f"各数据库将重新登记。"
            ) from error
        finally:
            await attempt(consumer.stop(), STOP_TIMEOUT_S)

    async def _read(self, consumer: AIOKafkaConsumer) -> Sequence[Entry]:
        place = TopicPartition(self._topic, 0)
        if place.topic not in await consumer.topics():
            raise KafkaError(f"there is no topic {place.topic}; run: qizhang topics apply")
        consumer.assign([place])
        end = (await consumer.end_offsets([place]))[place]
        if end > ENTRIES_MAX:
            # What is left out could be a release, and another database be taken for the service's own.
            raise KafkaError(f"{place.topic} holds {end} entries, at most {ENTRIES_MAX} are read")
        found: list[Entry] = []
        await consumer.seek_to_beginning(place)
        while await consumer.position(place) < end:
            for records in (await consumer.getmany(place, timeout_ms=100)).values():
                found += [msgspec.json.decode(record.value, type=Entry) for record in records]
        return found

    async def append(self, entry: Entry) -> None:
        """Return when the entry is acknowledged; raises RegisterUnavailable."""
        record = Record(
            topic=REGISTER_TOPIC.name,
            key=entry.service.encode(),
            value=msgspec.json.encode(entry),
            headers=[("content-type", b"application/json")],
        )
        try:
            await self._publisher.publish_records([record])
        except PublishFailed as error:
            raise self._unavailable(error) from error

    async def close(self) -> None:
        """Let go of the broker."""
        await self._publisher.close()

    def _unavailable(self, error: BaseException) -> RegisterUnavailable:
        return RegisterUnavailable(
            f"the register of the ledger on the broker cannot be reached: {type(error).__name__}: {error}. "
            f"无法读写消息中间件上的账本登记主题。"
        )
