"""The checks of the feeds find a planted gap, double, fork and disorder; an ordinary repeat they only count."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from shared.public_events.envelope import Envelope
from tests.chaos.checks.feeds import on_topics, published_dense, received_all
from tests.unit.chaos.samples import invoice, received, recorded

SENT = [invoice("advance", "1.00", n=1), invoice("rest", "2.00", n=2), invoice("more", "3.00", n=3)]
FIRST, SECOND, THIRD = SENT


def test_a_feed_is_published_without_gaps() -> None:
    assert published_dense(SENT) == []
    assert "number 3 was given where 2 should be" in published_dense([FIRST, THIRD])[0]


def test_what_is_sent_twice_is_counted_and_no_fault() -> None:
    found = on_topics(SENT, [FIRST, SECOND, FIRST, SECOND, THIRD])
    assert (found.records, found.repeats, found.found) == (5, 2, [])


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([FIRST, SECOND], "3 published, 2 on the topic"),
        ([FIRST, THIRD, SECOND, THIRD], "number 3 came when 2 was expected"),
        ([*SENT, replace(FIRST, event_id="another")], "number 1 is there twice with different content"),
        ([*SENT, invoice("extra", "4.00", n=4)], "3 published, 4 on the topic"),
        ([*SENT, replace(FIRST, key="X-2")], "0 published, 1 on the topic"),
    ],
)
def test_a_planted_fault_on_the_topic_is_found(records: list[Envelope], said: str) -> None:
    assert said in on_topics(SENT, records).found[0]


def test_a_receiver_that_has_everything_once_is_in_order() -> None:
    log = [recorded(received(message), message.n) for message in SENT]
    assert received_all(SENT, log) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda log: log[:2],
        lambda log: [*log, log[-1]],
        lambda log: [log[0], log[2], log[1]],
        lambda log: [replace(log[0], data=replace(log[0].data, event_id="another")), *log[1:]],
    ],
    ids=["lost", "twice", "out of order", "forked"],
)
def test_a_planted_fault_in_the_receivers_log_is_found(spoil: Callable[[list[object]], list[object]]) -> None:
    log = [recorded(received(message), message.n) for message in SENT]
    (found,) = received_all(SENT, spoil(log))  # type: ignore[arg-type]
    assert "3 published, received" in found
