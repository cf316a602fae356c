"""A background loop that survives its failures: every long-running task of a process is one of these.

A step that fails is logged and repeated after a pause that grows to a limit; cancellation ends the loop at once. The
number of failures in a row is what readiness looks at.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from shared.kernel.clock import MachineClock

PAUSE_FIRST_S = 0.1
PAUSE_MAX_S = 10.0

_log = logging.getLogger("qizhang.loops")


class Loop(ABC):
    """Repeats `step` between `async with` and its end.

    `failures` counts failures since the last good step; `turned_at_s` is when the last round began. A step that lasts
    as long as nothing fails calls `turn` in its own rounds. Only the end of the `async with` ends it.
    """

    def __init__(self, name: str, machine: MachineClock) -> None:
        self.name = name
        self.failures = 0
        self.last_error = ""
        self.machine = machine
        self.turned_at_s = machine.now()
        self._task: asyncio.Task[None] | None = None
        self._ending = False

    @abstractmethod
    async def step(self) -> None:
        """One round; may wait for work, may run until it fails."""

    def turn(self) -> None:
        """A round begins: the loop is not stuck."""
        self.turned_at_s = self.machine.now()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name=self.name)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending = True
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            self.turn()
            try:
                await self.step()
                self.failures = 0
            except asyncio.CancelledError as error:
                if self._ending:
                    raise
                # Nobody has cancelled this loop: a library let out the end of a task that it had cancelled itself.
                self._failed(error)
            except Exception as error:  # loop edge: whatever a step met, the loop has to go on and to say so.
                self._failed(error)
                if self._ending:
                    # What failed was the tidying up after the cancellation, which must not get lost over it.
                    return
            if self.failures:
                await self.machine.sleep(pause_s(self.failures))

    def _failed(self, error: BaseException) -> None:
        self.failures += 1
        self.last_error = f"{type(error).__name__}: {error}"
        _log.error("loop %s failed (%d in a row)", self.name, self.failures, exc_info=error)


def pause_s(failures: int) -> float:
    """How long to wait after so many failures in a row: doubled each time, up to PAUSE_MAX_S."""
    return float(min(PAUSE_MAX_S, PAUSE_FIRST_S * 2 ** min(failures - 1, 16)))
