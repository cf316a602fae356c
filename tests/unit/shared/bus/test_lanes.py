"""What a lane holds and forgets, where a follower reads on, and when a gap is read again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest

from shared.bus import follower as follower_module
from shared.bus import lane as lane_module
from shared.bus.delivery import GAP_AFTER_S, Message, PartitionDelivery
from shared.bus.follower import partition_of
from shared.bus.lane import Queued, Rereading
from shared.eventstore.log import open_log
from shared.eventstore.port import Receipt
from shared.kernel.clock import VirtualLegalClock, VirtualMachineClock
from tests.support.bus_receivers import (
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
from tests.support.toy_ledger import MIRROR, START, TENANT, toy_envelope


@pytest.fixture
def picky() -> Picky:
    return Picky()


@pytest.fixture
async def log() -> AsyncIterator[Log]:
    opened = await open_log(MIRROR, "memory:", VirtualLegalClock(START), ImpatientClock())
    yield Log(opened)
    await opened.close()


def queued(key: str, n: int, position: int, size: int = 1) -> Queued:
    return Queued(position=position, size=size, content=toy_envelope(key, n, 1))


async def test_a_lane_has_room_again_when_what_filled_it_is_delivered(picky: Picky) -> None:
    lane = lane_of(picky, ImpatientClock())
    for position in (1, 2):
        lane.put(queued("a", position, position, size=lane_module.LANE_BYTES_MAX))
    assert lane.full and not lane.roomy
    await until_settled(lane)
    assert lane.roomy and not lane.full


async def test_a_lane_that_begins_again_holds_nothing_of_before(picky: Picky) -> None:
    lane = lane_of(picky, ImpatientClock())
    lane.put(queued("a", 1, 7, size=lane_module.LANE_BYTES_MAX))
    lane.start_after(3, 2)
    assert (lane.undelivered, lane.reached, lane.saved, lane.roomy) == (0, 3, 2, True)
    lane.put(queued("b", 1, 4))
    await until_settled(lane)
    assert (picky.taken, lane.reached) == ([("b", 1)], 4)


async def test_a_gap_is_read_again_after_pauses_that_double_to_a_limit(picky: Picky) -> None:
    clock = VirtualMachineClock()
    lane, rereading = lane_of(picky, clock), Rereading()
    await lane.delivery.offer(page(("a", 2)))
    assert not rereading.is_due(lane, 0.0), "what it waits for may be on its way"
    clock.advance(GAP_AFTER_S)
    due = []
    for at_s in range(0, 12_000, 10):
        if rereading.is_due(lane, float(at_s)):
            due.append(at_s)
    assert [later - earlier for earlier, later in pairwise(due)] == [60, 120, 240, 480, 960, 1920, 3600, 3600]


async def test_what_a_feed_met_before_says_nothing_of_what_it_waits_for_now(picky: Picky) -> None:
    """A defect has passed, the next message has not come: that is a gap, and a gap is read again."""
    clock = VirtualMachineClock()
    partition = PartitionDelivery("mirror", picky, clock)
    picky.raises["a"] = RuntimeError("defect")
    await partition.offer(page(("a", 1), ("a", 3)))
    picky.raises.clear()
    clock.advance(60.0)
    await partition.offer_waiting()
    (feed,) = partition.waiting_feeds()
    assert (feed.n, feed.reason, feed.stands) == (3, "", False)
    clock.advance(GAP_AFTER_S)
    assert partition.has_gap()


async def test_after_a_gap_was_closed_the_next_message_that_is_early_is_given_its_time(picky: Picky) -> None:
    partition = PartitionDelivery("mirror", picky, VirtualMachineClock())
    partition.expect_gap()
    await partition.offer(page(("a", 2)))
    assert partition.has_gap()
    await partition.offer(page(("a", 1)))
    assert not partition.waiting
    await partition.offer(page(("b", 2)))
    assert not partition.has_gap()


async def test_what_waits_is_offered_behind_its_predecessor_only(picky: Picky) -> None:
    offered = []

    class Noting(Picky):
        async def receive(self, message: Message) -> Receipt:
            offered.append(message.n)
            return await super().receive(message)

    partition = PartitionDelivery("mirror", Noting(), VirtualMachineClock())
    await partition.offer(page(("a", 3)))
    await partition.offer(page(("a", 1)))
    await partition.offer(page(("a", 2)))
    assert offered == [3, 1, 2, 3]


async def test_a_follower_reads_on_for_the_partition_that_is_furthest_behind(log: Log) -> None:
    outbox = Outbox()
    slow, fast = toy_envelope("a", 1, 1), toy_envelope("b", 1, 2)
    outbox.put(slow, fast)
    assert partition_of(slow, 4) != partition_of(fast, 4)
    await log.receive(fast)
    for number in {0, 1, 2, 3} - {partition_of(slow, 4)}:
        await log.set_position(f"bus/counter/{number}-of-4", 0, 2)
    async with following(outbox, log, ImpatientClock(), partitions=4) as follower:
        await follower.delivered(2)
    assert (await log.state(TENANT, "counter/a"))[0].totals == (1,)


async def test_what_is_read_again_for_one_partition_is_not_offered_again_in_another(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane_module, "LANE_MESSAGES_MAX", 2)
    monkeypatch.setattr(follower_module, "OUTBOX_PAGE", 2)
    offered: list[str] = []
    receive = log.receive

    async def noted(envelope: Any) -> Receipt:
        offered.append(envelope.key)
        return await receive(envelope)

    monkeypatch.setattr(log, "receive", noted)
    outbox = Outbox()
    log.stopped.add("a")
    outbox.put(*(toy_envelope("a", n, n) for n in range(1, 8)), toy_envelope("b", 1, 1))
    async with following(outbox, log, ImpatientClock(), partitions=4) as follower:
        await until_has(log, "b")
        log.stopped.clear()
        log.changed.notify()
        await follower.delivered(8)
    assert offered.count("b") == 1
