"""Group commit: while one transaction commits, the next one gathers (design section 4).

In: jobs from any number of coroutines of one loop; out: their answers. One worker thread runs one batch at a time.
Nothing waits to fill a batch; under load batches fill themselves.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, cast

from shared.commands.jobs import Job
from shared.commands.runner import BatchRunner, Failure, Ran
from shared.eventstore.threads import Threads
from shared.kernel.errors import OutcomeNotKnown, StoreUnavailable

_log = logging.getLogger("qizhang.log")

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
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False

    async def submit(self, job: Job) -> Any:
        """The job's answer, once it is durable. Raises what the job raises, and StoreUnavailable."""
        return await self.put(job)

    def put(self, job: Job) -> asyncio.Future[Any]:
        """The same for who has more to put before he waits."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        size = job.size()
        if refused := self._refused(size):
            future.set_exception(StoreUnavailable(refused))
            return future
        self._queue.append(Waiting(job, future, size))
        self._queued_bytes += size
        if self._idle.is_set():
            self._idle.clear()
            # Whoever submits in this turn of the loop is in the first batch too.
            loop.call_soon(self._write)
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
        await self._idle.wait()

    def _write(self) -> None:
        """Hand the next batch to the thread that writes."""
        if not self._queue:
            self._idle.set()
            return
        waiting = self._next()
        try:
            self._threads.write(self._runner.run, [job for job, _, _ in waiting], partial(self._told, waiting))
        except StoreUnavailable as error:
            self._told(waiting, error)

    def _next(self) -> list[Waiting]:
        """The next batch; at least one job."""
        batch: list[Waiting] = []
        room = BATCH_BYTES_MAX
        while self._queue and len(batch) < BATCH_MAX and (self._queue[0].size <= room or not batch):
            batch.append(self._queue.popleft())
            room -= batch[-1].size
            self._queued_bytes -= batch[-1].size
        return batch

    def _told(self, waiting: list[Waiting], outcome: Ran | BaseException) -> None:
        """What became of a batch: everybody gets his answer, then who follows the log is woken."""
        if isinstance(outcome, BaseException):
            # Whatever stops a batch is the answer of all its jobs; what ends a thread tells nobody of his command.
            ended = not isinstance(outcome, Exception)
            error = OutcomeNotKnown("the writer was ended") if ended else cast(Exception, outcome)
            outcome = Ran([Failure(error)] * len(waiting))
        for (_, future, _), answer in zip(waiting, outcome.answers, strict=True):
            if future.done():
                continue
            if isinstance(answer, Failure):
                future.set_exception(_raisable(answer.error))
            else:
                future.set_result(answer)
        try:
            self._committed(outcome)
        except Exception:  # loop edge: what is committed and answered stays so; followers find it by their own look
            _log.exception("who follows the log was not told of a commit")
        self._write()


def _raisable(error: Exception) -> Exception:
    """The error as a future takes it: a StopIteration would end the generator that awaits it, not tell it anything."""
    if not isinstance(error, StopIteration):
        return error
    told = RuntimeError("a job raised StopIteration")
    told.__cause__ = error
    return told
