"""The one boundary between the event loop and the synchronous store: one thread writes, a few read."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any, TypeVar

from shared.kernel.errors import LogWentBack, StoreUnavailable
from shared.telemetry.metrics import measure

T = TypeVar("T")
A = TypeVar("A")

Told = Callable[[T | BaseException], None]

_log = logging.getLogger("qizhang.log")

READING_THREADS = 4


class Threads:
    """Worker threads of one log. Once any of them has seen that the log went back, nothing runs on them any more."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._closed = False
        self._went_back: LogWentBack | None = None
        self._writing: threading.Thread | None = None
        self._to_write: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._reading = ThreadPoolExecutor(READING_THREADS, thread_name_prefix=f"{name}-read")

    def write(self, function: Callable[[A], T], argument: A, told: Told[T]) -> None:
        """Run on the thread that writes; calls run one after another. Raises StoreUnavailable once closed.

        `told` is called on the loop with what came of it. There is one hop each way and no task between: whoever
        waits for one command at a time waits for each of them.
        """
        self.check()
        loop = asyncio.get_running_loop()

        def work() -> None:
            outcome: T | BaseException
            try:
                outcome = function(argument)
            except BaseException as error:  # loop edge: whoever waits is told, whatever it was
                outcome = error
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._tell, told, outcome)

        if self._writing is None:
            self._writing = threading.Thread(target=self._write, name=f"{self.name}-write", daemon=True)
            self._writing.start()
        self._to_write.put(work)

    async def read(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run on one of the threads that read. Raises StoreUnavailable once closed."""
        self.check()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._reading, function, *arguments)
        except LogWentBack as error:
            self._noticed(error)
            raise

    def check(self) -> None:
        """Raise what every call would be answered with: StoreUnavailable once closed, LogWentBack."""
        if self._closed:
            raise StoreUnavailable("the log is closed")
        if self._went_back is not None:
            raise self._went_back

    async def close(self) -> None:
        """Wait for what runs, then end the threads."""
        self._closed = True
        if self._writing is not None:
            self._to_write.put(None)
            await asyncio.to_thread(self._writing.join)
        await asyncio.to_thread(self._reading.shutdown)

    def _write(self) -> None:
        while work := self._to_write.get():
            work()
            # What was written is not held until the next comes.
            del work

    def _tell(self, told: Told[T], outcome: T | BaseException) -> None:
        if isinstance(outcome, LogWentBack):
            self._noticed(outcome)
        told(outcome)

    def _noticed(self, error: LogWentBack) -> None:
        if self._went_back is None:
            self._went_back = error
            _log.critical("the log of %s has lost its newest events: %s; nothing is done any more", self.name, error)
            measure("ledger_log_went_back_total", 1, {"service": self.name})
