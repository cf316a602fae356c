"""Legal time and machine time: virtual clocks stand still, wake who waits, and never run backwards."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from shared.kernel.clock import SystemLegalClock, SystemMachineClock, VirtualLegalClock, VirtualMachineClock
from shared.kernel.clock_file import FileLegalClock
from shared.kernel.instants import plus_seconds

START = "2026-03-02T01:30:00.000Z"


async def test_virtual_legal_time_wakes_who_waits_for_it_and_nobody_else() -> None:
    clock = VirtualLegalClock(START)
    soon, later = (asyncio.create_task(clock.wait_until(plus_seconds(START, s))) for s in (10, 20))
    await asyncio.wait([soon, later], timeout=0)
    assert clock.waiting == 2
    clock.advance(10)
    await soon
    assert (clock.now(), clock.waiting, later.done()) == (plus_seconds(START, 10), 1, False)
    clock.set(plus_seconds(START, 30))
    await later
    await clock.wait_until(START)


async def test_virtual_legal_time_does_not_run_backwards() -> None:
    clock = VirtualLegalClock(START)
    with pytest.raises(ValueError, match="backwards"):
        clock.set(plus_seconds(START, -1))


async def test_a_waiter_that_gives_up_is_forgotten() -> None:
    clock = VirtualLegalClock(START)
    waiting = asyncio.create_task(clock.wait_until(plus_seconds(START, 10)))
    await asyncio.wait([waiting], timeout=0)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert clock.waiting == 0
    clock.advance(20)


async def test_virtual_machine_time_sleeps_until_it_is_advanced() -> None:
    clock = VirtualMachineClock(1000.0)
    sleeping = asyncio.create_task(clock.sleep(5))
    await asyncio.wait([sleeping], timeout=0)
    clock.advance(4)
    await asyncio.wait([sleeping], timeout=0)
    assert (clock.waiting, sleeping.done()) == (1, False)
    clock.advance(1)
    await sleeping
    await clock.sleep(0)
    assert clock.now() == 1005.0


async def test_a_machine_that_is_set_says_another_time_and_none_has_passed() -> None:
    clock = VirtualMachineClock(1000.0)
    sleeping = asyncio.create_task(clock.sleep(5))
    await asyncio.wait([sleeping], timeout=0)
    before = clock.elapsed()
    clock.set(9000.0)
    await asyncio.wait([sleeping], timeout=0)
    assert (clock.now(), clock.elapsed() - before, sleeping.done()) == (9000.0, 0.0, False)
    clock.advance(5)
    await sleeping
    assert (clock.now(), clock.elapsed() - before) == (9005.0, 5.0)


async def test_system_clocks_agree_and_wait_no_longer_than_asked() -> None:
    legal, machine = SystemLegalClock(), SystemMachineClock()
    before, elapsed = machine.now(), machine.elapsed()
    await legal.wait_until(plus_seconds(legal.now(), 0.01))
    await machine.sleep(0)
    assert 0.005 < machine.now() - before < 5
    assert 0.005 < machine.elapsed() - elapsed < 5


async def test_clocks_of_one_file_move_together_and_wake_who_waits(tmp_path: Path) -> None:
    file = tmp_path / "legal-clock"
    mover = FileLegalClock(file)
    mover.set(START)
    other = FileLegalClock(file)
    waiting = asyncio.create_task(other.wait_until(plus_seconds(START, 10)))
    await asyncio.wait([waiting], timeout=0)
    assert (other.now(), waiting.done()) == (START, False)
    mover.set(plus_seconds(START, 10))
    await waiting
    assert other.now() == plus_seconds(START, 10)


def test_a_clock_file_does_not_run_backwards_and_holds_an_instant(tmp_path: Path) -> None:
    file = tmp_path / "legal-clock"
    clock = FileLegalClock(file)
    clock.set(START)
    with pytest.raises(ValueError, match="backwards"):
        clock.set(plus_seconds(START, -1))
    file.write_text("soon", encoding="ascii")
    with pytest.raises(ValueError, match="soon"):
        clock.now()
