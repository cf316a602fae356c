"""One partition in front of one receiver: order, early messages, retries, and the position that is safe to keep."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from shared.bus import delivery
from shared.bus.delivery import Delivery, PartitionDelivery
from shared.eventstore.port import Receipt, ReceiptKind
from shared.kernel.actors import system_actor
from shared.kernel.errors import StoreUnavailable
from shared.kernel.waiting import Begun, Signal, as_it_is
from shared.public_events.envelope import Envelope
from tests.support.clocks import ImpatientClock

AT = "2026-01-05T01:00:00.000Z"


def message(key: str, n: int, position: int) -> Delivery:
    envelope = Envelope(
        tenant="t",
        source="source",
        topic="topic",
        key=key,
        n=n,
        event_id=f"{key}-{n}",
        type="toy.counted.v1",
        effective_at=AT,
        recorded_at=AT,
        actor=system_actor("source"),
        correlation_id="",
        causation_id="",
        traceparent=None,
        data=b"{}",
    )
    return Delivery(position=position, message=envelope)


class Receiver:
    """Takes each feed in order, as a log does; `failures` makes the next calls fail, `held` lets a feed wait."""

    def __init__(self) -> None:
        self.held = ""
        self.changed = Signal()
        self.heads: dict[str, int] = {}
        self.offered: list[str] = []
        self.taken: list[str] = []
        self.poisoned: set[str] = set()
        self.failures = 0

    async def receive(self, envelope: Envelope) -> Receipt:
        self.offered.append(envelope.event_id)
        self.changed.notify()
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable
        await self.changed.until(lambda: envelope.key != self.held)
        head = self.heads.get(envelope.key, 0)
        if envelope.n <= head:
            return Receipt(kind="repeat")
        if envelope.n > head + 1:
            return Receipt(kind="early")
        self.heads[envelope.key] = envelope.n
        if envelope.event_id in self.poisoned:
            return Receipt(kind="parked", reason="poison")
        self.taken.append(envelope.event_id)
        self.changed.notify()
        return Receipt(kind="applied")

    async def parked_count(self) -> int:
        return len(self.poisoned)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def partition(receiver: Receiver) -> PartitionDelivery:
    return PartitionDelivery("mirror", receiver, ImpatientClock())


async def test_messages_go_out_in_order_and_the_position_follows(
    partition: PartitionDelivery, receiver: Receiver
) -> None:
    for n in (1, 2, 3):
        await partition.offer([message("a", n, 10 + n)])
    assert receiver.taken == ["a-1", "a-2", "a-3"]
    assert partition.position == 13


@pytest.mark.parametrize("numbered", [True, False])
async def test_the_feeds_of_a_page_go_side_by_side_and_each_in_order(receiver: Receiver, numbered: bool) -> None:
    partition = PartitionDelivery("mirror", receiver, ImpatientClock(), numbered=numbered)
    partition.start_after(10)
    receiver.held = "a"
    page = [message("a", 1, 11), message("b", 2, 12), message("b", 1, 13), message("a", 2, 14), message("b", 3, 15)]
    offering = asyncio.create_task(partition.offer(page))
    await receiver.changed.until(lambda: len(receiver.taken) == 3)
    assert receiver.taken == ["b-1", "b-2", "b-3"]
    # Nothing of a page counts before all of it is done: what is behind the slow one may have to be read again.
    assert partition.position == 10
    receiver.held = ""
    receiver.changed.notify()
    await offering
    assert receiver.taken[3:] == ["a-1", "a-2"] and partition.position == 15


async def test_without_numbers_a_message_is_offered_when_its_predecessor_is_settled(receiver: Receiver) -> None:
    partition = PartitionDelivery("mirror", receiver, ImpatientClock(), numbered=False)
    receiver.failures = 1
    await partition.offer([message("a", n, n) for n in (1, 2, 3)])
    assert receiver.offered == ["a-1", "a-1", "a-2", "a-3"]


async def test_a_page_is_offered_at_once_where_numbers_tell_the_order(
    partition: PartitionDelivery, receiver: Receiver
) -> None:
    receiver.held = "a"
    offering = asyncio.create_task(partition.offer([message("a", n, n) for n in (1, 2, 3)]))
    await receiver.changed.until(lambda: receiver.offered == ["a-1", "a-2", "a-3"])
    receiver.held = ""
    receiver.changed.notify()
    await offering
    assert receiver.taken == ["a-1", "a-2", "a-3"] and partition.position == 3


async def test_what_came_early_in_a_page_does_not_let_the_position_run_ahead_of_the_page(
    partition: PartitionDelivery, receiver: Receiver
) -> None:
    partition.start_after(10)
    receiver.held = "a"
    offering = asyncio.create_task(partition.offer([message("a", 1, 11), message("b", 1, 12), message("c", 2, 13)]))
    await receiver.changed.until(lambda: receiver.taken == ["b-1"] and partition.waiting == 1)
    assert (partition.waiting, partition.position) == (1, 10)
    receiver.held = ""
    receiver.changed.notify()
    await offering
    assert partition.position == 12


async def test_an_early_message_waits_for_its_predecessor(partition: PartitionDelivery, receiver: Receiver) -> None:
    await partition.offer([message("a", 3, 1)])
    await partition.offer([message("a", 2, 2)])
    assert receiver.taken == [] and partition.waiting == 2
    await partition.offer([message("a", 1, 3)])
    assert receiver.taken == ["a-1", "a-2", "a-3"] and partition.waiting == 0


async def test_the_position_stays_before_what_waits(partition: PartitionDelivery, receiver: Receiver) -> None:
    await partition.offer([message("a", 2, 5)])
    await partition.offer([message("b", 1, 6)])
    assert receiver.taken == ["b-1"]
    assert partition.position == 4


async def test_early_messages_are_offered_again_without_news(partition: PartitionDelivery, receiver: Receiver) -> None:
    await partition.offer([message("a", 2, 5)])
    await partition.offer([message("a", 3, 6)])
    receiver.heads["a"] = 1  # The predecessor came another way.
    await partition.offer_waiting()
    assert receiver.taken == ["a-2", "a-3"] and partition.position == 6


async def test_a_poisoned_message_moves_on(partition: PartitionDelivery, receiver: Receiver) -> None:
    receiver.poisoned = {"a-1"}
    await partition.offer([message("a", 1, 1)])
    await partition.offer([message("b", 1, 2)])
    assert receiver.taken == ["b-1"] and partition.position == 2


async def test_an_unavailable_store_is_tried_again(partition: PartitionDelivery, receiver: Receiver) -> None:
    receiver.failures = delivery.UNAVAILABLE_RETRIES_MAX - 1
    await partition.offer([message("a", 1, 1)])
    assert receiver.taken == ["a-1"]


async def test_a_store_that_stays_away_fails_the_delivery_and_keeps_the_position(
    partition: PartitionDelivery, receiver: Receiver
) -> None:
    partition.start_after(7)
    receiver.failures = delivery.UNAVAILABLE_RETRIES_MAX
    with pytest.raises(StoreUnavailable):
        await partition.offer([message("a", 1, 8)])
    assert partition.position == 7


async def test_with_too_much_waiting_nothing_new_should_be_offered(
    partition: PartitionDelivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "WAITING_MAX", 2)
    await partition.offer([message("a", 2, 1)])
    assert not partition.crowded
    await partition.offer([message("a", 3, 2)])
    assert partition.crowded
    await partition.offer([message("a", 1, 3)])
    assert not partition.crowded


async def test_what_waits_is_bounded_in_bytes_too(
    partition: PartitionDelivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "WAITING_BYTES_MAX", 1000)
    await partition.offer([replace(message("a", 2, 1), size=999)])
    assert not partition.crowded
    await partition.offer([replace(message("b", 2, 2), size=1)])
    assert partition.crowded


async def test_the_partition_stops_while_too_many_messages_are_parked(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "PARKED_MAX", 1)

    class OperatorAtWork(ImpatientClock):
        pauses = 0

        async def sleep(self, seconds: float) -> None:
            self.pauses += 1
            receiver.poisoned.clear()

    clock = OperatorAtWork()
    receiver.poisoned = {"a-1", "b-1"}
    await PartitionDelivery("mirror", receiver, clock).offer([message("a", 1, 1)])
    assert clock.pauses == 1


async def test_to_begin_again_forgets_what_waited(partition: PartitionDelivery) -> None:
    await partition.offer([message("a", 2, 5)])
    partition.start_after(4)
    assert partition.waiting == 0 and partition.position == 4


class Begins:
    """Takes messages by itself, as a writer does, once it is told to; `away` answers fail as long as there are some."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.away = 0
        self.answers: list[asyncio.Future[Receipt]] = []
        self.changed = Signal()

    def receive(self, envelope: Envelope) -> Begun[Receipt]:
        self.asked.append(envelope.event_id)
        answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self.answers.append(answer)
        if self.away:
            self.away -= 1
            answer.set_exception(StoreUnavailable())
        self.changed.notify()
        return Begun(answer, as_it_is)

    def answer(self, kind: ReceiptKind = "applied") -> None:
        for answer in self.answers:
            if not answer.done():
                answer.set_result(Receipt(kind=kind))

    async def parked_count(self) -> int:
        return 0


async def test_a_page_that_goes_on_by_itself_is_offered_whole_and_needs_no_task_a_message() -> None:
    begins = Begins()
    partition = PartitionDelivery("mirror", begins, ImpatientClock())
    offering = asyncio.create_task(partition.offer([message("a", n, n) for n in range(1, 101)]))
    await begins.changed.until(lambda: len(begins.asked) == 100)
    assert asyncio.all_tasks() == {offering, asyncio.current_task()}
    assert partition.position == 0
    begins.answer()
    await offering
    assert partition.position == 100


async def test_what_goes_on_by_itself_is_offered_again_where_the_store_was_away() -> None:
    begins = Begins()
    begins.away = 3
    partition = PartitionDelivery("mirror", begins, ImpatientClock())
    offering = asyncio.create_task(partition.offer([message("a", n, n) for n in (1, 2, 3, 4)]))
    await begins.changed.until(lambda: len(begins.asked) == 4)
    begins.answer()
    await begins.changed.until(lambda: len(begins.asked) == 7)
    assert sorted(begins.asked[4:]) == ["a-1", "a-2", "a-3"]
    begins.answer()
    await offering
    assert (partition.position, partition.waiting) == (4, 0)


async def test_who_is_told_to_end_leaves_no_answer_that_nobody_waits_for() -> None:
    begins = Begins()
    partition = PartitionDelivery("mirror", begins, ImpatientClock())
    offering = asyncio.create_task(partition.offer([message("a", n, n) for n in (1, 2)]))
    await begins.changed.until(lambda: len(begins.asked) == 2)
    offering.cancel()
    await asyncio.wait([offering])
    assert offering.cancelled() and all(answer.cancelled() for answer in begins.answers)
    assert partition.position == 0
