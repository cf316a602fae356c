"""Members that join and die under a backlog, and a database that is put back: nothing that was published is lost.

The heartbeats of the members are some seconds apart, as those of members that run for hours are: one of them has let go
of what it had in hand while the other does not know yet that the group is being rebalanced.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from shared.commands.command import Command
from shared.commands.decision import OutcomeKind
from shared.eventstore.port import EventLog, Receipt
from shared.kafka import consumer
from shared.kafka.bus import KafkaBus
from shared.kafka.consumer import Consumer
from shared.kafka.settings import KafkaSettings
from shared.kafka.topics import topic_of_commands, topic_of_outcomes
from shared.kernel.failpoints import KILLED_EXIT_CODE
from shared.public_events.envelope import Envelope
from tests.support.inbound import act
from tests.support.inbound_desk import Desk, told, total
from tests.support.inbound_process import MODULE
from tests.support.kafka import PATIENCE_S, TOY_TOPICS, Toys, eventually, in_folder, kafka_bus, own_topics, toys
from tests.support.kafka_process import replica

PARTITIONS = 3
COUNTERS = [f"c{number}" for number in range(12)]
ACTS = 4

# No member is taken for dead, and the second hears of a rebalance so much later than the first.
PATIENT_SESSION_MS = 20_000
PROMPT_HEARTBEAT_MS = 200
LATE_HEARTBEAT_MS = 3_000


class Gate:
    """Lets nothing be decided until it is opened; who waits at it is let go of like everybody else."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self.waiting = 0

    def open(self) -> None:
        self._open.set()

    async def passed(self) -> None:
        self.waiting += 1
        await self._open.wait()

    def guard_answers(self, log: EventLog[Any], monkeypatch: pytest.MonkeyPatch) -> None:
        answer = log.answer

        async def held(command: Command[Any]) -> OutcomeKind:
            await self.passed()
            return await answer(command)

        monkeypatch.setattr(log, "answer", held)

    def guard_feeds(self, log: EventLog[Any], monkeypatch: pytest.MonkeyPatch) -> None:
        receive = log.receive

        async def held(envelope: Envelope) -> Receipt:
            await self.passed()
            return await receive(envelope)

        monkeypatch.setattr(log, "receive", held)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
async def settings(kafka_bootstrap: str) -> KafkaSettings:
    inbound = (topic_of_commands("counter", PARTITIONS), topic_of_outcomes(PARTITIONS))
    return await own_topics(kafka_bootstrap, (*inbound, *TOY_TOPICS))


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
async def desk(settings: KafkaSettings, tmp_path: Path, stack: AsyncExitStack) -> Desk:
    return Desk(settings, tmp_path, stack)


async def send_backlog(desk: Desk) -> None:
    await desk.send(*(act(f"{counter}-{n}", counter=counter) for n in range(ACTS) for counter in COUNTERS))


async def everything_is_decided(log: EventLog[Any]) -> bool:
    return [await total(log, counter) for counter in COUNTERS] == [ACTS] * len(COUNTERS)


async def has_in_hand(member: Consumer, records: int) -> None:
    await eventually(lambda: member.undelivered >= records)


async def test_a_third_member_joins_under_a_backlog_of_commands(
    desk: Desk, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send_backlog(desk)
    logs = [await desk.open() for _ in range(3)]
    members = []
    for log, heartbeat_ms in zip(logs, (LATE_HEARTBEAT_MS, PROMPT_HEARTBEAT_MS, PROMPT_HEARTBEAT_MS), strict=True):
        gate.guard_answers(log, monkeypatch)
        monkeypatch.setattr(consumer, "HEARTBEAT_MS", heartbeat_ms)
        members.append((await desk.join(log, PATIENT_SESSION_MS)).inbound["counter"])
        await eventually(lambda: all(member.partitions for member in members))
        await eventually(lambda: sum(member.undelivered for member in members) == ACTS * len(COUNTERS))
    assert await members[0].behind() == ACTS * len(COUNTERS)
    gate.open()
    await eventually(lambda: everything_is_decided(logs[0]))
    assert len({answer.request_id for answer in await told(logs[0])}) == ACTS * len(COUNTERS)

    async def is_known_to_all() -> bool:
        return [await member.behind() for member in members] == [0, 0, 0]

    await eventually(is_known_to_all)


async def test_a_third_member_joins_under_a_backlog_of_events(
    settings: KafkaSettings, gate: Gate, tmp_path: Path, stack: AsyncExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    replicas = [await stack.enter_async_context(toys(in_folder(tmp_path))) for _ in range(3)]
    first = replicas[0]
    for _ in range(ACTS):
        await first.add(*COUNTERS)
    members = []
    for replica_, heartbeat_ms in zip(
        replicas, (LATE_HEARTBEAT_MS, PROMPT_HEARTBEAT_MS, PROMPT_HEARTBEAT_MS), strict=True
    ):
        gate.guard_feeds(replica_.mirror, monkeypatch)
        monkeypatch.setattr(consumer, "HEARTBEAT_MS", heartbeat_ms)
        bus = kafka_bus(settings, PATIENT_SESSION_MS)
        stack.push_async_callback(bus.close)
        await replica_.join(bus)
        members.append(bus.consumers["mirror"])
        await eventually(lambda: all(member.partitions for member in members))
        await eventually(lambda: sum(member.undelivered for member in members) == ACTS * len(COUNTERS))
    gate.open()
    await eventually(first.is_complete)
    assert await first.mirror.parked_count() == 0


async def test_a_member_is_killed_under_a_backlog_and_its_replacement_starts_at_once(
    desk: Desk, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, other = await desk.open(), await desk.open()
    gate.guard_answers(log, monkeypatch)
    survivor = (await desk.join(log)).inbound["counter"]
    await eventually(lambda: len(survivor.partitions) == PARTITIONS)
    async with replica(desk.settings, (desk.location,), "writer.under_lock=kill", MODULE) as killed:
        await eventually(lambda: 0 < len(survivor.partitions) < PARTITIONS)
        await send_backlog(desk)
        async with asyncio.timeout(PATIENCE_S):
            assert await killed.wait() == KILLED_EXIT_CODE, await killed.communicate()
    replacement = (await desk.join(other)).inbound["counter"]
    await eventually(lambda: bool(replacement.partitions) and survivor.partitions.isdisjoint(replacement.partitions))
    gate.open()
    await eventually(lambda: everything_is_decided(log))
    assert len({answer.request_id for answer in await told(log)}) == ACTS * len(COUNTERS)


def copied(source: Path, target: Path) -> None:
    """A database as it is now, whatever of it is in a journal."""
    target.parent.mkdir(exist_ok=True)
    with sqlite3.connect(source) as now, sqlite3.connect(target) as copy:
        now.backup(copy)
    now.close()
    copy.close()


def put_back(backup: Path, live: Path) -> None:
    """Have the database be as it was, without its journal of now."""
    for path in live.parent.glob(f"{live.name}*"):
        path.unlink()
    shutil.copy(backup, live)


async def closed_with(bus: KafkaBus, complete: Any) -> None:
    await eventually(complete)
    await bus.close()


async def test_a_database_put_back_to_an_earlier_state_receives_again_what_it_lacks(
    settings: KafkaSettings, tmp_path: Path
) -> None:
    """The group has committed offsets to the end; what stands in the database is older, and so is the place there."""
    mirror, backup = tmp_path / "mirror.db", tmp_path / "backup" / "mirror.db"

    async def lived(logs: Toys, *rounds: list[str]) -> None:
        bus = kafka_bus(settings)
        await logs.join(bus)
        for keys in rounds:
            await logs.add(*keys)
        await closed_with(bus, logs.is_complete)

    async with toys(in_folder(tmp_path)) as logs:
        await lived(logs, COUNTERS)
        copied(mirror, backup)
        # New contracts among them: no later event of theirs would tell that something is missing.
        await lived(logs, COUNTERS, ["new-1", "new-2"])
        added = logs.added
    put_back(backup, mirror)
    async with toys(in_folder(tmp_path)) as logs:
        logs.added = added
        assert not await logs.is_complete()
        await lived(logs)
        assert await logs.mirror.parked_count() == 0


async def test_r_420_commands_that_a_database_put_back_has_lost_are_decided_again(desk: Desk, tmp_path: Path) -> None:
    counter, backup = tmp_path / "counter.db", tmp_path / "backup" / "counter.db"

    async def lived(*acts: Any) -> list[str]:
        """Take these; returns the ids of all that was ever answered, as the log has them."""
        log = await desk.open()
        bus = await desk.join(log)
        await desk.send(*acts)
        await bus.intakes["counter"].caught_up()
        await bus.close()
        answered = [answer.request_id for answer in await told(log)]
        assert await total(log, "c1") == len(set(answered))
        await log.close()
        return answered

    await lived(act("1"), act("2"))
    copied(counter, backup)
    assert await lived(act("3"), act("4")) == ["1", "2", "3", "4"]
    put_back(backup, counter)
    assert await lived(act("5")) == ["1", "2", "3", "4", "5"]
