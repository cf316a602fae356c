"""Public events as CloudEvents on Kafka: what the ledger writes the official SDK reads, and the other way round."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event, to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent as SdkEvent
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.kafka import records
from shared.kafka.records import Record, envelope_of, record_of
from shared.kernel.actors import Actor
from shared.kernel.instants import to_datetime
from shared.messages import canonical, cloudevents
from shared.messages.cloudevents import Header, MalformedCloudEvent
from shared.public_events.envelope import Envelope
from tests.support.toy_ledger import toy_envelope

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
ENVELOPE = replace(
    toy_envelope("合同-1", 3, 12),
    actor=Actor(issuer="https://id.test", subject="张三", organisation="甲方", role="经理", side="customer"),
    correlation_id="walk",
    causation_id="step",
    traceparent=TRACE,
    data='{"text":"验收","total":12}'.encode(),
)
RECORD = record_of(ENVELOPE)


def without(name: str) -> list[Header]:
    return [header for header in RECORD.headers if header[0] != name]


def changed(name: str, value: bytes) -> list[Header]:
    return [*without(name), (name, value)]


def test_a_record_comes_back_as_the_envelope_it_was() -> None:
    assert envelope_of(ENVELOPE.topic, RECORD.headers, RECORD.value) == ENVELOPE


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=20)


@given(
    key=texts,
    correlation_id=st.one_of(st.just(""), texts),
    n=st.integers(1, 10**17),
    data=st.dictionaries(texts, texts),
)
def test_every_envelope_comes_back_as_it_was(key: str, correlation_id: str, n: int, data: dict[str, str]) -> None:
    envelope = replace(ENVELOPE, key=key, correlation_id=correlation_id, n=n, data=canonical.encode(data))
    record = record_of(envelope)
    assert envelope_of(envelope.topic, record.headers, record.value) == envelope


def test_the_sdk_reads_what_the_ledger_writes() -> None:
    event = from_kafka_event(KafkaMessage(headers=dict(RECORD.headers), key=RECORD.key, value=RECORD.value))
    assert (event.get_id(), event.get_source(), event.get_type()) == (ENVELOPE.event_id, "/counter/toys", ENVELOPE.type)
    assert (event.get_subject(), event.get_extension("sequence")) == ("合同-1", "3")
    assert event.get_data() == {"text": "验收", "total": 12}


@pytest.mark.parametrize("write", [to_binary_event, to_structured_event])
def test_the_ledger_reads_both_modes_as_the_sdk_writes_them(write: Callable[[SdkEvent], KafkaMessage]) -> None:
    assert envelope_of(ENVELOPE.topic, *_by_sdk(write)) == ENVELOPE


def _by_sdk(write: Callable[[SdkEvent], KafkaMessage]) -> tuple[list[Header], bytes]:
    attributes = dict(cloudevents.read(RECORD.headers, RECORD.value).attributes)
    event = SdkEvent(attributes | {"time": to_datetime(attributes["time"])}, {"total": 12, "text": "验收"})
    message = write(event)
    return list(message.headers.items()), message.value


def test_headers_of_others_are_left_alone() -> None:
    headers = [*RECORD.headers, ("x-trace", b"1"), ("x-trace", b"2"), ("b3", b"\xff")]
    assert envelope_of(ENVELOPE.topic, headers, RECORD.value) == ENVELOPE


def test_a_bad_traceparent_starts_a_new_trace() -> None:
    assert envelope_of("t", changed("ce_traceparent", b"nonsense"), RECORD.value).traceparent is None


STRUCTURED = [("content-type", b"application/cloudevents+json; charset=utf-8")]

MALFORMED: dict[str, tuple[list[Header], bytes | None, str, str]] = {
    "tombstone": (RECORD.headers, None, "CLOUD_EVENT_TOMBSTONE", ""),
    "too large": (RECORD.headers, b"1" * 1_000_001, "CLOUD_EVENT_TOO_LARGE", ""),
    "header twice": ([*RECORD.headers, ("CE_ID", b"x")], b"{}", "CLOUD_EVENT_ATTRIBUTE_TWICE", "id"),
    "header not UTF-8": (changed("ce_subject", b"\xff"), b"{}", "CLOUD_EVENT_ATTRIBUTE_INVALID", "subject"),
    "control character": (changed("ce_subject", b"a\nb"), b"{}", "CLOUD_EVENT_ATTRIBUTE_INVALID", "subject"),
    "name": ([*RECORD.headers, ("ce_a-b", b"x")], b"{}", "CLOUD_EVENT_ATTRIBUTE_INVALID", "a-b"),
    "no id": (without("ce_id"), b"{}", "CLOUD_EVENT_ATTRIBUTE_MISSING", "id"),
    "empty type": (changed("ce_type", b""), b"{}", "CLOUD_EVENT_ATTRIBUTE_MISSING", "type"),
    "no tenant": (without("ce_tenant"), b"{}", "CLOUD_EVENT_ATTRIBUTE_MISSING", "tenant"),
    "version": (changed("ce_specversion", b"0.3"), b"{}", "CLOUD_EVENT_SPEC_VERSION", "specversion"),
    "content type": (changed("content-type", b"application/avro"), b"{}", "CLOUD_EVENT_CONTENT_TYPE", ""),
    "batch": ([("content-type", b"application/cloudevents-batch+json")], b"[]", "CLOUD_EVENT_CONTENT_TYPE", ""),
    "sequence": (changed("ce_sequence", b"0"), b"{}", "CLOUD_EVENT_ATTRIBUTE_INVALID", "sequence"),
    "time": (changed("ce_time", b"2026-02-02"), b"{}", "CLOUD_EVENT_ATTRIBUTE_INVALID", "time"),
    "actor": (changed("ce_actor", b"zhang"), b"{}", "CLOUD_EVENT_ATTRIBUTE_INVALID", "actor"),
    "foreign tenant": (changed("ce_tenant", b"other"), b"{}", "CLOUD_EVENT_ATTRIBUTE_INVALID", "tenant"),
    "source": (changed("ce_source", b"//toys"), b"{}", "CLOUD_EVENT_ATTRIBUTE_INVALID", "source"),
    "data": (RECORD.headers, b"{", "MALFORMED_CLOUD_EVENT", "data"),
    "data not UTF-8": (RECORD.headers, b'{"a":"\xff"}', "MALFORMED_CLOUD_EVENT", "data"),
    "structured, no JSON": (STRUCTURED, b"{", "MALFORMED_CLOUD_EVENT", ""),
    "structured, no object": (STRUCTURED, b"[]", "MALFORMED_CLOUD_EVENT", ""),
    "structured, twice": (STRUCTURED, b'{"id":"1","id":"2"}', "MALFORMED_CLOUD_EVENT", "/id"),
    "structured, no data": (STRUCTURED, b'{"id":"1"}', "CLOUD_EVENT_ATTRIBUTE_MISSING", "data"),
    "structured, two data": (STRUCTURED, b'{"data":1,"data_base64":""}', "CLOUD_EVENT_ATTRIBUTE_TWICE", "data"),
    "structured, Base64": (STRUCTURED, b'{"data_base64":"?"}', "CLOUD_EVENT_ATTRIBUTE_INVALID", "data_base64"),
    "structured, nested": (STRUCTURED, b'{"data":1,"id":{}}', "CLOUD_EVENT_ATTRIBUTE_INVALID", "id"),
}


@pytest.mark.parametrize(("headers", "value", "code", "field"), MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_malformed_is_called_by_its_name(
    headers: list[Header], value: bytes | None, code: str, field: str
) -> None:
    with pytest.raises(MalformedCloudEvent) as caught:
        envelope_of("t", headers, value)
    assert (caught.value.code, caught.value.field) == (code, field)


@given(
    headers=st.lists(
        st.tuples(st.one_of(st.sampled_from([name for name, _ in RECORD.headers]), st.text()), st.binary())
    ),
    value=st.one_of(st.none(), st.binary(), st.just(RECORD.value)),
)
def test_whatever_comes_is_an_envelope_or_malformed(headers: list[Header], value: bytes | None) -> None:
    with contextlib.suppress(MalformedCloudEvent):
        assert isinstance(envelope_of("t", headers, value), Envelope)


@pytest.mark.parametrize(
    "left_out", [(), ("ce_correlationid",), ("ce_causationid", "ce_traceparent"), ("ce_traceparent",)]
)
def test_what_the_ledger_writes_is_read_in_one_pass(left_out: tuple[str, ...]) -> None:
    headers = [header for header in RECORD.headers if header[0] not in left_out]
    read = records._familiar("t", headers, RECORD.value)
    assert read is not None and read == records._foreign("t", cloudevents.read(headers, RECORD.value))


CHANGED = st.one_of(
    st.sampled_from([value for _, value in RECORD.headers]),
    st.sampled_from(
        [b"", b"0", b"/a/b/c", b"a\nb", "\u200d合".encode(), b"\xff", b"2026-02-30T00:00:00.000Z", b"1" * 19]
    ),
    st.sampled_from([b"2026-03-02T09:00:00+08:00", b"00-" + b"0" * 32 + b"-00f067aa0ba902b7-01", b"cc-1-2-3", b"{}"]),
)


@given(
    place=st.integers(0, len(RECORD.headers) - 1), value=CHANGED, data=st.sampled_from([RECORD.value, b" 1.0", b"{"])
)
def test_the_one_pass_never_says_anything_else_than_the_way_of_all_records(
    place: int, value: bytes, data: bytes
) -> None:
    """Planted once: a pass that does not look for control characters, or takes a day that does not exist."""
    headers = [*RECORD.headers[:place], (RECORD.headers[place][0], value), *RECORD.headers[place + 1 :]]
    try:
        expected: Envelope | str = records._foreign("t", cloudevents.read(headers, data))
    except MalformedCloudEvent as error:
        expected = error.code
    try:
        read: Envelope | str | None = records._familiar("t", headers, data)
    except MalformedCloudEvent as error:
        read = error.code
    assert read in (None, expected)


def test_the_size_of_a_record_is_an_upper_bound() -> None:
    large = Record(topic="t", key=b"k", value=b"v" * 10_000, headers=RECORD.headers)
    assert large.size > 10_000 + sum(len(name) + len(value) for name, value in RECORD.headers)
