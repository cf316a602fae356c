"""The register on a broker that does not do what it should: it is unavailable, and says what to do."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from aiokafka import TopicPartition

from shared.kafka import register as register_module
from shared.kafka.register import ENTRIES_MAX, KafkaRegister, RegisterUnavailable
from shared.kafka.settings import KafkaSettings
from shared.membership.register import Entry

TOPIC = "ledger.register.v1"
ENTRY = msgspec.json.encode(Entry(ledger="l"))


class Reading:
    """aiokafka's consumer over the values of a topic of one partition."""

    values: tuple[bytes, ...] = (ENTRY,)
    end: int | None = None
    stops = True

    def __init__(self, **options: Any) -> None:
        self._place = 0

    async def start(self) -> None:
        """It is there."""

    async def stop(self) -> None:
        if not self.stops:
            await asyncio.Event().wait()

    async def topics(self) -> set[str]:
        return {TOPIC}

    def assign(self, partitions: list[TopicPartition]) -> None:
        """One place, the only one."""

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, len(self.values) if self.end is None else self.end)

    async def seek_to_beginning(self, place: TopicPartition) -> None:
        self._place = 0

    async def position(self, place: TopicPartition) -> int:
        return self._place

    async def getmany(self, place: TopicPartition, *, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        self._place = len(self.values)
        return {place: [SimpleNamespace(value=value) for value in self.values]}


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> KafkaRegister:
    monkeypatch.setattr(register_module, "AIOKafkaConsumer", Reading)
    monkeypatch.setattr(register_module, "STOP_TIMEOUT_S", 0.01)
    return KafkaRegister(KafkaSettings(bootstrap="nowhere:1"), "test")


async def test_a_client_that_does_not_stop_keeps_nobody_from_starting(
    register: KafkaRegister, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Reading, "stops", False)
    async with asyncio.timeout(30):
        assert await register.entries() == [Entry(ledger="l")]


@pytest.mark.parametrize("garbage", [b"\xff", b"{}", b"[]", b"not an entry"])
async def test_what_is_no_entry_is_named_with_its_topic(
    register: KafkaRegister, monkeypatch: pytest.MonkeyPatch, garbage: bytes
) -> None:
    monkeypatch.setattr(Reading, "values", (ENTRY, garbage))
    with pytest.raises(RegisterUnavailable, match=f"{TOPIC}.*重新登记"):
        await register.entries()


async def test_a_register_that_is_too_long_is_not_read_in_part(
    register: KafkaRegister, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left out could be a release: another database would be taken for the service's own."""
    monkeypatch.setattr(Reading, "end", ENTRIES_MAX + 1)
    async with asyncio.timeout(30):
        with pytest.raises(RegisterUnavailable, match=str(ENTRIES_MAX)):
            await register.entries()
