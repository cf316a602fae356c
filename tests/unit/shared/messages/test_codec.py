"""The bytes that are stored: what they hold, that nothing is lost on the way, and what is not guessed (R-460)."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.actors import Actor
from shared.kernel.errors import Unintelligible
from shared.messages.codec import MECHANISM_EVENTS, Codec
from shared.messages.events import Event, FeedDiscarded, FeedReceived, Recorded
from shared.messages.registry import Registry
from shared.testing.golden import check_example, without_example
from tests.support.toy_service import ALICE, NOW, TOY, Added

CODEC = Codec(TOY.events)

# The stored form, for ever: keys sorted, no white space, the position left out.
STORED = (
    '{"actor":{"grants":[],"issuer":"https://id.test","organisation":"acme","role":"","side":"","stands_in_for":"",'
    '"subject":"alice"},"causation_id":"step","correlation_id":"walk","data":{"amount":3,"note":"数据"},'
    '"effective_at":"2026-03-02T01:30:00.000Z","event_id":"e1","recorded_at":"2026-03-02T01:30:00.000Z",'
    '"scope":"counter/c1","stream":"counter-c1","tenant":"t1","traceparent":null,"type":"toy.added.v1","version":7}'
).encode()


def record(data: Event, **more: Any) -> Recorded:
    values: dict[str, Any] = {
        "position": 9,
        "tenant": "t1",
        "scope": "counter/c1",
        "stream": "counter-c1",
        "version": 7,
        "event_id": "e1",
        "type": data.TOPIC,
        "effective_at": NOW,
        "recorded_at": NOW,
        "actor": ALICE,
        "correlation_id": "walk",
        "causation_id": "step",
        "traceparent": None,
    }
    return Recorded(**{**values, **more}, data=data)


def received(data: bytes) -> FeedReceived:
    return FeedReceived(
        source="other",
        topic="toy.counters.v1",
        key="c1",
        n=1,
        event_id="e0",
        type="toy.counter_changed.v1",
        effective_at=NOW,
        recorded_at=NOW,
        actor=ALICE,
        data=msgspec.Raw(data),
    )


def test_r_460_the_stored_bytes_never_change() -> None:
    assert CODEC.encode(record(Added(amount=3, note="数据"))) == STORED
    assert CODEC.decode(9, STORED) == record(Added(amount=3, note="数据"))


texts = st.text(max_size=20)
actors = st.builds(Actor, issuer=texts, subject=texts, organisation=texts, grants=st.tuples(texts))


@given(
    data=st.builds(Added, amount=st.integers(-(2**53), 2**53), note=texts),
    actor=actors,
    version=st.integers(1, 2**53),
    traceparent=st.none() | texts,
)
def test_a_record_is_read_as_it_was_written(data: Added, actor: Actor, version: int, traceparent: str | None) -> None:
    written = record(data, actor=actor, version=version, traceparent=traceparent)
    stored = CODEC.encode(written)
    assert CODEC.decode(9, stored) == written
    assert CODEC.encode(CODEC.decode(1, stored)) == stored


def test_what_was_received_is_kept_byte_for_byte() -> None:
    data = b'{ "total":1,\n"amount":1.50 , "counter":"c1"}'
    read = CODEC.decode(9, CODEC.encode(record(received(data))))
    assert isinstance(read.data, FeedReceived)
    assert bytes(read.data.data) == data


def test_what_was_received_is_stored_as_a_replay_reads_it() -> None:
    recorded, body = CODEC.store(record(received(b'{"total":1}')))
    assert CODEC.decode(recorded.position, body) == recorded
    assert CODEC.encode(recorded) == body


@pytest.mark.parametrize(
    "stored",
    [
        STORED.replace(b"toy.added.v1", b"toy.multiplied.v1"),
        STORED.replace(b'"amount":3', b'"amount":"three"'),
        STORED.replace(b',"version":7', b""),
        STORED[:-1],
        b"",
    ],
)
def test_r_460_what_is_not_understood_stops_the_reader(stored: bytes) -> None:
    with pytest.raises(Unintelligible):
        CODEC.decode(9, stored)


def test_r_460_an_event_that_is_not_registered_is_not_written() -> None:
    class Unheard(Event, frozen=True, kw_only=True):
        TOPIC: ClassVar[str] = "toy.unheard.v1"

    with pytest.raises(Unintelligible):
        CODEC.name_of(Unheard())


def test_r_460_an_old_shape_is_lifted_when_it_is_read() -> None:
    class AddedV2(Event, frozen=True, kw_only=True):
        TOPIC: ClassVar[str] = "toy.added.v2"

        amounts: tuple[int, ...]

    def lift(old: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        return "toy.added.v2", {"amounts": [old["amount"]]}

    codec = Codec(Registry((AddedV2,), "TOPIC", {"toy.added.v1": lift}))
    assert codec.decode(9, STORED).data == AddedV2(amounts=(3,))


def test_every_event_of_the_mechanism_has_a_golden_file() -> None:
    assert without_example(MECHANISM_EVENTS) == []


@pytest.mark.parametrize("kind", [FeedReceived, FeedDiscarded])
def test_r_460_a_stored_event_of_the_mechanism_is_read(kind: type[Event]) -> None:
    check_example(MECHANISM_EVENTS, kind.TOPIC)
