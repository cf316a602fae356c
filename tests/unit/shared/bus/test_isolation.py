"""Whatever one message meets, at whichever stage, lets its own feed wait, or its partition; the others go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from shared.bus import follower as follower_module
from shared.bus import lane as lane_module
from shared.bus.delivery import GAP_AFTER_S, Delivery, Message, PartitionDelivery
from shared.bus.follower import partition_of
from shared.bus.inprocess import InProcessBus
from shared.bus.lane import Queued
from shared.bus.standing import standing
from shared.eventstore.log import open_log
from shared.eventstore.port import Receipt
from shared.kernel.clock import VirtualLegalClock, VirtualMachineClock
from shared.kernel.errors import LogUnintelligible, NotArrivedYet, StoreUnavailable
from tests.support.bus_receivers import (
    TURNS_MAX,
    Log,
    Outbox,
    Picky,
    following,
    lane_of,
    page,
    until_has,
    until_settled,
)
from tests.support.clocks import ImpatientClock
from tests.support.scripted_group import turns
from tests.support.toy_ledger import MIRROR, START, TENANT, CounterChanged, toy_envelope


@pytest.fixture
def picky() -> Picky:
    return Picky()


@pytest.mark.parametrize("numbered", [True, False], ids=["feeds", "commands"])
@pytest.mark.parametrize(
    "error",
    [RuntimeError("defect"), LogUnintelligible("newer"), NotArrivedYet(), ValueError(), KeyError("k")],
    ids=repr,
)
async def test_what_the_receiver_raises_over_a_message_lets_its_own_feed_wait(
    picky: Picky, numbered: bool, error: Exception
) -> None:
    clock = ImpatientClock()
    partition = PartitionDelivery("mirror", picky, clock, numbered=numbered)
    picky.raises["a"] = error
    await partition.offer(page(("a", 1), ("b", 1), ("a", 2), ("b", 2)))
    await partition.offer([Delivery(position=5, message=toy_envelope("c", 1, 1))])
    assert picky.taken == [("b", 1), ("b", 2), ("c", 1)]
    assert (partition.position, partition.waiting) == (0, 2)
    (feed,) = partition.waiting_feeds()
    assert (feed.key, feed.n, type(error).__name__ in feed.reason) == ("a", 1, True)
    # What has not arrived may be on its way; a defect is not.
    assert feed.stands == (not isinstance(error, NotArrivedYet))
    clock.advance(GAP_AFTER_S)
    assert partition.waiting_feeds()[0].stands
    assert not partition.has_gap()
    picky.raises.clear()
    await partition.offer_waiting()
    assert picky.taken[3:] == [("a", 1), ("a", 2)]
    assert (partition.position, partition.waiting_feeds()) == (5, [])


async def test_a_command_does_not_overtake_one_of_its_key_that_waits() -> None:
    class Once:
        """Raises over the first command, once; knows no numbers."""

        def __init__(self) -> None:
            self.taken: list[tuple[str, int]] = []
            self.failures = 1

        async def receive(self, message: Message) -> Receipt:
            if self.failures and message.key == "a":
                self.failures -= 1
                raise NotArrivedYet
            self.taken.append((message.key, message.n))
            return Receipt(kind="applied")

        async def parked_count(self) -> int:
            return 0

    once, clock = Once(), ImpatientClock()
    partition = PartitionDelivery("counter", once, clock, numbered=False)
    await partition.offer(page(("a", 10), ("a", 13), ("b", 11)))
    await partition.offer([Delivery(position=4, message=toy_envelope("a", 20, 1))])
    assert once.taken == [("b", 11)]
    clock.advance(1.0)
    await partition.offer_waiting()
    assert once.taken == [("b", 11), ("a", 10), ("a", 13), ("a", 20)]


async def test_a_feed_that_waits_is_offered_again_after_pauses_that_grow(picky: Picky) -> None:
    clock = ImpatientClock()
    partition = PartitionDelivery("mirror", picky, clock)
    picky.raises["a"] = RuntimeError("defect")
    await partition.offer(page(("a", 1)))
    tries = 0
    for _ in range(600):
        waiting = next(iter(partition._waiting.values()))
        before = waiting.failures
        await partition.offer_waiting()
        tries += waiting.failures - before
        clock.advance(0.1)
    assert 8 < tries < 20


@pytest.mark.parametrize("error", [RuntimeError("defect"), StoreUnavailable(), asyncio.CancelledError()], ids=repr)
@pytest.mark.parametrize("stage", ["read", "receive", "count"])
async def test_a_lane_survives_what_any_stage_raises(picky: Picky, stage: str, error: BaseException) -> None:
    """A cancellation is survived when nobody has asked for it: a library lets out that of a task of its own."""
    failures = {stage: 10}

    def fail(at: str) -> None:
        if failures.get(at, 0):
            failures[at] -= 1
            raise error

    async def read(message: Message) -> Message:
        if message.key == "a":
            fail("read")
        return message

    class Failing(Picky):
        async def receive(self, message: Message) -> Receipt:
            if message.key == "a":
                fail("receive")
            return await super().receive(message)

        async def parked_count(self) -> int:
            fail("count")
            return 0

    receiver = Failing()
    receiver.parks = {"a"}
    lane = lane_of(receiver, ImpatientClock(), read=read)
    for item in page(("b", 1), ("a", 1), ("b", 2)):
        lane.put(Queued(position=item.position, size=1, content=item.message))
    await until_settled(lane)
    assert {("a", 1), ("b", 1), ("b", 2)} <= set(receiver.taken)
    assert (failures[stage], lane.reached, lane.failures) == (0, 3, 0)


async def test_what_stands_before_a_message_that_cannot_be_read_is_delivered(picky: Picky) -> None:
    async def read(message: Message) -> Message:
        if message.key == "bad":
            raise RuntimeError("cannot read")
        return message

    lane = lane_of(picky, VirtualMachineClock(), read=read)
    for item in page(("a", 1), ("bad", 1), ("b", 1)):
        lane.put(Queued(position=item.position, size=1, content=item.message))
    running = asyncio.create_task(lane.run())
    await turns(50)
    assert (picky.taken, lane.reached, lane.failures) == ([("a", 1)], 1, 1)
    trouble = standing([], [lane])
    assert trouble is not None and "lane failed 1 times" in trouble.en
    running.cancel()
    await asyncio.wait([running])


def test_a_lane_is_full_by_messages_or_by_bytes(picky: Picky, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane_module, "LANE_MESSAGES_MAX", 3)
    monkeypatch.setattr(lane_module, "LANE_BYTES_MAX", 1000)
    for sizes, full in (([1, 1], False), ([1, 1, 1], True), ([999], False), ([400, 600], True)):
        lane = lane_of(picky, VirtualMachineClock())
        for position, size in enumerate(sizes, 1):
            lane.put(Queued(position=position, size=size, content=None))
        assert lane.full == full


async def test_a_page_is_bounded_in_bytes_and_holds_one_message_at_least(
    picky: Picky, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane_module, "OFFERED_BYTES_MAX", 1000)
    lane = lane_of(picky, VirtualMachineClock())
    for position, size in enumerate([5000, 600, 400, 1], 1):
        lane.put(Queued(position=position, size=size, content=None))
    pages = []
    while lane._queue:
        pages.append([item.size for item in lane._page()])
        for _ in pages[-1]:
            lane._queue.popleft()
    assert pages == [[5000], [600, 400], [1]]


@pytest.fixture
async def log() -> AsyncIterator[Log]:
    opened = await open_log(MIRROR, "memory:", VirtualLegalClock(START), ImpatientClock())
    yield Log(opened)
    await opened.close()


async def test_a_message_that_can_be_neither_applied_nor_parked_stops_no_other_of_its_partition(log: Log) -> None:
    outbox = Outbox()
    outbox.put(toy_envelope("bad", 1, 1), toy_envelope("a", 1, 1))
    log.raises.add("bad")
    async with following(outbox, log, ImpatientClock(), partitions=1) as follower:
        await until_has(log, "a")
        outbox.put(toy_envelope("b", 1, 1))
        await until_has(log, "b")
        assert [(feed.key, feed.stands) for feed in follower.waiting_feeds()] == [("bad", True)]
        log.raises.clear()
        await follower.delivered(3)
    assert await log.get_position("bus/counter/0-of-1") == 3


async def test_a_partition_that_is_full_stops_no_other(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane_module, "LANE_MESSAGES_MAX", 2)
    monkeypatch.setattr(follower_module, "OUTBOX_PAGE", 2)
    outbox = Outbox()
    slow = [toy_envelope("a", n, n) for n in range(1, 8)]
    fast = toy_envelope("b", 1, 1)
    assert partition_of(slow[0], 4) != partition_of(fast, 4)
    log.stopped.add("a")
    outbox.put(*slow, fast)
    async with following(outbox, log, ImpatientClock(), partitions=4) as follower:
        await until_has(log, "b")
        # The fast one may not have left its queue.
        assert follower.undelivered <= 3
        log.stopped.clear()
        log.changed.notify()
        await follower.delivered(8)
    assert (await log.state(TENANT, "counter/a"))[0].totals == tuple(range(1, 8))


async def test_a_gap_is_read_again_from_the_beginning_until_it_is_closed(log: Log) -> None:
    """The place is ahead of the feeds: what no later event would have told of is named, and put right."""
    clock = ImpatientClock()
    outbox = Outbox()
    outbox.put(*(toy_envelope("a", n, n) for n in range(1, 4)))
    await log.set_position("bus/counter/0-of-1", 0, 2)
    async with following(outbox, log, clock, partitions=1) as follower:
        for _ in range(TURNS_MAX):
            await turns(1)
            if follower.waiting_feeds():
                break
        await follower.delivered(3)
    assert (await log.state(TENANT, "counter/a"))[0].totals == (1, 2, 3)


async def test_a_position_that_the_database_does_not_know_any_more_is_read_again(log: Log) -> None:
    """An older state of the receiver was put back under a running follower."""
    outbox = Outbox()
    outbox.put(toy_envelope("a", 1, 1))
    clock, name = ImpatientClock(), "bus/counter/0-of-1"

    async def is_known(position: int) -> None:
        for _ in range(TURNS_MAX):
            if await log.get_position(name) == position:
                return
            clock.advance(1.0)
            await turns(1)
        raise AssertionError("not known")

    async with following(outbox, log, clock, partitions=1) as follower:
        await follower.delivered(1)
        await is_known(1)
        assert await log.set_position(name, 1, 0)
        outbox.put(toy_envelope("a", 2, 2))
        await is_known(2)


async def test_the_bus_says_what_stands_on_it_and_names_no_contract(log: Log) -> None:
    bus = InProcessBus(ImpatientClock())
    assert bus.trouble() is None
    outbox = Outbox()
    outbox.put(toy_envelope("secret", 1, 1))
    log.raises.add("secret")
    async with following(outbox, log, ImpatientClock(), partitions=1) as follower:
        bus._followers.append(follower)
        for _ in range(TURNS_MAX):
            if trouble := bus.trouble():
                break
            await turns(1)
    assert trouble is not None
    assert CounterChanged.TOPIC in trouble.en and CounterChanged.TOPIC in trouble.zh
    assert "secret" not in trouble.en + trouble.zh
