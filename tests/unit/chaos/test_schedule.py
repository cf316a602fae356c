"""A seed plays the same again: the schedule of a chaos run is a function of seed, duration and times."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.chaos.schedule import BROKER, REST_S, SET_BY_S, Cycle, Fault, Times, replicas, schedule
from tests.support.cluster import SERVICES

TIMES = Times(lease_s=3.0, session_s=6.0, publish_s=8.0, request_s=30.0)
SEEDS = st.integers(0, 2**32 - 1)
DURATIONS = st.integers(10, 1200)


def faults(cycles: tuple[Cycle, ...]) -> Iterator[Fault]:
    for cycle in cycles:
        yield from cycle.faults


@given(SEEDS, DURATIONS)
def test_the_same_seed_and_duration_give_the_same_schedule(seed: int, duration_s: int) -> None:
    assert schedule(seed, duration_s, TIMES) == schedule(seed, duration_s, TIMES)


@given(SEEDS, DURATIONS)
def test_cycles_fill_the_duration_and_hold_their_faults_to_the_end(seed: int, duration_s: int) -> None:
    cycles = schedule(seed, duration_s, TIMES)
    assert (cycles[0].begins_s, cycles[-1].ends_s) == (0.0, duration_s)
    for earlier, later in pairwise(cycles):
        assert earlier.ends_s == later.begins_s
    for cycle in cycles:
        for fault in cycle.faults:
            assert cycle.begins_s <= fault.at_s <= fault.at_s + fault.lasting_s <= cycle.ends_s


@given(SEEDS, DURATIONS)
def test_a_target_rests_between_two_faults(seed: int, duration_s: int) -> None:
    free_at_s: dict[str, float] = {}
    for fault in faults(schedule(seed, duration_s, TIMES)):
        assert fault.target in {BROKER, *replicas(), *SERVICES}
        assert free_at_s.get(fault.target, 0.0) <= fault.at_s
        free_at_s[fault.target] = fault.at_s + fault.lasting_s + REST_S


def test_every_sort_of_fault_comes_up_and_some_pauses_outlive_everything() -> None:
    every = list(faults(schedule(1, 3600, TIMES)))
    assert {(fault.kind, fault.target == BROKER) for fault in every} == {
        *(("kill", on_broker) for on_broker in (True, False)),
        *(("pause", on_broker) for on_broker in (True, False)),
        *(("restart", on_broker) for on_broker in (True, False)),
        ("cut", False),
        ("clock", False),
    }
    assert {fault.ahead_s for fault in every if fault.kind == "clock"} == set(SET_BY_S)
    assert {fault.ahead_s for fault in every if fault.kind != "clock"} == {0.0}
    pauses = [fault.lasting_s for fault in every if fault.kind == "pause"]
    assert min(pauses) < TIMES.lease_s < TIMES.request_s < max(pauses)
