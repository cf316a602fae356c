"""Planted violations for what follows a restore: a fork taken in silence, a message that did not arrive."""

from __future__ import annotations

from msgspec.structs import replace

from tests.chaos.checks.feeds import feed_of
from tests.chaos.checks.forks import forks_parked, received_or_parked
from tests.chaos.schedule import restore
from tests.unit.chaos.samples import accepted, received, recorded

FIRST, SECOND = accepted("silence", n=1), accepted("silence", n=2)
OTHER = replace(SECOND, event_id="e2-anew")
BOTH = [recorded(received(FIRST), 1), recorded(received(SECOND), 2)]


def test_what_goes_on_as_before_is_right_and_so_is_a_tail_that_the_source_has_lost() -> None:
    assert forks_parked([FIRST, SECOND], BOTH, set()) == []
    assert forks_parked([FIRST], BOTH, set()) == []


def test_a_number_with_another_event_has_to_be_parked() -> None:
    [line] = forks_parked([FIRST, OTHER], BOTH, set())
    assert "another event" in line
    assert forks_parked([FIRST, OTHER], BOTH, {OTHER.key}) == []


def test_what_is_numbered_on_has_to_arrive() -> None:
    [line] = forks_parked([FIRST, SECOND], BOTH[:1], set())
    assert "did not arrive" in line


def test_a_feed_is_received_again_or_what_it_lacks_is_parked() -> None:
    feed = feed_of(SECOND)
    assert received_or_parked([FIRST, SECOND], BOTH, set()) == []
    assert received_or_parked([FIRST, SECOND], BOTH[:1], {(feed, 2)}) == []
    [line] = received_or_parked([FIRST, SECOND], BOTH[:1], {(feed, 1)})
    assert "number 2 was not received again" in line
    [line] = received_or_parked([FIRST, OTHER], BOTH, set())
    assert "not what is published" in line


def test_what_is_put_back_and_how_is_a_function_of_the_seed() -> None:
    plans = {restore(seed, 90) for seed in range(50)}
    assert restore(7, 90) == restore(7, 90)
    assert {(plan.service, plan.running) for plan in plans} == {
        (service, running) for service in ("contracts", "acceptance", "notifier") for running in (True, False)
    }
    assert all(0 < plan.at_s < 90 for plan in plans)
