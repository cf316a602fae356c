"""What tests over a real broker need: names of their own on it, the topics of the toys, and buses over them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.kafka.bus import KafkaBus
from shared.kafka.settings import KafkaSettings
from shared.kafka.topic_admin import apply
from shared.kafka.topics import DEAD_LETTERS_TOPIC, Topic, history_topic
from shared.kernel.clock import SystemLegalClock, SystemMachineClock, VirtualLegalClock
from tests.support.toy_ledger import COUNTER, MIRROR, START, TENANT, Add, toy_command

# Members that a test kills are missed this soon.
SESSION_TIMEOUT_MS = 1500
LEASE_LIFE_S = 1.5
PUBLISH_TIMEOUT_S = 3.0

LOOK_EVERY_S = 0.05
PATIENCE_S = 45.0
MACHINE = SystemMachineClock()

_SUBSCRIBED = {name for toy in (COUNTER, MIRROR) for topics in toy.subscriptions.values() for name in topics}
TOY_TOPICS = tuple(history_topic(name, partitions=3) for name in sorted({*_SUBSCRIBED, DEAD_LETTERS_TOPIC}))

_numbers = count(1)


def settings_of_a_test(bootstrap: str) -> KafkaSettings:
    """Settings under which no other test has topics or groups on the same broker."""
    return KafkaSettings(bootstrap=bootstrap, prefix=f"test-{os.getpid()}-{next(_numbers)}-")


async def own_topics(bootstrap: str, topics: Sequence[Topic]) -> KafkaSettings:
    """Such settings, with these topics made under them."""
    settings = settings_of_a_test(bootstrap)
    await apply(settings, topics)
    return settings


def kafka_bus(settings: KafkaSettings, session_timeout_ms: int = SESSION_TIMEOUT_MS) -> KafkaBus:
    """A bus of a replica of its own, with times for tests."""
    return KafkaBus(
        settings,
        SystemLegalClock(),
        MACHINE,
        owner=f"replica-{os.getpid()}-{next(_numbers)}",
        lease_life_s=LEASE_LIFE_S,
        session_timeout_ms=session_timeout_ms,
        publish_timeout_s=PUBLISH_TIMEOUT_S,
    )


async def eventually(
    condition: Callable[[], Awaitable[bool]] | Callable[[], bool], patience_s: float = PATIENCE_S
) -> None:
    """Return once the condition holds; fails after `patience_s`. For what another process or the broker does."""
    async with asyncio.timeout(patience_s):
        while True:
            holds = condition()
            if holds is True or (not isinstance(holds, bool) and await holds):
                return
            await MACHINE.sleep(LOOK_EVERY_S)


class Toys:
    """The logs of counter and mirror, as each replica and each process of a test opens them."""

    def __init__(self, counter: EventLog[Any], mirror: EventLog[Any]) -> None:
        self.counter = counter
        self.mirror = mirror
        self.added: dict[str, list[int]] = {}

    async def add(self, *keys: str) -> None:
        """Add 1 to each of these counters, at once."""
        numbered = []
        for key in keys:
            totals = self.added.setdefault(key, [])
            totals.append(len(totals) + 1)
            numbered.append((key, totals[-1]))
        await asyncio.gather(
            *(
                self.counter.submit(toy_command(f"counter/{key}", Add(amount=1), f"{key} {number}"))
                for key, number in numbered
            )
        )

    async def mirrored(self, key: str) -> list[int]:
        """The totals that have arrived."""
        state, _ = await self.mirror.state(TENANT, f"counter/{key}")
        return list(state.totals)

    async def is_complete(self) -> bool:
        """Whether the mirror has been told everything, once and in order."""
        return {key: await self.mirrored(key) for key in self.added} == self.added

    async def join(self, bus: KafkaBus) -> None:
        """Have the bus carry from counter to mirror."""
        await bus.join(COUNTER, self.counter)
        await bus.join(MIRROR, self.mirror)


def in_folder(folder: Path) -> tuple[str, str]:
    """Where counter and mirror keep their logs in a folder."""
    return f"sqlite:///{folder}/counter.db", f"sqlite:///{folder}/mirror.db"


@asynccontextmanager
async def toys(locations: tuple[str, str]) -> AsyncIterator[Toys]:
    """Both logs, for the length of a block."""
    counter = await open_log(COUNTER, locations[0], VirtualLegalClock(START), MACHINE)
    mirror = await open_log(MIRROR, locations[1], VirtualLegalClock(START), MACHINE)
    try:
        yield Toys(counter, mirror)
    finally:
        await counter.close()
        await mirror.close()
