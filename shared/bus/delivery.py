"""One partition on its way into a receiver's log: order, retries, and messages that came too early.

Both implementations of the bus end here, the in-process one and the consumer of the broker. In come pages of messages
with their place in the partition; out goes the place up to which nothing has to be read again. The messages of a page
go side by side, so that they share a commit: the order of a feed is in its numbers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from msgspec import Struct

from shared.eventstore.port import ParkedMessage, Receipt
from shared.kernel.clock import MachineClock
from shared.kernel.errors import StoreUnavailable
from shared.kernel.loops import pause_s
from shared.telemetry.metrics import measure

# A receiver that cannot be reached this often in a row fails the delivery; it starts again from the known position.
UNAVAILABLE_RETRIES_MAX = 6

# Messages that wait for a predecessor. More than this means that the predecessor was lost on the way: read again.
EARLY_MAX = 1000

# With more parked messages than this something is wrong at large, and the partition stops instead of parking on.
PARKED_MAX = 1000
PARKED_PAUSE_S = 5.0

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

    async def receive(self, message: Any, /) -> Receipt:
        """Take a message; raises StoreUnavailable."""

    async def parked(self, limit: int) -> Sequence[ParkedMessage]:
        """Messages that wait for an operator."""


class Delivery(Struct, frozen=True, kw_only=True):
    """A message and its place in the partition."""

    position: int
    message: Message


class TooManyEarly(Exception):
    """More messages wait for a predecessor than EARLY_MAX."""


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
        self._early: dict[Feed, dict[int, Delivery]] = {}
        self._last = 0

    def start_after(self, position: int) -> None:
        """Begin again behind `position`; what waits for a predecessor will be read again."""
        self._early.clear()
        self._last = position

    @property
    def waiting(self) -> int:
        """How many messages wait for a predecessor."""
        return sum(len(by_number) for by_number in self._early.values())

    @property
    def position(self) -> int:
        """Everything up to here is with the receiver, for good; it stays behind a page that is on its way."""
        waiting = (item.position - 1 for by_number in self._early.values() for item in by_number.values())
        return min((self._last, *waiting))

    async def offer(self, page: Sequence[Delivery]) -> None:
        """Deliver messages and what has waited for them.

        Raises an ExceptionGroup: of StoreUnavailable after UNAVAILABLE_RETRIES_MAX, of TooManyEarly.
        """
        async with asyncio.TaskGroup() as tasks:
            for items in self._side_by_side(page):
                tasks.create_task(self._offer_in_order(items))
        self._last = max(self._last, *(item.position for item in page))

    def _side_by_side(self, page: Sequence[Delivery]) -> Iterable[Sequence[Delivery]]:
        if self._numbered:
            return [(item,) for item in page]
        feeds: dict[Feed, list[Delivery]] = {}
        for item in page:
            feeds.setdefault(_feed(item.message), []).append(item)
        return feeds.values()

    async def _offer_in_order(self, items: Sequence[Delivery]) -> None:
        for item in items:
            if await self._settle(item):
                await self._offer_waiting(_feed(item.message), item.message.n + 1)

    async def offer_early(self) -> None:
        """Offer again what waits for a predecessor: a repeat may have brought it in another way."""
        for feed, by_number in list(self._early.items()):
            await self._offer_waiting(feed, min(by_number))

    async def _offer_waiting(self, feed: Feed, n: int) -> None:
        while (item := self._early.get(feed, {}).get(n)) and await self._settle(item):
            # Only what has arrived is forgotten, so that `position` never runs ahead of the receiver.
            self._forget(feed, n)
            n += 1

    def _forget(self, feed: Feed, n: int) -> None:
        """A repeat of the predecessor may have offered it, too, and forgotten it."""
        waiting = self._early.get(feed, {})
        waiting.pop(n, None)
        if not waiting:
            self._early.pop(feed, None)

    async def _settle(self, item: Delivery) -> bool:
        """Whether the receiver has the message for good; else it is kept until its predecessor has arrived."""
        message = item.message
        receipt = await self._receive(message)
        if receipt.kind == "early":
            self._early.setdefault(_feed(message), {})[message.n] = item
            if self.waiting > EARLY_MAX:
                raise TooManyEarly(f"{message.topic} {message.key} n={message.n}")
            return False
        if receipt.kind == "parked":
            _log.error("parked %s %s n=%d: %s", message.topic, message.key, message.n, receipt.reason)
            await self._stop_while_too_many_are_parked()
        return True

    async def _receive(self, message: Message) -> Receipt:
        for failures in range(1, UNAVAILABLE_RETRIES_MAX):
            try:
                return await self._receiver.receive(message)
            except StoreUnavailable:
                await self._machine.sleep(pause_s(failures))
        return await self._receiver.receive(message)

    async def _stop_while_too_many_are_parked(self) -> None:
        while await self._count_parked() > PARKED_MAX:
            _log.error("the partition stops: more than %d messages are parked", PARKED_MAX)
            await self._machine.sleep(PARKED_PAUSE_S)

    async def _count_parked(self) -> int:
        parked = len(await self._receiver.parked(PARKED_MAX + 1))
        measure("ledger_parked_messages", parked, {"service": self._name})
        return parked


def _feed(message: Message) -> Feed:
    return message.tenant, message.source, message.topic, message.key
