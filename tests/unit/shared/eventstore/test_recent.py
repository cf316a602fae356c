"""What is remembered of a log has no gap, and nothing that another process wrote in between is passed over."""

from __future__ import annotations

from shared.eventstore import recent
from shared.eventstore.recent import Recent
from shared.kernel.actors import system_actor
from shared.messages.events import Event, Recorded
from tests.support.toy_ledger import START, Added


def event(position: int) -> Recorded:
    data: Event = Added(amount=1, total=position)
    return Recorded(
        position=position,
        tenant="t",
        scope="counter/a",
        stream="counter-a",
        version=position,
        event_id=f"e{position}",
        type=Added.TOPIC,
        effective_at=START,
        recorded_at=START,
        actor=system_actor("counter"),
        correlation_id="",
        causation_id="",
        traceparent=None,
        data=data,
    )


def positions(newest: Recent, after: int, limit: int = 100) -> list[int]:
    return [event.position for event in newest.after(after, limit)]


def test_what_was_written_is_read_behind_any_place_of_it() -> None:
    newest = Recent()
    newest.wrote([event(4), event(5)])
    newest.wrote([event(6)])
    assert [positions(newest, after) for after in (3, 4, 5, 6)] == [[4, 5, 6], [5, 6], [6], []]
    assert positions(newest, 3, limit=2) == [4, 5]


def test_what_lies_before_it_is_somebody_elses_to_tell() -> None:
    newest = Recent()
    assert positions(newest, 0) == []
    newest.wrote([event(4)])
    assert positions(newest, 2) == []


def test_a_foreign_event_in_between_begins_it_anew() -> None:
    newest = Recent()
    newest.wrote([event(1), event(2)])
    newest.wrote([event(4)])
    assert [positions(newest, after) for after in (0, 2, 3)] == [[], [], [4]]


def test_a_foreign_event_between_those_of_one_batch_begins_it_anew() -> None:
    newest = Recent()
    newest.wrote([event(1), event(3), event(4)])
    assert [positions(newest, after) for after in (0, 1, 2, 3)] == [[], [], [3, 4], [4]]


def test_the_oldest_fall_out() -> None:
    newest = Recent()
    for position in range(1, recent.EVENTS_MAX + 2):
        newest.wrote([event(position)])
    assert positions(newest, 0) == [] and positions(newest, 1, limit=1) == [2]
