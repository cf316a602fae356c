"""Loops survive what their steps meet, and end at once when they are told to."""

from __future__ import annotations

import asyncio
import logging

import pytest

from shared.kernel.loops import PAUSE_MAX_S, Loop, pause_s
from shared.kernel.waiting import Signal, attempt, first_of
from tests.support.clocks import ImpatientClock


class Stumbling(Loop):
    """Fails a few times, works once, then waits for ever."""

    def __init__(self, clock: ImpatientClock, failures: int, over: type[BaseException] = ArithmeticError) -> None:
        super().__init__("stumbling", clock)
        self.left = failures
        self.over = over
        self.worked = Signal()
        self.done = False

    async def step(self) -> None:
        if self.done:
            await asyncio.Event().wait()
        if self.left:
            self.left -= 1
            raise self.over("stumbled")
        self.done = True
        self.worked.notify()


async def test_a_loop_goes_on_after_failures_with_growing_pauses(caplog: pytest.LogCaptureFixture) -> None:
    clock = ImpatientClock(0.0)
    with caplog.at_level(logging.CRITICAL, "qizhang.loops"):
        async with Stumbling(clock, failures=3) as loop:
            await loop.worked.until(lambda: loop.done)
    assert clock.now() == pytest.approx(pause_s(1) + pause_s(2) + pause_s(3))
    assert loop.last_error == "ArithmeticError: stumbled"


async def test_a_cancellation_that_nobody_asked_for_is_a_failure_like_any_other() -> None:
    """aiokafka lets out the end of tasks that it has cancelled itself; a loop that took it for its own stood still."""
    async with Stumbling(ImpatientClock(), failures=2, over=asyncio.CancelledError) as loop:
        await loop.worked.until(lambda: loop.done)
    assert loop.last_error == "CancelledError: stumbled"


async def test_a_good_step_ends_the_row_of_failures() -> None:
    async with Stumbling(ImpatientClock(), failures=2) as loop:
        await loop.worked.until(lambda: loop.done)
        assert loop.failures == 0


def test_pauses_double_up_to_a_limit() -> None:
    assert [pause_s(failures) for failures in (1, 2, 3, 20, 2000)] == [0.1, 0.2, 0.4, PAUSE_MAX_S, PAUSE_MAX_S]


async def test_the_first_of_several_waits_ends_them_all() -> None:
    signal = Signal()
    cancelled = False

    async def for_ever() -> None:
        nonlocal cancelled
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled = True
            raise

    ready = False
    waiting = asyncio.create_task(first_of(for_ever(), signal.until(lambda: ready)))
    await asyncio.wait({waiting}, timeout=0)
    ready = True
    signal.notify()
    await waiting
    assert cancelled


async def test_what_the_first_wait_raises_is_raised() -> None:
    async def fails() -> None:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        await first_of(fails(), asyncio.Event().wait())


async def test_an_attempt_keeps_to_itself_what_goes_wrong_with_it() -> None:
    async def ends(error: type[BaseException] | None) -> None:
        if error:
            raise error

    assert await attempt(ends(None), timeout_s=60)
    for error in (ArithmeticError, asyncio.CancelledError):
        assert not await attempt(ends(error), timeout_s=60)


async def test_an_attempt_that_takes_too_long_is_given_up() -> None:
    never = asyncio.Event()
    assert not await attempt(never.wait(), timeout_s=0)
