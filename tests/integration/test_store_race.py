"""Several writers, one log: a reader of the tail never skips an event, and nobody loses a race that he need not lose.

Once as a race of processes, and once step by step over two connections, with the lock and, planted, without it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from shared.eventstore import postgres_statements
from shared.eventstore.port import EventLog
from shared.eventstore.postgres_wire import Statement
from shared.kernel.clock import VirtualLegalClock
from shared.kernel.errors import VersionConflict
from shared.kernel.failpoints import Block, arm, at_passing
from shared.kernel.instants import plus_seconds
from tests.support.logs import DURABLE, Backend, in_schema, location_of, opened
from tests.support.processes import Ended, run_process
from tests.support.toy_service import NOW, Add, command

WRITERS = 3
COMMANDS = 150


@dataclass(frozen=True)
class Race:
    """What the writers were told, and what a reader of the tail saw while they wrote."""

    writers: list[Ended]
    seen: list[str]
    published: list[tuple[str, int]]

    @property
    def acknowledged(self) -> list[str]:
        return [event_id for ended in self.writers for event_id in ended.lines]

    def is_clean(self) -> bool:
        """Nobody failed, and the reader saw every event once, and every public event in order of its number."""
        everything = WRITERS * COMMANDS
        in_order = all(
            [n for key, n in self.published if key == counter] == list(range(1, everything // 2 + 1))
            for counter in ("c0", "c1")
        )
        return (
            all(ended.code == 0 for ended in self.writers)
            and len(self.acknowledged) == everything
            and sorted(self.seen) == sorted(self.acknowledged)
            and in_order
        )


async def race(location: str) -> Race:
    async with opened(location) as log:
        writing = [
            asyncio.create_task(run_process("race", location, str(number), str(COMMANDS))) for number in range(WRITERS)
        ]
        seen = await tail(log, writing)
        published = [(row.envelope.key, row.envelope.n) for row in await log.outbox(0)]
        return Race([await task for task in writing], seen, published)


async def tail(log: EventLog[Any], writing: list[asyncio.Task[Ended]]) -> list[str]:
    """Read on from the last position seen, and never back, until the writers have ended."""
    seen: list[str] = []
    position = 0
    while True:
        ended = all(task.done() for task in writing)
        page = await log.read(position)
        seen += [recorded.event_id for recorded in page]
        position = page[-1].position if page else position
        if not page:
            if ended:
                return seen
            await log.wait_beyond(position, 0.05)


@pytest.mark.parametrize("backend", DURABLE)
async def test_a_reader_of_the_tail_beside_several_writers_skips_nothing(
    backend: Backend, request: pytest.FixtureRequest
) -> None:
    result = await race(location_of(backend, request))
    assert result.is_clean(), [ended.errors for ended in result.writers]


async def seen_beside_two_writers(location: str, patience_s: float) -> list[int]:
    """What a reader of the tail sees, in order, while the first writer stops before its commit and a second comes."""
    async with opened(location) as first, opened(location) as second, opened(location) as reader:
        await first.head()
        block = Block()
        with arm("writer.inserted_before_commit", at_passing(1, block)):
            writing = [asyncio.create_task(first.submit(command(Add(amount=1), "k1", counter="c1")))]
            await asyncio.to_thread(block.wait_reached)
            writing.append(asyncio.create_task(second.submit(command(Add(amount=1), "k2", counter="c2"))))
            # With the lock the second cannot finish before the first; without it he does within this time.
            await asyncio.wait(writing, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
            seen = [recorded.position for recorded in await reader.read(0)]
            block.released.set()
            await asyncio.gather(*writing)
        seen += [recorded.position for recorded in await reader.read(max(seen, default=0))]
        return seen


async def test_a_writer_that_comes_second_commits_second(fresh_schema: tuple[str, str]) -> None:
    assert await seen_beside_two_writers(in_schema(*fresh_schema), patience_s=0.3) == [1, 2]


async def test_without_the_lock_the_same_reader_skips_an_event(
    fresh_schema: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn, schema = fresh_schema
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"CREATE SEQUENCE {schema}.handed_out".encode())
    # What stores do that leave the order of commits to chance: no lock, and positions from a sequence.
    tail = postgres_statements.TAIL.text.decode()
    from_sequence = tail.replace("coalesce(max(position), 0)", "nextval('handed_out')").rpartition("FROM events")[0]
    monkeypatch.setattr(postgres_statements, "TAIL", Statement(from_sequence, "bigint"))
    monkeypatch.setattr(postgres_statements, "LOCK", Statement("SELECT $1, $2", "integer integer"))
    assert await seen_beside_two_writers(in_schema(dsn, schema), patience_s=10) == [3]


@pytest.mark.parametrize("backend", DURABLE)
async def test_two_replicas_racing_on_one_stream_both_finish(backend: Backend, request: pytest.FixtureRequest) -> None:
    location = location_of(backend, request)
    async with opened(location) as first, opened(location) as second:
        results = await asyncio.gather(
            *(log.submit(command(Add(amount=1), f"{n}-{log is first}")) for n in range(60) for log in (first, second))
        )
        assert sorted(result.version for result in results) == list(range(1, 121))
        assert [(await log.state("t1", "counter/c1"))[0].total for log in (first, second)] == [120, 120]


@pytest.mark.parametrize("backend", DURABLE)
async def test_of_two_replicas_that_expect_the_same_version_one_wins(
    backend: Backend, request: pytest.FixtureRequest
) -> None:
    location = location_of(backend, request)
    async with opened(location) as first, opened(location) as second:
        for version in range(10):
            outcomes = await asyncio.gather(
                *(
                    log.submit(command(Add(amount=1), f"{version}-{log is first}", expected_version=version))
                    for log in (first, second)
                ),
                return_exceptions=True,
            )
            assert sum(isinstance(outcome, VersionConflict) for outcome in outcomes) == 1


@pytest.mark.parametrize("backend", DURABLE)
async def test_one_key_on_two_replicas_is_one_command(backend: Backend, request: pytest.FixtureRequest) -> None:
    location = location_of(backend, request)
    async with opened(location) as first, opened(location) as second:
        results = await asyncio.gather(
            *(log.submit(command(Add(amount=1), f"k{n}")) for n in range(20) for log in (first, second))
        )
        assert await first.head() == 20
        assert results[::2] == results[1::2]


@pytest.mark.parametrize("backend", DURABLE)
async def test_growth_by_another_process_wakes_who_waits(backend: Backend, request: pytest.FixtureRequest) -> None:
    location = location_of(backend, request)
    async with opened(location) as first, opened(location) as second:
        waiting = asyncio.create_task(second.wait_beyond(0, 30))
        await first.submit(command(Add(amount=1), "k1"))
        assert await waiting == 1
        assert (await second.state("t1", "counter/c1"))[0].total == 1


@pytest.mark.parametrize("backend", DURABLE)
async def test_r_400_recorded_at_never_decreases_whichever_clock_is_behind(
    backend: Backend, request: pytest.FixtureRequest
) -> None:
    location = location_of(backend, request)
    ahead, behind = (VirtualLegalClock(plus_seconds(NOW, seconds)) for seconds in (2, 0))
    async with opened(location, legal=ahead) as first, opened(location, legal=behind) as second:
        for number, log in enumerate((second, first, second, first)):
            await log.submit(command(Add(amount=1), str(number)))
        recorded = [event.recorded_at for event in await first.read(0)]
    assert recorded == [NOW, *[plus_seconds(NOW, 2)] * 3]
