"""A background loop that survives its failures: every long-running task of a process is one of these.

A step that fails is logged and repeated after a pause that grows to a limit. Who cancels the loop ends it at once; a
cancellation that a library let out of a step is a failure like any other. The number of failures in a row is what
readiness looks at.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from shared.kernel.clock import MachineClock
from shared.kernel.waiting import ended

PAUSE_FIRST_S = 0.1
PAUSE_MAX_S = 10.0

_log = logging.getLogger("qizhang.loops")


class Loop(ABC):
    """Repeats `step` between `async with` and its end.

    `failures` counts failures since the last good step; `turned_at_s` is when the last round began, on the clock that
    nobody sets. A step that lasts as long as nothing fails calls `turn` in its own rounds. Only the end of the
    `async with` ends it, or that of the event loop where one is left over.
    """

    def __init__(self, name: str, machine: MachineClock) -> None:
        self.name = name
        self.failures = 0
        self.last_error = ""
        self.machine = machine
        self.turned_at_s = machine.elapsed()
        self._task: asyncio.Task[None] | None = None

    @abstractmethod
    async def step(self) -> None:
        """One round; may wait for work, may run until it fails."""

    def turn(self) -> None:
        """A round begins: the loop is not stuck."""
        self.turned_at_s = self.machine.elapsed()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name=self.name)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            await ended(self._task)

    async def _run(self) -> None:
        # What a step makes of a cancellation, an error while it tidies up or nothing at all, does not take it back.
        while not _told_to_end():
            self.turn()
            try:
                # A task of its own for each step: what a library does to the task that it runs in does not count here.
                # TaskGroup cancels its parent when a child fails, and in Python 3.11 does not always take that back.
                await asyncio.create_task(self._round(), name=self.name)
            except asyncio.CancelledError as error:
                if _told_to_end():
                    raise
                # Nobody has cancelled this loop: a library let out the end of a task that it had cancelled itself.
                self.failed(error)
            except Exception as error:  # loop edge: whatever a step met, the loop has to go on and to say so.
                self.failed(error)
            if self.failures and not _told_to_end():
                await self.machine.sleep(pause_s(self.failures))

    async def _round(self) -> None:
        await self.step()
        self.failures = 0

    def failed(self, error: BaseException) -> None:
        """A round failed, though a step that goes on by itself may have met it."""
        self.failures += 1
        self.last_error = f"{type(error).__name__}: {error}"
        _log.error("loop %s failed (%d in a row)", self.name, self.failures, exc_info=error)


def _told_to_end() -> bool:
    """Whether somebody has asked the present task to end: that counts there, a stray `CancelledError` does not."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def pause_s(failures: int) -> float:
    """How long to wait after so many failures in a row: doubled each time, up to PAUSE_MAX_S."""
    return float(min(PAUSE_MAX_S, PAUSE_FIRST_S * 2 ** min(failures - 1, 16)))
