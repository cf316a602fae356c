"""The one boundary between the event loop and the synchronous store: one thread writes, a few read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from shared.kernel.errors import StoreUnavailable

T = TypeVar("T")

READING_THREADS = 4


class Threads:
    """Worker threads of one log."""

    def __init__(self, name: str) -> None:
        self._closed = False
        self._writing = ThreadPoolExecutor(1, thread_name_prefix=f"{name}-write")
        self._reading = ThreadPoolExecutor(READING_THREADS, thread_name_prefix=f"{name}-read")

    async def write(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run on the thread that writes; calls run one after another. Raises StoreUnavailable once closed."""
        return await self._run(self._writing, function, arguments)

    async def read(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run on one of the threads that read. Raises StoreUnavailable once closed."""
        return await self._run(self._reading, function, arguments)

    async def close(self) -> None:
        """Wait for what runs, then end the threads."""
        self._closed = True
        await asyncio.to_thread(self._writing.shutdown)
        await asyncio.to_thread(self._reading.shutdown)

    async def _run(self, threads: ThreadPoolExecutor, function: Callable[..., T], arguments: tuple[Any, ...]) -> T:
        if self._closed:
            raise StoreUnavailable("the log is closed")
        return await asyncio.get_running_loop().run_in_executor(threads, function, *arguments)
