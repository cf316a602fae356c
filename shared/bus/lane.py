"""The queue of one partition, and the delivery behind it: bounded in messages and bytes, alone with its failures.

A place in a lane is where reading goes on: everything before it is with the receiver, or holds nothing for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from itertools import islice
from typing import Any, Final

from msgspec import Struct

from shared.bus.delivery import Delivery, Message, PartitionDelivery, WaitingFeed
from shared.kernel.clock import MachineClock
from shared.kernel.errors import Trouble
from shared.kernel.loops import pause_s
from shared.kernel.waiting import Signal, first_of

# A lane with this much in its queue is given no more. What its reader has in hand by then still fits.
LANE_MESSAGES_MAX: Final = 1000
LANE_BYTES_MAX: Final = 8 * 1024 * 1024

# So much of a partition is on its way to the receiver at a time. What several partitions offer together should stay
# well below what a writer takes into its queue: there are commands in it, too.
OFFERED_MAX: Final = 100
OFFERED_BYTES_MAX: Final = 4 * 1024 * 1024

# How often what waits is offered again.
WAITING_RETRY_S: Final = 0.5

# A partition with a gap is read again from its beginning; when that has not closed it, after pauses that double.
REREAD_FIRST_S: Final = 60.0
REREAD_MAX_S: Final = 3600.0

_log = logging.getLogger("qizhang.bus")


class Queued(Struct, frozen=True, kw_only=True):
    """Something of a partition: the place behind it, about how many bytes it holds, and what is read from it."""

    position: int
    size: int
    content: Any


async def as_it_is(content: Message) -> Message | None:
    """What is queued is a message already."""
    return content


class Lane:
    """One partition in the hands of one reader. An item leaves the queue once it is delivered.

    `saved` is the place that the receiver's database knows. `read` makes a message of what is queued, or None where
    there is nothing to deliver. `progress` is notified after each round of delivery. `again_up_to` is how far it had
    been when a gap was found, while it is read again.
    """

    def __init__(
        self,
        name: str,
        delivery: PartitionDelivery,
        machine: MachineClock,
        *,
        read: Callable[[Any], Awaitable[Message | None]] = as_it_is,
        retry_s: float = WAITING_RETRY_S,
        progress: Signal | None = None,
    ) -> None:
        self.name = name
        self.delivery = delivery
        self.saved = 0
        self.read_up_to = 0
        self.failures = 0
        self.last_error = ""
        self.again_up_to = 0
        self._changed = Signal()
        self._progress = progress or Signal()
        self._machine = machine
        self._read = read
        self._retry_s = retry_s
        self._retried_at_s = machine.elapsed()
        self._queue: deque[Queued] = deque()
        self._bytes = 0

    def start_after(self, position: int, saved: int) -> None:
        """Begin again behind `position`, where `saved` is what the receiver's database knows."""
        self.saved = saved
        self.read_up_to = position
        self.delivery.start_after(position)
        self._queue.clear()
        self._bytes = 0

    def read_again(self, up_to: int) -> None:
        """It begins again, for something is missing of what was read up to there."""
        self.again_up_to = up_to
        self.delivery.expect_gap()

    @property
    def undelivered(self) -> int:
        """Messages queued, being offered, or waiting."""
        return len(self._queue) + self.delivery.waiting

    @property
    def full(self) -> bool:
        """Whether it should be given no more for now.

        What waits does not count: its predecessor may be among what has not been read.
        """
        return len(self._queue) >= LANE_MESSAGES_MAX or self._bytes >= LANE_BYTES_MAX

    @property
    def roomy(self) -> bool:
        """Whether one that was full is worth reading for again."""
        return len(self._queue) <= LANE_MESSAGES_MAX // 2 and self._bytes <= LANE_BYTES_MAX // 2

    @property
    def reached(self) -> int:
        """Up to here nothing has to be read again."""
        return self.delivery.position if self.undelivered else self.read_up_to

    def put(self, item: Queued) -> None:
        """Queue something. Whoever puts looks at `full` before he reads on."""
        self._queue.append(item)
        self._bytes += item.size
        self.read_up_to = item.position
        self._changed.notify()

    def skip(self, position: int) -> None:
        """There is nothing to deliver up to this place."""
        self.read_up_to = max(self.read_up_to, position)

    def waiting_feeds(self) -> list[WaitingFeed]:
        """The feeds that do not go on."""
        return self.delivery.waiting_feeds()

    def trouble(self) -> Trouble | None:
        """What is wrong with the partition as a whole."""
        if self.failures:
            return Trouble(
                f"{self.name} 连续失败 {self.failures} 次", f"{self.name} failed {self.failures} times in a row"
            )
        if self.reached < self.again_up_to:
            return Trouble(f"{self.name} 缺少消息，正在重新读取", f"{self.name} lacks messages and is being read again")
        return None

    async def run(self) -> None:
        """Deliver until cancelled. Whatever this partition meets, it tries again by itself."""
        while True:
            try:
                await self.deliver()
                self.failures = 0
            except asyncio.CancelledError as error:
                task = asyncio.current_task()
                if task is None or task.cancelling():
                    raise
                # Nobody has cancelled this lane: a library let out the end of a task of its own.
                await self._failed(error)
            except Exception as error:  # loop edge: a partition that fails stops no other
                await self._failed(error)

    async def _failed(self, error: BaseException) -> None:
        self.failures += 1
        self.last_error = f"{type(error).__name__}: {error}"
        _log.error("partition %s failed (%d in a row)", self.name, self.failures, exc_info=error)
        await self._machine.sleep(pause_s(self.failures))

    async def deliver(self) -> None:
        """Offer the next messages, and now and then what waits; returns when one round is done."""
        arrived = await self._arrived()
        if arrived:
            await self._offer(self._page())
        if not arrived or self._machine.elapsed() - self._retried_at_s >= self._retry_s:
            self._retried_at_s = self._machine.elapsed()
            await self.delivery.offer_waiting()
        self._progress.notify()

    async def _arrived(self) -> bool:
        """Whether there is something to offer; waits for it, as long as nothing else is to be done."""
        if self.delivery.crowded:
            await self._machine.sleep(self._retry_s)
            return False
        if not self._queue and self.delivery.waiting:
            something = self._changed.until(lambda: bool(self._queue))
            await first_of(something, self._machine.sleep(self._retry_s))
        elif not self._queue:
            await self._changed.until(lambda: bool(self._queue))
        return bool(self._queue)

    def _page(self) -> list[Queued]:
        page: list[Queued] = []
        size = 0
        for item in islice(self._queue, OFFERED_MAX):
            if page and size + item.size > OFFERED_BYTES_MAX:
                break
            page.append(item)
            size += item.size
        return page

    async def _offer(self, page: list[Queued]) -> None:
        """Read and offer; what cannot be read ends the page, and what stands before it is delivered first."""
        messages: list[Delivery] = []
        read, failed = 0, None
        for item in page:
            try:
                message = await self._read(item.content)
            except Exception as error:  # loop edge: see `run`, which hears of it when the rest is delivered
                failed = error
                break
            read += 1
            if message is not None:
                messages.append(Delivery(position=item.position, message=message, size=item.size))
        if messages:
            await self.delivery.offer(messages)
        for _ in range(read):
            item = self._queue.popleft()
            self._bytes -= item.size
            self.delivery.passed(item.position)
        if failed:
            raise failed


class Rereading:
    """When a partition that has a gap is to be read again from its beginning."""

    def __init__(self) -> None:
        self._times = 0
        self._not_before_s = 0.0

    def is_due(self, lane: Lane, now_s: float) -> bool:
        """Whether to read again now; the next time is later."""
        if not lane.delivery.has_gap() or now_s < self._not_before_s:
            return False
        self._not_before_s = now_s + min(REREAD_MAX_S, REREAD_FIRST_S * 2.0 ** min(self._times, 16))
        self._times += 1
        return True
