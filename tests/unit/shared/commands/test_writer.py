"""Group commit and its failures: what every caller is told, and that nothing is lost or done twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from shared.commands import runner, writer
from shared.kernel.errors import OutcomeNotKnown, StoreUnavailable, VersionConflict
from shared.kernel.failpoints import Block, arm
from tests.support.faulty_store import FaultyStore
from tests.support.logs import log_over
from tests.support.toy_service import Add, CounterChanged, command, envelope


@asynccontextmanager
async def writer_held_at(name: str) -> AsyncIterator[Block]:
    """Whoever writes stands still at a failpoint until the end of the block."""
    block = Block()
    with arm(name, block):
        try:
            yield block
        finally:
            block.released.set()


async def test_what_gathers_while_a_batch_commits_is_one_batch() -> None:
    store = FaultyStore()
    async with log_over(store) as log:
        async with writer_held_at("writer.before_lock") as block:
            first = asyncio.create_task(log.submit(command(Add(amount=1), "first")))
            await asyncio.to_thread(block.wait_reached)
            others = [asyncio.create_task(log.submit(command(Add(amount=1), f"k{n}"))) for n in range(40)]
            await asyncio.wait(others, timeout=0)
        results = await asyncio.gather(first, *others)
    assert store.sizes == [1, 40]
    assert [result.position for result in results] == list(range(1, 42))


async def test_with_a_full_queue_the_ledger_says_so_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "QUEUE_MAX", 2)
    async with log_over(FaultyStore()) as log, writer_held_at("writer.before_lock") as block:
        taken = [asyncio.create_task(log.submit(command(Add(amount=1), "k0")))]
        await asyncio.to_thread(block.wait_reached)
        taken += [asyncio.create_task(log.submit(command(Add(amount=1), f"k{n}"))) for n in (1, 2)]
        await asyncio.wait(taken, timeout=0)
        with pytest.raises(StoreUnavailable, match="waiting"):
            await log.submit(command(Add(amount=1), "k3"))
        block.released.set()
        assert [(await task).version for task in taken] == [1, 2, 3]


async def test_what_waits_is_bounded_in_bytes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """4,096 requests of 256 KiB would be a gigabyte."""
    monkeypatch.setattr(writer, "QUEUE_BYTES_MAX", 100_000)
    large = "x" * 40_000
    async with log_over(FaultyStore()) as log, writer_held_at("writer.before_lock") as block:
        taken = [asyncio.create_task(log.submit(command(Add(amount=1), "k0")))]
        await asyncio.to_thread(block.wait_reached)
        event = CounterChanged(counter="c", amount=1, total=1, note=large)
        taken.append(asyncio.create_task(log.submit(command(Add(amount=1, note=large), "k1"))))
        received = asyncio.ensure_future(log.receive(envelope(1, event)))
        await asyncio.wait([*taken, received], timeout=0)
        with pytest.raises(StoreUnavailable, match="bytes are waiting"):
            await log.submit(command(Add(amount=1, note=large), "k2"))
        # What fits is still taken.
        taken.append(asyncio.create_task(log.submit(command(Add(amount=1), "k3"))))
        await asyncio.wait(taken, timeout=0)
        block.released.set()
        assert [(await task).version for task in taken] == [1, 2, 3]
        assert (await received).kind == "applied"
        assert (await log.submit(command(Add(amount=1, note=large), "k2"))).version == 4


async def test_a_batch_is_bounded_in_bytes_and_holds_one_job_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "BATCH_BYTES_MAX", 50_000)
    monkeypatch.setattr(writer, "QUEUE_BYTES_MAX", 10_000_000)
    store = FaultyStore()
    async with log_over(store) as log:
        async with writer_held_at("writer.before_lock") as block:
            sizes = (0, 20_000, 20_000, 20_000, 80_000, 0, 0)
            tasks = []
            for n, size in enumerate(sizes):
                body = Add(amount=1, note="x" * size)
                tasks.append(asyncio.create_task(log.submit(command(body, f"k{n}"))))
                if n == 0:
                    await asyncio.to_thread(block.wait_reached)
            await asyncio.wait(tasks, timeout=0)
        await asyncio.gather(*tasks)
    assert store.sizes == [1, 2, 1, 1, 2]


async def test_a_caller_that_gave_up_takes_nobody_with_it() -> None:
    async with log_over(FaultyStore()) as log:
        async with writer_held_at("writer.before_lock") as block:
            gone = asyncio.create_task(log.submit(command(Add(amount=1), "k1")))
            stays = asyncio.create_task(log.submit(command(Add(amount=2), "k2")))
            await asyncio.to_thread(block.wait_reached)
            gone.cancel()
            await asyncio.wait([gone])
        assert (await stays).outcome.kind == "done"
        assert (await log.submit(command(Add(amount=1), "k1"))).outcome.kind == "done"
        assert await log.head() == 2


@pytest.mark.parametrize("fault", ["commit reply lost", "commit lost"])
async def test_after_a_lost_commit_reply_the_keys_tell_what_happened(fault: Any) -> None:
    async with log_over(FaultyStore(fault)) as log:
        results = await asyncio.gather(
            log.submit(command(Add(amount=1), "k1")),
            log.submit(command(Add(amount=2), "k2", expected_version=1)),
            log.submit(command(Add(amount=2_000_000), "k3")),
            log.receive(envelope(1)),
            return_exceptions=True,
        )
        assert [getattr(result, "version", None) for result in results[:2]] == [1, 2]
        assert type(results[2]).__mro__[1].__name__ == "Refused"
        assert getattr(results[3], "kind", None) in {"applied", "repeat"}
        state, _ = await log.state("t1", "counter/c1")
        assert (state.total, state.echoed, await log.head()) == (3, 1, 4)


async def test_an_idle_connection_that_died_is_replaced_silently() -> None:
    async with log_over(FaultyStore("connect")) as log:
        assert (await log.submit(command(Add(amount=1), "k1"))).version == 1


async def test_without_a_store_nothing_was_received() -> None:
    store = FaultyStore(*["connect"] * runner.CONNECTION_ATTEMPTS_MAX)
    async with log_over(store) as log:
        with pytest.raises(StoreUnavailable):
            await log.submit(command(Add(amount=1), "k1"))
        assert (await log.submit(command(Add(amount=1), "k1"))).version == 1


async def test_when_the_fate_of_a_commit_stays_unknown_the_caller_is_told_to_ask_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner, "UNKNOWN_OUTCOME_WAIT_S", 0.02)
    monkeypatch.setattr(runner, "UNKNOWN_OUTCOME_PAUSE_S", 0.01)
    store = FaultyStore("commit reply lost", *["connect"] * 50)
    async with log_over(store) as log:
        with pytest.raises(OutcomeNotKnown):
            await log.submit(command(Add(amount=1), "k1"))
        store.faults.clear()
        assert (await log.submit(command(Add(amount=1), "k1"))).position == 1
        assert await log.head() == 1


async def test_a_refused_insert_is_tried_in_halves() -> None:
    store = FaultyStore("insert")
    async with log_over(store) as log:
        results = await asyncio.gather(*(log.submit(command(Add(amount=1), f"k{n}")) for n in range(3)))
    assert [result.version for result in results] == [1, 2, 3]
    assert store.sizes == [1, 2]


async def test_a_race_lost_every_time_is_a_conflict_of_its_command_alone() -> None:
    store = FaultyStore("insert", *["insert"] * runner.CONFLICT_ATTEMPTS_MAX)
    async with log_over(store) as log:
        lost, won = await asyncio.gather(
            log.submit(command(Add(amount=1), "k1")),
            log.submit(command(Add(amount=2), "k2")),
            return_exceptions=True,
        )
        assert isinstance(lost, VersionConflict)
        assert not isinstance(won, BaseException)
        assert (await log.state("t1", "counter/c1"))[0].total == 2


async def test_a_store_lost_between_the_halves_takes_back_no_answer() -> None:
    store = FaultyStore("insert", "", *["connect"] * runner.CONNECTION_ATTEMPTS_MAX)
    async with log_over(store) as log:
        done, *unavailable = await asyncio.gather(
            *(log.submit(command(Add(amount=1), f"k{n}")) for n in range(3)), return_exceptions=True
        )
        assert not isinstance(done, BaseException)
        assert [getattr(error, "code", error) for error in unavailable] == [StoreUnavailable.code] * 2
        assert await log.head() == 1


async def test_a_store_lost_after_a_lost_commit_never_says_that_nothing_was_received() -> None:
    """What was committed is not in the way of the second try, but something else is, and then the store goes."""
    store = FaultyStore("commit reply lost", "defect", *["connect"] * 2 * runner.CONNECTION_ATTEMPTS_MAX)
    async with log_over(store) as log:
        told = await asyncio.gather(
            *(log.submit(command(Add(amount=1), f"k{n}")) for n in range(2)), return_exceptions=True
        )
        assert [type(error) for error in told] == [OutcomeNotKnown] * 2
        assert await log.head() == 2
