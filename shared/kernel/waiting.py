"""Waiting without polling: for a condition that others make true, and for whichever of several things is first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Signal:
    """Wakes those who wait for a condition; `notify` after every change of what the conditions look at."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def notify(self) -> None:
        """Have everybody look at his condition again."""
        self._event.set()
        self._event = asyncio.Event()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Return once `condition()` holds; at once when it does already."""
        while not condition():
            await self._event.wait()


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
