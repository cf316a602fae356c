"""Who waits for the log to grow is told at once by his own process, and soon by others."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from shared.eventstore import tail as tail_module
from shared.eventstore.log import open_log
from shared.eventstore.tail import Tail
from shared.kernel.clock import VirtualLegalClock, VirtualMachineClock
from shared.kernel.errors import StoreUnavailable
from tests.support.toy_ledger import COUNTER, START


def scripted(*positions: int | None) -> Tail:
    """A tail whose probe answers one after another, the last for ever; None is a store that cannot be reached."""
    answers: Iterator[int | None] = iter(positions)
    last: int | None = 0

    async def probe() -> int:
        nonlocal last
        last = next(answers, last)
        if last is None:
            raise StoreUnavailable
        return last

    return Tail(probe)


async def test_growth_in_this_process_wakes_without_a_probe() -> None:
    tail = scripted(0)
    waiting = asyncio.create_task(tail.wait_beyond(4, 30))
    await asyncio.wait([waiting], timeout=0)
    tail.grown(4)
    await asyncio.wait([waiting], timeout=0)
    assert not waiting.done()
    tail.grown(5)
    assert await waiting == 5
    await tail.close()


async def test_growth_elsewhere_is_found_while_somebody_waits() -> None:
    tail = scripted(0, 0, 7)
    assert await tail.wait_beyond(4, 30) == 7
    await tail.close()


async def test_a_store_that_cannot_be_reached_for_a_while_stops_nobody_from_waiting() -> None:
    tail = scripted(0, None, None, 7)
    assert await tail.wait_beyond(4, 30) == 7
    await tail.close()


async def test_when_the_time_is_over_nothing_is_left_behind() -> None:
    tail = scripted(0)
    assert await tail.wait_beyond(3, 0.01) == 3
    await tail.close()
    assert len(asyncio.all_tasks()) == 1


async def test_everybody_who_waits_is_told() -> None:
    tail = scripted(0)
    waiting = [asyncio.create_task(tail.wait_beyond(position, 30)) for position in (0, 1, 2)]
    await asyncio.wait(waiting, timeout=0)
    tail.grown(2)
    assert await asyncio.gather(*waiting[:2]) == [2, 2]
    tail.grown(3)
    assert await waiting[2] == 3
    await tail.close()


async def test_where_nobody_else_writes_the_log_is_looked_at_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        tail.grown(1)

    monkeypatch.setattr(tail_module.asyncio, "sleep", sleep)
    log = await open_log(COUNTER, "memory:", VirtualLegalClock(START), VirtualMachineClock())
    tail = log._tail  # type: ignore[attr-defined]
    await log.wait_beyond(0, 30)
    assert pauses[0] == tail_module.PROBE_INTERVAL_ALONE_S > tail_module.PROBE_INTERVAL_S
    await log.close()
