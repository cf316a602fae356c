"""What contracts stores: golden files per event version, round trips, publishing, and folds that never differ."""

from __future__ import annotations

import msgspec
import pytest

from services.contracts.domain.events import CONTRACTS_EVENTS
from services.contracts.domain.evolve import evolve
from services.contracts.domain.progress.events import ContractCompleted
from services.contracts.domain.schedule.events import DelayExplained
from services.contracts.domain.state import Absent, initial
from services.contracts.publishing import public_form, to_public
from services.contracts.service import CONTRACTS
from shared.deadlines.model import DeadlineHeld
from shared.messages import canonical
from shared.messages.codec import Codec
from shared.messages.events import Event, Recorded
from shared.public_events.contracts import CONTRACTS_EVENTS as PUBLIC_EVENTS
from shared.testing.golden import check_example, without_example
from tests.unit.contracts.every_event import histories, private_events
from tests.unit.contracts.world import drafted, signed

# Contracts owns no deadline with a legal effect, so none of its own is ever held.
NEVER_WRITTEN: set[type[Event]] = {DeadlineHeld}


def test_the_histories_contain_every_event() -> None:
    assert {type(event) for event in private_events()} == set(CONTRACTS_EVENTS) - NEVER_WRITTEN


def test_every_event_has_a_golden_file() -> None:
    never = {event.TOPIC for event in NEVER_WRITTEN}
    assert set(without_example(CONTRACTS.events)) <= never


@pytest.mark.parametrize("name", [event.TOPIC for event in CONTRACTS_EVENTS if event not in NEVER_WRITTEN])
def test_r_460_a_stored_event_is_read_and_nothing_of_it_is_lost(name: str) -> None:
    check_example(CONTRACTS.events, name)


def test_every_record_survives_the_codec_byte_for_byte() -> None:
    codec = Codec(CONTRACTS.events)
    for spec in histories():
        for recorded in spec.history:
            stored = codec.encode(recorded)
            assert codec.encode(codec.decode(recorded.position, stored)) == stored


def test_folding_a_stored_log_gives_the_state_that_was_decided_on() -> None:
    codec = Codec(CONTRACTS.events)
    for spec in histories():
        state = initial()
        for recorded in spec.history:
            state = evolve(state, codec.decode(recorded.position, codec.encode(recorded)))
        assert state == spec.state


def test_every_public_event_of_contracts_is_published_by_some_history() -> None:
    published = {type(public_form(event)) for event in private_events()}
    assert set(PUBLIC_EVENTS) <= published


def test_what_is_published_fits_the_published_language() -> None:
    for spec in histories():
        state = initial()
        for recorded in spec.history:
            state = evolve(state, recorded)
            for message in to_public(state, recorded):
                again = msgspec.json.decode(canonical.encode(message.data), type=type(message.data))
                assert again == message.data


def test_a_draft_publishes_nothing() -> None:
    spec = drafted()
    assert to_public(spec.state, spec.history[-1]) == ()


@pytest.mark.parametrize(
    "event",
    [
        ContractCompleted(contract="C1"),
        DelayExplained(milestone="m1", cause="?", cause_side="customer", stated_by="customer"),
    ],
    ids=lambda event: event.TOPIC,
)
def test_an_event_that_cannot_follow_raises(event: Event) -> None:
    recorded = _as_recorded(event)
    for state in (Absent(), drafted().state):
        with pytest.raises((TypeError, KeyError)):
            evolve(state, recorded)


def test_a_deadline_that_is_not_open_cannot_move() -> None:
    moved = next(recorded for recorded in _price_change() if recorded.type == "deadlines.deadline_moved.v1")
    with pytest.raises(KeyError):
        evolve(signed("alibaba-1").state, moved)


def _price_change() -> list[Recorded]:
    return [recorded for spec in histories() for recorded in spec.history]


def _as_recorded(event: Event) -> Recorded:
    first = signed().history[0]
    return msgspec.structs.replace(first, data=event, type=event.TOPIC)
