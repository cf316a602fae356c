"""What acceptance stores: golden files per event version, round trips, and folds that never differ (R-460, R-462)."""

from __future__ import annotations

import pytest

from services.acceptance.domain.events import ACCEPTANCE_PRIVATE_EVENTS
from services.acceptance.domain.evolve import evolve, initial
from services.acceptance.service import ACCEPTANCE
from shared.deadlines.model import DeadlineHeld
from shared.messages.codec import Codec
from shared.testing.golden import check_example, without_example
from tests.unit.acceptance.histories import histories, private_events
from tests.unit.acceptance.samples import alibaba_25, signed


def test_the_histories_contain_every_event() -> None:
    assert {type(event) for event in private_events()} == set(ACCEPTANCE_PRIVATE_EVENTS)


def test_every_event_has_a_golden_file() -> None:
    assert without_example(ACCEPTANCE.events) == []


@pytest.mark.parametrize("name", ACCEPTANCE.events.names())
def test_r_460_a_stored_event_is_read_and_nothing_of_it_is_lost(name: str) -> None:
    check_example(ACCEPTANCE.events, name)


def test_r_462_folding_a_stored_log_gives_the_state_that_was_decided_on() -> None:
    codec = Codec(ACCEPTANCE.events)
    for story in histories():
        state = initial()
        for recorded in story.history:
            stored = codec.encode(recorded)
            again = codec.decode(recorded.position, stored)
            assert codec.encode(again) == stored
            state = evolve(state, again)
        assert state == story.state


def test_an_event_that_cannot_follow_raises() -> None:
    planned = signed(alibaba_25())
    strange = [
        recorded
        for story in histories()
        for recorded in story.history
        if type(recorded.data).__name__ in {"DiscrepanciesRaised", "ReworkStarted", "ItemEscalated", "ItemSigned"}
    ]
    held = next(recorded for recorded in histories()[0].history if isinstance(recorded.data, DeadlineHeld))
    for recorded in (*strange, held):
        with pytest.raises((TypeError, KeyError)):
            evolve(planned.state, recorded)
        with pytest.raises(TypeError):
            evolve(initial(), recorded)
