"""Planted violations for the checks of webhooks: lost, late, changed, doubled and invented messages."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from services.notifier.channels.port import message_body
from services.notifier.domain.events import DeliverySucceeded, Notice, NoticeDispatched, NoticePlanned
from shared.kernel.ids import derived_id
from tests.chaos.checks.webhooks import LATE_S, REPEATS_PER_FAULT, Arrival, Grown, delivered, undelivered
from tests.unit.chaos.samples import recorded

NOTICE = Notice(
    notice="n-1",
    contract="X-1",
    item="standard",
    deadline="d-1",
    kind="reminder",
    side="customer",
    organisation="acme",
    recipients=("li",),
    title_zh="提醒",
    title_en="Reminder",
    text_zh="验收期即将届满",
    text_en="The review ends soon",
)
EVENTS = [
    recorded(NoticePlanned(notice=NOTICE), 1),
    recorded(NoticeDispatched(notice="n-1", targets=("log", "webhook:good-1", "webhook:hangs-1")), 2),
]
TAKEN = recorded(DeliverySucceeded(notice="n-1", target="webhook:good-1", attempt=1, content_sha256="0" * 64), 3)
GROWN = [Grown(head=0, at_s=5.0), Grown(head=2, at_s=10.0)]
ARRIVAL = Arrival(
    organisation="acme",
    endpoint="good-1",
    message=derived_id("webhook", "n-1", "good-1"),
    body=message_body("demo", NOTICE),
    signed_s=1000.0,
    clock_s=1000.5,
    arrived_s=12.0,
)


def test_what_arrived_once_and_soon_is_right_whatever_hangs() -> None:
    found = delivered(EVENTS, EVENTS, [ARRIVAL], GROWN, 0)
    assert (found.messages, found.repeats, found.slowest_s, found.found) == (1, 0, 2.0, [])


@pytest.mark.parametrize(
    ("arrived", "said"),
    [
        ([], "did not arrive"),
        ([replace(ARRIVAL, arrived_s=10.0 + LATE_S + 1)], "took"),
        ([replace(ARRIVAL, body=b"{}")], "is not what the notice says"),
        ([replace(ARRIVAL, signed_s=1000.0 + 14 * 86_400)], "was signed"),
        ([ARRIVAL, replace(ARRIVAL, message="m-2")], "was never planned"),
        ([ARRIVAL, ARRIVAL], "came again"),
    ],
)
def test_a_planted_violation_is_found(arrived: list[Arrival], said: str) -> None:
    [line] = delivered(EVENTS, EVENTS, arrived, GROWN, 0).found
    assert said in line


def test_a_fault_allows_a_few_repeats_and_no_more() -> None:
    few = [ARRIVAL] * (1 + REPEATS_PER_FAULT)
    assert delivered(EVENTS, EVENTS, few, GROWN, 1).found == []
    assert delivered(EVENTS, EVENTS, [*few, ARRIVAL], GROWN, 1).found


def test_the_run_waits_for_targets_and_for_endpoints_that_are_well() -> None:
    assert undelivered(EVENTS[:1]) == ["targets of notice n-1"]
    assert undelivered(EVENTS) == ["webhook:good-1 of notice n-1"]
    assert undelivered([*EVENTS, TAKEN]) == []
