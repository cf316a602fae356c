"""Loops survive what their steps meet, and end at once when they are told to."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Awaitable, Callable

import pytest

from shared.kernel.loops import PAUSE_MAX_S, Loop, pause_s
from shared.kernel.waiting import Signal, attempt, ended, first_of
from tests.support.clocks import ImpatientClock

# Only what hangs for ever takes as long.
ENDS_WITHIN_S = 30.0


async def wait_for(event: asyncio.Event) -> None:
    await event.wait()


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


async def test_a_loop_goes_on_after_a_task_group_has_failed_in_it() -> None:
    """TaskGroup cancels the task that it runs in, and in Python 3.11 does not take that back while it ends."""

    class Group(Stumbling):
        async def step(self) -> None:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(super().step())
                tasks.create_task(asyncio.Event().wait())

    async with asyncio.timeout(ENDS_WITHIN_S), Group(ImpatientClock(), failures=2) as loop:
        await loop.worked.until(lambda: loop.done)


class Tidying(Loop):
    """Waits for ever; when it is told to end, it does what it was given to do."""

    def __init__(self, tidy_up: Callable[[], Awaitable[None]]) -> None:
        super().__init__("tidying", ImpatientClock())
        self._tidy_up = tidy_up
        self.waits = asyncio.Event()
        self.told = asyncio.Event()

    async def step(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            self.waits.set()
            await asyncio.Event().wait()
        self.told.set()
        await self._tidy_up()


def test_a_loop_that_is_left_over_does_not_keep_the_event_loop_from_ending() -> None:
    """`asyncio.run` cancels what is left over and waits for it; a loop that lived on kept it for ever."""

    async def leaves_it_over() -> None:
        loop = Stumbling(ImpatientClock(), failures=0)
        await loop.__aenter__()
        await loop.worked.until(lambda: loop.done)

    running = threading.Thread(target=asyncio.run, args=(leaves_it_over(),), daemon=True)
    running.start()
    running.join(timeout=ENDS_WITHIN_S)
    assert not running.is_alive()


async def test_who_waits_for_the_end_of_a_loop_can_be_cancelled_meanwhile() -> None:
    never = asyncio.Event()
    loop = Tidying(lambda: wait_for(never))

    async def uses_it() -> None:
        async with loop:
            await loop.waits.wait()

    using = asyncio.create_task(uses_it())
    await loop.told.wait()
    using.cancel()
    await asyncio.wait({using})
    assert using.cancelled()
    never.set()


@pytest.mark.parametrize("error", [ArithmeticError, None])
async def test_what_goes_wrong_while_it_tidies_up_does_not_keep_a_loop_going(error: type[Exception] | None) -> None:
    async def tidy_up() -> None:
        if error:
            raise error

    async with asyncio.timeout(ENDS_WITHIN_S), Tidying(tidy_up) as loop:
        await loop.waits.wait()
    assert loop.failures == (1 if error else 0)


async def test_what_a_task_raised_is_not_lost_when_it_is_ended() -> None:
    async def fails() -> None:
        raise ArithmeticError

    failed = asyncio.create_task(fails())
    await asyncio.wait({failed})
    with pytest.raises(ArithmeticError):
        await ended(failed)


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
