"""One partition on its way into a receiver's log: order, retries, and the feeds that cannot go on for now.

Both implementations of the bus end here, the in-process one and the consumer of the broker. In come pages of messages
with their place in the partition; out goes the place up to which nothing has to be read again. The messages of a page
go side by side, so that they share a commit: the order of a feed is in its numbers.

A feed waits by itself, whatever its next message met: it came before its predecessor, or the receiver failed over it.
The others go on, and the place stays before what waits.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Collection, Coroutine, Sequence
from typing import Any, Final, Protocol

from msgspec import Struct

from shared.eventstore.port import Receipt
from shared.kernel.clock import MachineClock
from shared.kernel.errors import NotArrivedYet, StoreUnavailable
from shared.kernel.loops import pause_s
from shared.kernel.waiting import Begun, all_of
from shared.telemetry.metrics import measure

# A receiver that cannot be reached this often in a row fails the delivery; it starts again from the known position.
UNAVAILABLE_RETRIES_MAX: Final = 6

# What waits of a partition, in messages and in bytes. With more than this nothing new of it is offered.
WAITING_MAX: Final = 1000
WAITING_BYTES_MAX: Final = 16 * 1024 * 1024

# A feed that waits for a predecessor this long has a gap: what is missing was not on its way.
GAP_AFTER_S: Final = 30.0

# With more parked messages than this something is wrong at large, and the partition stops instead of parking on.
PARKED_MAX: Final = 1000
PARKED_PAUSE_S: Final = 5.0

REASON_CHARACTERS_MAX: Final = 300

Feed = tuple[str, str, str, str]

_log = logging.getLogger("qizhang.bus")


class Message(Protocol):
    """What a delivery has to know of a message: its feed, and its number there."""

    @property
    def tenant(self) -> str: ...

    @property
    def source(self) -> str: ...

    @property
    def topic(self) -> str: ...

    @property
    def key(self) -> str: ...

    @property
    def n(self) -> int: ...


class Taker(Protocol):
    """Who takes messages for good: the log of a service, or what stands between a topic and a log."""

    def receive(self, message: Any, /) -> Awaitable[Receipt]:
        """Take a message; raises StoreUnavailable. Whatever else it raises lets the feed of the message wait.

        What is `Begun` when this returns goes on by itself.
        """

    async def parked_count(self) -> int:
        """How many messages wait for an operator."""


class Delivery(Struct, frozen=True, kw_only=True):
    """A message, its place in the partition, and about how many bytes it holds in memory."""

    position: int
    message: Message
    size: int = 0


class WaitingFeed(Struct, frozen=True, kw_only=True):
    """A feed that does not go on for now: at which number, and what the receiver failed with.

    An empty `reason`: it waits for a predecessor. It `stands` when it will not go on by itself, as far as can be told:
    a defect is in its way, or it has waited longer than what is on its way takes.
    """

    topic: str
    key: str
    n: int
    reason: str
    stands: bool


class _Waiting:
    """What waits of one feed, by number; `failures` counts how often the receiver failed over the first of it."""

    def __init__(self, since_s: float) -> None:
        self.items: dict[int, Delivery] = {}
        self.since_s = since_s
        self.again_at_s = since_s
        self.failures = 0
        self.reason = ""
        self.defect = False


class PartitionDelivery:
    """Offers the messages of one partition to the log of the service `name`.

    `numbered` False is for a receiver that does not know by its number what came too early: a message is offered when
    its predecessor of the same key is settled.
    """

    def __init__(self, name: str, receiver: Taker, machine: MachineClock, *, numbered: bool = True) -> None:
        self._name = name
        self._numbered = numbered
        self._receiver = receiver
        self._machine = machine
        self._waiting: dict[Feed, _Waiting] = {}
        self._last = 0
        self._patience_s = GAP_AFTER_S

    def start_after(self, position: int) -> None:
        """Begin again behind `position`; what waits will be read again."""
        self._waiting.clear()
        self._last = position

    def expect_gap(self) -> None:
        """What waits for a predecessor stands at once, until nothing waits any more: it had stood before."""
        self._patience_s = 0.0

    @property
    def waiting(self) -> int:
        """How many messages wait for a predecessor, or for the receiver to get over them."""
        return sum(len(feed.items) for feed in self._waiting.values())

    @property
    def crowded(self) -> bool:
        """Whether so much waits that nothing new should be offered."""
        waiting_bytes = sum(item.size for feed in self._waiting.values() for item in feed.items.values())
        return self.waiting >= WAITING_MAX or waiting_bytes >= WAITING_BYTES_MAX

    @property
    def position(self) -> int:
        """Everything up to here is with the receiver, for good; it stays behind a page that is on its way."""
        waiting = (item.position - 1 for feed in self._waiting.values() for item in feed.items.values())
        return min((self._last, *waiting))

    def waiting_feeds(self) -> list[WaitingFeed]:
        """The feeds that do not go on."""
        before_s = self._machine.elapsed() - self._patience_s
        return [
            WaitingFeed(
                topic=topic,
                key=key,
                n=min(feed.items),
                reason=feed.reason,
                stands=feed.defect or feed.since_s <= before_s,
            )
            for (_, _, topic, key), feed in self._waiting.items()
        ]

    def has_gap(self) -> bool:
        """Whether a feed has waited for a predecessor longer than one may be on its way."""
        return any(feed.stands and not feed.reason for feed in self.waiting_feeds())

    async def offer(self, page: Sequence[Delivery]) -> None:
        """Deliver messages and what has waited for them; raises StoreUnavailable when all have had their turn."""
        if self._numbered:
            await self._offer_at_once(page)
        else:
            await all_of([self._offer_in_order(items) for items in _by_feed(page)])
        self.passed(max(item.position for item in page))

    def passed(self, position: int) -> None:
        """Up to here everything has been offered, or there was nothing to offer."""
        self._last = max(self._last, position)

    async def _offer_at_once(self, page: Sequence[Delivery]) -> None:
        """The order of a feed is in its numbers, so all is offered before anything is waited for."""
        offered = [(item, self._receiver.receive(item.message)) for item in page]
        begun = [(item, receiving) for item, receiving in offered if isinstance(receiving, Begun)]
        if len(begun) == len(offered):
            await self._conclude_in_turn(begun)
            return
        slow = [(item, receiving) for item, receiving in offered if not isinstance(receiving, Begun)]
        try:
            await all_of([self._conclude_in_turn(begun), *(self._conclude_patiently(*each) for each in slow)])
        finally:
            # What was told to end before it had begun does not begin any more.
            for _, receiving in slow:
                if isinstance(receiving, Coroutine):
                    receiving.close()

    async def _conclude_in_turn(self, begun: Sequence[tuple[Delivery, Begun[Receipt]]]) -> None:
        """For what goes on by itself; where the receiver was away each is offered again, side by side."""
        away: list[Delivery] = []
        try:
            for item, receiving in begun:
                try:
                    await self._conclude(item, receiving)
                except StoreUnavailable:
                    away.append(item)
        finally:
            for _, receiving in begun:
                receiving.cancel()
        if away:
            await all_of([self._conclude_patiently(item, failures=1) for item in away])

    async def _conclude_patiently(
        self, item: Delivery, receiving: Awaitable[Receipt] | None = None, failures: int = 0
    ) -> None:
        await self._conclude(item, self._received(item.message, receiving, failures))

    async def _conclude(self, item: Delivery, receiving: Awaitable[Receipt]) -> None:
        if await self._settle(item, receiving) and self._waiting:
            await self._offer_behind(_feed(item.message), item.message.n)

    async def _offer_in_order(self, items: Sequence[Delivery]) -> None:
        for item in items:
            feed = _feed(item.message)
            if (waiting := self._waiting.get(feed)) and waiting.reason:
                self._keep(item)
            elif await self._settle(item, self._received(item.message)):
                await self._offer_behind(feed, item.message.n)

    async def offer_waiting(self) -> None:
        """Offer again what waits: a repeat may have brought its predecessor, a defect may have passed."""
        for feed, waiting in list(self._waiting.items()):
            if waiting.items and waiting.again_at_s <= self._machine.elapsed():
                first = waiting.items[min(waiting.items)]
                if await self._settle(first, self._received(first.message)):
                    self._forget(feed, first.message.n)
                    await self._offer_behind(feed, first.message.n)

    async def _offer_behind(self, feed: Feed, n: int) -> None:
        while (item := self._next(feed, n)) and await self._settle(item, self._received(item.message)):
            # Only what has arrived is forgotten, so that `position` never runs ahead of the receiver.
            n = item.message.n
            self._forget(feed, n)

    def _next(self, feed: Feed, n: int) -> Delivery | None:
        waiting = self._waiting.get(feed)
        if waiting is None:
            return None
        return waiting.items.get(n + 1 if self._numbered else min(waiting.items))

    def _forget(self, feed: Feed, n: int) -> None:
        """A repeat of the predecessor may have offered it, too, and forgotten it."""
        waiting = self._waiting.get(feed)
        if waiting and waiting.items.pop(n, None):
            waiting.since_s = waiting.again_at_s = self._machine.elapsed()
            waiting.failures, waiting.reason, waiting.defect = 0, "", False
            if not waiting.items:
                del self._waiting[feed]
                if not self._waiting:
                    self._patience_s = GAP_AFTER_S

    def _keep(self, item: Delivery) -> _Waiting:
        waiting = self._waiting.setdefault(_feed(item.message), _Waiting(self._machine.elapsed()))
        waiting.items[item.message.n] = item
        return waiting

    async def _settle(self, item: Delivery, receiving: Awaitable[Receipt]) -> bool:
        """Whether the receiver has the message for good; else it waits, and its feed with it."""
        message = item.message
        try:
            receipt = await receiving
        except StoreUnavailable:
            raise
        except Exception as error:  # loop edge: what one message meets lets its own feed wait
            self._hold(item, error)
            return False
        if receipt.kind == "early":
            self._keep(item)
            return False
        if receipt.kind == "parked":
            _log.error("parked %s %s n=%d: %s", message.topic, message.key, message.n, receipt.reason)
            await self._stop_while_too_many_are_parked()
        return True

    def _hold(self, item: Delivery, error: Exception) -> None:
        message, waiting = item.message, self._keep(item)
        waiting.failures += 1
        waiting.again_at_s = self._machine.elapsed() + pause_s(waiting.failures)
        waiting.reason = f"{type(error).__name__}: {error}"[:REASON_CHARACTERS_MAX]
        waiting.defect = not isinstance(error, NotArrivedYet)
        what = "%s %s n=%d cannot be delivered (%d times): %s"
        details = message.topic, message.key, message.n, waiting.failures, waiting.reason
        if waiting.defect:
            _log.error(what, *details, exc_info=error if waiting.failures == 1 else None)
        else:
            _log.info(what, *details)

    async def _received(
        self, message: Message, receiving: Awaitable[Receipt] | None = None, failures: int = 0
    ) -> Receipt:
        """What the receiver says, who may be away for a while: `receiving` is an attempt, `failures` those before."""
        while True:
            if failures:
                await self._machine.sleep(pause_s(failures))
            try:
                return await (receiving or self._receiver.receive(message))
            except StoreUnavailable:
                failures += 1
                if failures >= UNAVAILABLE_RETRIES_MAX:
                    raise
            receiving = None

    async def _stop_while_too_many_are_parked(self) -> None:
        while await self._count_parked() > PARKED_MAX:
            _log.error("the partition stops: more than %d messages are parked", PARKED_MAX)
            await self._machine.sleep(PARKED_PAUSE_S)

    async def _count_parked(self) -> int:
        parked = await self._receiver.parked_count()
        measure("ledger_parked_messages", parked, {"service": self._name})
        return parked


def _feed(message: Message) -> Feed:
    return message.tenant, message.source, message.topic, message.key


def _by_feed(page: Sequence[Delivery]) -> Collection[Sequence[Delivery]]:
    feeds: dict[Feed, list[Delivery]] = {}
    for item in page:
        feeds.setdefault(_feed(item.message), []).append(item)
    return feeds.values()
