"""The one boundary between the event loop and the synchronous store: one thread writes, a few read."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from shared.kernel.errors import LogWentBack, StoreUnavailable
from shared.telemetry.metrics import measure

T = TypeVar("T")

_log = logging.getLogger("qizhang.log")

READING_THREADS = 4


class Threads:
    """Worker threads of one log. Once any of them has seen that the log went back, nothing runs on them any more."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._closed = False
        self._went_back: LogWentBack | None = None
        self._writing = ThreadPoolExecutor(1, thread_name_prefix=f"{name}-write")
        self._reading = ThreadPoolExecutor(READING_THREADS, thread_name_prefix=f"{name}-read")

    async def write(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run on the thread that writes; calls run one after another. Raises StoreUnavailable once closed."""
        return await self._run(self._writing, function, arguments)

    async def read(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run on one of the threads that read. Raises StoreUnavailable once closed."""
        return await self._run(self._reading, function, arguments)

    def check(self) -> None:
        """Raise what every call would be answered with: StoreUnavailable once closed, LogWentBack."""
        if self._closed:
            raise StoreUnavailable("the log is closed")
        if self._went_back is not None:
            raise self._went_back

    async def close(self) -> None:
        """Wait for what runs, then end the threads."""
        self._closed = True
        await asyncio.to_thread(self._writing.shutdown)
        await asyncio.to_thread(self._reading.shutdown)

    async def _run(self, threads: ThreadPoolExecutor, function: Callable[..., T], arguments: tuple[Any, ...]) -> T:
        self.check()
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, function, *arguments)
        except LogWentBack as error:
            if self._went_back is None:
                self._went_back = error
                _log.critical(
                    "the log of %s has lost its newest events: %s; nothing is done any more", self.name, error
                )
                measure("ledger_log_went_back_total", 1, {"service": self.name})
            raise
