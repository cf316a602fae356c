"""Waiting without polling: for a condition that others make true, and for whichever of several things is first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from typing import Any, Generic, TypeVar

T = TypeVar("T")
W = TypeVar("W")


class Begun(Generic[T]):
    """An answer to work that goes on by itself: `then` makes it of the work, for whoever wants it, once.

    Who waits for many of these may wait for one after the other, as none of them waits for him: a task for each would
    cost more than most of what they wait for.
    """

    __slots__ = ("_then", "_work")

    def __init__(
        self, work: Begun[W] | asyncio.Future[W], then: Callable[[Awaitable[W]], Coroutine[Any, Any, T]]
    ) -> None:
        self._work: Begun[Any] | asyncio.Future[Any] = work
        self._then: Callable[[Awaitable[Any]], Coroutine[Any, Any, T]] = then

    def __await__(self) -> Generator[Any, Any, T]:
        return self._then(self._work).__await__()

    def cancel(self) -> None:
        """Nobody wants the answer any more; nothing changes where it is there already."""
        if isinstance(self._work, Begun):
            self._work.cancel()
        elif not self._work.cancel() and not self._work.cancelled():
            # Somebody has to have looked at what it raised.
            self._work.exception()


def already(value: T) -> Begun[T]:
    """What needs no work at all."""
    done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
    done.set_result(value)
    return Begun(done, as_it_is)


def failed(error: Exception) -> Begun[Any]:
    """What cannot be begun."""
    done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    done.set_exception(error)
    return Begun(done, as_it_is)


async def as_it_is(work: Awaitable[T]) -> T:
    """For `Begun`: the work is the answer."""
    return await work


class Signal:
    """Wakes those who wait for a condition; `notify` after every change of what the conditions look at.

    To notify costs next to nothing while nobody waits: most do so far more often than anybody does.
    """

    def __init__(self) -> None:
        self._awaited: asyncio.Event | None = None

    def notify(self) -> None:
        """Have everybody look at his condition again."""
        if self._awaited is not None:
            self._awaited.set()
            self._awaited = None

    async def until(self, condition: Callable[[], bool]) -> None:
        """Return once `condition()` holds; at once when it does already."""
        while not condition():
            if self._awaited is None:
                self._awaited = asyncio.Event()
            await self._awaited.wait()


async def all_of(waits: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Return when all have ended; raises what the first raised that did, once all have had their turn.

    One alone needs no task of its own.
    """
    if len(waits) == 1:
        await waits[0]
        return
    for ended in await asyncio.gather(*waits, return_exceptions=True):
        if ended is not None:
            raise ended


async def first_of(*waits: Coroutine[Any, Any, object]) -> None:
    """Return when the first has ended, and cancel the others; raises what the first raised."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def ended(task: asyncio.Task[Any]) -> None:
    """Cancel `task` and return when it is over; raises what it raised, but not its cancellation.

    A cancellation of the caller goes through: to await a cancelled task and to suppress `CancelledError` takes the one
    for the other, and the caller never ends.
    """
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.result()


async def attempt(work: Coroutine[Any, Any, object], timeout_s: float) -> bool:
    """Whether `work` came to a good end in time. What it raises stays with it, and so does a cancellation of its own.

    For the tidying up of a library that may hang, fail, or let out the end of a task that it had cancelled itself.
    """
    task = asyncio.create_task(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=timeout_s)
    finally:
        task.cancel()
        # Somebody has to have looked at what it raised.
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    return bool(done) and not task.cancelled() and task.exception() is None
