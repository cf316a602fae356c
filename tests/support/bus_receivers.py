"""Receivers of a bus that raise or wait where a test says, lanes and followers in front of them."""

from __future__ import annotations

import asyncio
from typing import Any

from shared.bus.delivery import Delivery, Message, PartitionDelivery
from shared.bus.follower import Follower
from shared.bus.lane import Lane
from shared.eventstore.port import EventLog, Receipt
from shared.kernel.clock import VirtualMachineClock
from shared.kernel.waiting import Signal
from tests.support.scripted_group import turns
from tests.support.scripted_outbox import ScriptedOutbox
from tests.support.toy_ledger import TENANT, CounterChanged, toy_envelope

TURNS_MAX = 2000


class Picky:
    """A receiver that takes each feed in order, and raises over some keys as long as it is told to."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, int]] = []
        self.raises: dict[str, BaseException] = {}
        self.parks: set[str] = set()
        self.uncounted = 0

    async def receive(self, message: Message) -> Receipt:
        if message.key in self.raises:
            raise self.raises[message.key]
        if message.n > 1 + max((n for key, n in self.taken if key == message.key), default=0):
            return Receipt(kind="early")
        self.taken.append((message.key, message.n))
        return Receipt(kind="parked" if message.key in self.parks else "applied")

    async def parked_count(self) -> int:
        if self.uncounted:
            self.uncounted -= 1
            raise RuntimeError("cannot count")
        return 0


class Outbox(ScriptedOutbox):
    """One that nobody waits for long at, so that a follower looks after its lanes."""

    async def wait_beyond(self, position: int, timeout_s: float) -> int:
        await turns(5)
        return await self.head()


def page(*messages: tuple[str, int]) -> list[Delivery]:
    return [Delivery(position=at, message=toy_envelope(*each, 1)) for at, each in enumerate(messages, 1)]


def lane_of(picky: Picky, clock: VirtualMachineClock, **more: Any) -> Lane:
    return Lane("lane", PartitionDelivery("mirror", picky, clock), clock, **more)


async def until_settled(lane: Lane) -> None:
    """Let a lane go on until nothing is left in it."""
    running = asyncio.create_task(lane.run())
    for _ in range(TURNS_MAX):
        await turns(1)
        if not lane.undelivered:
            break
    assert not running.done(), "the lane has ended"
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()


class Log:
    """The log of the mirror, with keys over which it raises or waits."""

    def __init__(self, log: EventLog[Any]) -> None:
        self._log = log
        self.raises: set[str] = set()
        self.stopped: set[str] = set()
        self.changed = Signal()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def receive(self, envelope: Any) -> Receipt:
        if envelope.key in self.raises:
            raise RuntimeError("cannot receive, cannot park")
        await self.changed.until(lambda: envelope.key not in self.stopped)
        return await self._log.receive(envelope)


def following(outbox: ScriptedOutbox, log: Any, clock: VirtualMachineClock, partitions: int) -> Follower:
    topics = (CounterChanged.TOPIC,)
    return Follower("counter", outbox.as_log(), "mirror", log, topics, clock, partitions=partitions)


async def until_has(log: Log, *keys: str) -> None:
    for _ in range(TURNS_MAX):
        if all([(await log.state(TENANT, f"counter/{key}"))[0].totals for key in keys]):
            return
        await turns(1)
    raise AssertionError("not received")
