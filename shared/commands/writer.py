"""Group commit: while one transaction commits, the next one gathers (design section 4).

In: jobs from any number of coroutines of one loop; out: their answers. One worker thread runs one batch at a time.
Nothing waits to fill a batch; under load batches fill themselves.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from shared.commands.jobs import Job
from shared.commands.runner import BatchRunner, Failure, Ran
from shared.eventstore.threads import Threads
from shared.kernel.errors import OutcomeNotKnown, StoreUnavailable

# More jobs than this do not fit into one transaction; the rest waits for the next.
BATCH_MAX = 256

# With more jobs than this waiting, the ledger says that it cannot take another now.
QUEUE_MAX = 4096

Waiting = tuple[Job, "asyncio.Future[Any]"]


class Writer:
    """The one writer of a log in this process. Made and used on one event loop."""

    def __init__(self, runner: BatchRunner[Any], threads: Threads, committed: Callable[[Ran], None]) -> None:
        self._runner = runner
        self._threads = threads
        self._committed = committed
        self._queue: deque[Waiting] = deque()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    async def submit(self, job: Job) -> Any:
        """The job's answer, once it is durable. Raises what the job raises, and StoreUnavailable."""
        if self._closed:
            raise StoreUnavailable("the log is closed")
        if len(self._queue) >= QUEUE_MAX:
            raise StoreUnavailable(f"{QUEUE_MAX} requests are waiting already")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._queue.append((job, future))
        if self._task is None:
            self._task = asyncio.create_task(self._write())
        return await future

    async def close(self) -> None:
        """Take nothing new, and finish what is waiting."""
        self._closed = True
        if self._task is not None:
            await self._task

    async def _write(self) -> None:
        try:
            while self._queue:
                waiting = [self._queue.popleft() for _ in range(min(BATCH_MAX, len(self._queue)))]
                try:
                    await self._write_batch(waiting)
                finally:
                    # Who ends the thread or the task ends the wait of all whom nobody will tell of their commands.
                    for _, future in waiting:
                        if not future.done():
                            future.set_exception(OutcomeNotKnown("the writer was ended"))
        finally:
            self._task = None

    async def _write_batch(self, waiting: list[Waiting]) -> None:
        try:
            ran = await self._threads.write(self._runner.run, [job for job, _ in waiting])
            self._committed(ran)
        except Exception as error:  # loop edge: whatever stops a batch is the answer of all its jobs
            ran = Ran([Failure(error)] * len(waiting))
        for (_, future), answer in zip(waiting, ran.answers, strict=True):
            if future.done():
                continue
            if isinstance(answer, Failure):
                future.set_exception(_raisable(answer.error))
            else:
                future.set_result(answer)


def _raisable(error: Exception) -> Exception:
    """The error as a future takes it: a StopIteration would end the generator that awaits it, not tell it anything."""
    if not isinstance(error, StopIteration):
        return error
    told = RuntimeError("a job raised StopIteration")
    told.__cause__ = error
    return told
