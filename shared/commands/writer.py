"""Group commit: while one transaction commits, the next one gathers (design section 4).

In: jobs from any number of coroutines of one loop; out: their answers. One worker thread runs one batch at a time.
Nothing waits to fill a batch; under load batches fill themselves.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from shared.commands.jobs import Job
from shared.commands.runner import BatchRunner, Failure, Ran
from shared.eventstore.threads import Threads
from shared.kernel.errors import OutcomeNotKnown, StoreUnavailable

# More jobs than this do not fit into one transaction, nor jobs of more bytes, but one; the rest waits for the next.
BATCH_MAX = 256
BATCH_BYTES_MAX = 4 * 1024 * 1024

# With more jobs than this waiting, or jobs of more bytes, the ledger says that it cannot take another now.
QUEUE_MAX = 4096
QUEUE_BYTES_MAX = 32 * 1024 * 1024


class Waiting(NamedTuple):
    """A job in the queue, who waits for it, and how much it holds."""

    job: Job
    future: asyncio.Future[Any]
    size: int


class Writer:
    """The one writer of a log in this process. Made and used on one event loop."""

    def __init__(self, runner: BatchRunner[Any], threads: Threads, committed: Callable[[Ran], None]) -> None:
        self._runner = runner
        self._threads = threads
        self._committed = committed
        self._queue: deque[Waiting] = deque()
        self._queued_bytes = 0
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    async def submit(self, job: Job) -> Any:
        """The job's answer, once it is durable. Raises what the job raises, and StoreUnavailable."""
        return await self.put(job)

    def put(self, job: Job) -> asyncio.Future[Any]:
        """The same for who has more to put before he waits."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        size = job.size()
        if refused := self._refused(size):
            future.set_exception(StoreUnavailable(refused))
            return future
        self._queue.append(Waiting(job, future, size))
        self._queued_bytes += size
        if self._task is None:
            self._task = asyncio.create_task(self._write())
        return future

    def _refused(self, size: int) -> str:
        """Why a job of so many bytes is not taken now, or nothing."""
        if self._closed:
            return "the log is closed"
        if len(self._queue) >= QUEUE_MAX:
            return f"{QUEUE_MAX} requests are waiting already"
        # One that is larger by itself than all that may wait is taken when nothing does.
        if self._queue and self._queued_bytes + size > QUEUE_BYTES_MAX:
            return f"requests of {self._queued_bytes} bytes are waiting already"
        return ""

    async def close(self) -> None:
        """Take nothing new, and finish what is waiting."""
        self._closed = True
        if self._task is not None:
            await self._task

    async def _write(self) -> None:
        try:
            while self._queue:
                waiting = self._next()
                try:
                    await self._write_batch(waiting)
                finally:
                    # Who ends the thread or the task ends the wait of all whom nobody will tell of their commands.
                    for _, future, _ in waiting:
                        if not future.done():
                            future.set_exception(OutcomeNotKnown("the writer was ended"))
        finally:
            self._task = None

    def _next(self) -> list[Waiting]:
        """The next batch; at least one job."""
        batch: list[Waiting] = []
        room = BATCH_BYTES_MAX
        while self._queue and len(batch) < BATCH_MAX and (self._queue[0].size <= room or not batch):
            batch.append(self._queue.popleft())
            room -= batch[-1].size
            self._queued_bytes -= batch[-1].size
        return batch

    async def _write_batch(self, waiting: list[Waiting]) -> None:
        try:
            ran = await self._threads.write(self._runner.run, [job for job, _, _ in waiting])
            self._committed(ran)
        except Exception as error:  # loop edge: whatever stops a batch is the answer of all its jobs
            ran = Ran([Failure(error)] * len(waiting))
        for (_, future, _), answer in zip(waiting, ran.answers, strict=True):
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
