"""kill -9 of relay, consumer and service at every failpoint, and a relay that is stopped while another takes over."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator

import pytest

from shared.kafka.settings import KafkaSettings
from shared.kernel.failpoints import FAILPOINTS, KILLED_EXIT_CODE
from shared.testing import backends
from tests.support.kafka import (
    LOOK_EVERY_S,
    MACHINE,
    PATIENCE_S,
    TOY_TOPICS,
    Toys,
    eventually,
    kafka_bus,
    own_topics,
    toys,
)
from tests.support.kafka_process import replica
from tests.support.logs import in_schema

KEYS = [f"c{number}" for number in range(8)]


@pytest.fixture
async def settings(kafka_bootstrap: str) -> KafkaSettings:
    return await own_topics(kafka_bootstrap, TOY_TOPICS)


@pytest.fixture
def locations(postgres_dsn: str) -> Iterator[tuple[str, str]]:
    """Both logs as they are deployed: in schemas of one database."""
    with backends.temporary_schema(postgres_dsn) as counter, backends.temporary_schema(postgres_dsn) as mirror:
        yield in_schema(postgres_dsn, counter), in_schema(postgres_dsn, mirror)


@pytest.mark.parametrize("place", ["relay.", "consumer.", "writer."])
async def test_killed_at_every_failpoint_nothing_is_lost_and_nothing_doubled(
    place: str, settings: KafkaSettings, locations: tuple[str, str]
) -> None:
    async with toys(locations) as logs:
        for point in (name for name in FAILPOINTS if name.startswith(place)):
            await logs.add(*KEYS)
            async with replica(settings, locations, f"{point}:2=kill") as process:
                # The second passing is in the middle of things: something was carried before it.
                passed = asyncio.create_task(_keep_adding(logs))
                async with asyncio.timeout(PATIENCE_S):
                    assert await process.wait() == KILLED_EXIT_CODE, await process.communicate()
                passed.cancel()
                await asyncio.gather(passed, return_exceptions=True)
        bus = kafka_bus(settings)
        await logs.join(bus)
        await eventually(logs.is_complete)
        await bus.close()
        assert await logs.mirror.parked(10) == []


async def _keep_adding(logs: Toys) -> None:
    while True:
        await logs.add(*KEYS)
        # Slower than it is carried: what has piled up while the replica started has to be carried at the end.
        await MACHINE.sleep(LOOK_EVERY_S)


async def test_a_stopped_relay_that_wakes_up_doubles_nothing(
    settings: KafkaSettings, locations: tuple[str, str]
) -> None:
    async with toys(locations) as logs, replica(settings, locations) as old:
        await logs.add(*KEYS)
        await eventually(logs.is_complete)
        old.send_signal(signal.SIGSTOP)
        await logs.add(*KEYS)
        bus = kafka_bus(settings)
        await logs.join(bus)
        await eventually(logs.is_complete)
        assert bus.relays["counter"].active
        old.send_signal(signal.SIGCONT)
        for _ in range(5):
            await logs.add(*KEYS)
            await eventually(logs.is_complete)
        assert old.returncode is None
        await bus.close()
        # The one that was stopped goes on as a replica like any other.
        await logs.add(*KEYS)
        await eventually(logs.is_complete)
