"""What comes over an inbound topic is decided or refused, and its sender is told; nothing stops the records behind."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from aiokafka import ConsumerRecord
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from docs.examples import internal_system as system
from shared.commands.command import NOBODY, Command
from shared.commands.decision import OutcomeKind
from shared.eventstore.log import open_log
from shared.inbound.address import ADDRESS_CHARS_MAX
from shared.inbound.request import InboundRecord, InboundRequests
from shared.kafka import inbound
from shared.kafka.inbound import (
    DECIDE_ATTEMPTS_MAX,
    InboundIntake,
    TopicUnknown,
)
from shared.kernel.clock import VirtualLegalClock
from shared.kernel.errors import StoreUnavailable
from shared.kernel.threads import INLINE_BYTES_MAX
from shared.messages.cloudevents import CONTENT_TYPE, STRUCTURED
from shared.public_events.outcomes import OUTCOMES_TOPIC
from shared.telemetry.metrics import INSTRUMENTATION, stop_measuring, use_meter
from tests.support.clocks import ImpatientClock
from tests.support.inbound import (
    APPENDED_AT_MS,
    CRM,
    CRM_UNTIL_THEN,
    DATA_BYTES_MAX,
    FOREIGN,
    SOURCE,
    act,
    raw_record,
    record,
)
from tests.support.inbound_reception import Desk
from tests.support.toy_ledger import COUNTER, START, TENANT
from tests.support.tracing import recorded_spans

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
GOOD, HEADERS = system.record_of(act("1"), CRM)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    log = await open_log(COUNTER, "memory:", VirtualLegalClock(START), ImpatientClock())
    yield Desk(log)
    await log.close()


def with_header(name: str, value: bytes | None) -> system.Headers:
    """The headers of the good record with one changed, or left out."""
    kept = [pair for pair in HEADERS if pair[0] != name]
    return kept if value is None else [*kept, (name, value)]


def structured(**members: Any) -> ConsumerRecord[bytes, bytes]:
    return raw_record(msgspec.json.encode(members), [(CONTENT_TYPE, f"{STRUCTURED}+json".encode())])


async def test_r_409_a_command_is_decided_as_of_the_append_time_of_the_broker(desk: Desk) -> None:
    await desk.take(record(act("1", amount=3)))
    (answer,) = await desk.told()
    assert (answer.outcome, answer.request_source, answer.request_id) == ("done", SOURCE, "1")
    assert answer.received_at == "2026-03-02T01:00:01.000Z"
    assert await desk.tenants() == [TENANT]


ANSWERED: dict[str, tuple[ConsumerRecord[bytes, bytes], str]] = {
    "no append time": (record(act("1"), timestamp_type=0), "NO_APPEND_TIME"),
    "a tombstone": (raw_record(None, HEADERS), "CLOUD_EVENT_TOMBSTONE"),
    "too large": (raw_record(b" " * (DATA_BYTES_MAX + 1), HEADERS), "CLOUD_EVENT_TOO_LARGE"),
    "no JSON": (raw_record(b"{", HEADERS), "SIGNATURE_INVALID"),
    "invalid UTF-8": (raw_record(GOOD, with_header("ce_tenant", b"\xff")), "CLOUD_EVENT_ATTRIBUTE_INVALID"),
    "a header twice": (raw_record(GOOD, [*HEADERS, ("ce_tenant", b"t")]), "CLOUD_EVENT_ATTRIBUTE_TWICE"),
    "another version": (raw_record(GOOD, with_header("ce_specversion", b"0.3")), "CLOUD_EVENT_SPEC_VERSION"),
    "no type": (raw_record(GOOD, with_header("ce_type", None)), "CLOUD_EVENT_ATTRIBUTE_MISSING"),
    "an unknown tenant": (raw_record(GOOD, with_header("ce_tenant", b"nobody")), "UNKNOWN_TENANT"),
    "no signature": (raw_record(GOOD, with_header("ce_signature", None)), "SIGNATURE_MISSING"),
    "another's signature": (record(act("1"), CRM._replace(key=FOREIGN)), "SIGNATURE_INVALID"),
    "other data than signed": (raw_record(b'{"amount":2}', HEADERS), "SIGNATURE_INVALID"),
    "structured without data": (structured(specversion="1.0", id="1", source=SOURCE), "CLOUD_EVENT_ATTRIBUTE_MISSING"),
}


@pytest.mark.parametrize(("bad", "code"), ANSWERED.values(), ids=ANSWERED)
async def test_what_is_wrong_is_answered_by_name_where_source_and_id_can_be_read(
    desk: Desk, bad: ConsumerRecord[bytes, bytes], code: str
) -> None:
    await desk.take(bad)
    (answer,) = await desk.told()
    assert (answer.outcome, answer.code, answer.request_id) == ("refused", code, "1")
    assert answer.title_en and answer.title_zh
    assert await desk.tenants() == [NOBODY]
    assert (desk.copies.reasons, await desk.log.head()) == ([], 0)


@pytest.mark.parametrize(
    ("request_", "code", "field"),
    [
        (act("1")._replace(type="ledger.command.other.v1"), "UNKNOWN_COMMAND_TYPE", "type"),
        (act("1")._replace(path={"other": "c1"}), "CLOUD_EVENT_ATTRIBUTE_INVALID", "path"),
        (act("1", amount="3"), "INVALID_REQUEST", "/amount"),
        (act("1", more=3), "INVALID_REQUEST", "/more"),
        (act("1", "stop", deadline_id="none"), "NO_SUCH_TIMER", ""),
    ],
)
async def test_what_a_known_sender_got_wrong_is_answered_to_its_tenant(
    desk: Desk, request_: system.Act, code: str, field: str
) -> None:
    await desk.take(record(request_))
    (answer,) = await desk.told()
    assert (answer.outcome, answer.code, answer.field) == ("refused", code, field)
    assert await desk.tenants() == [TENANT]


UNADDRESSED: dict[str, ConsumerRecord[bytes, bytes]] = {
    "no headers": raw_record(GOOD, []),
    "a tombstone": raw_record(None, []),
    "no id": raw_record(GOOD, with_header("ce_id", None)),
    "an empty id": raw_record(GOOD, with_header("ce_id", b"")),
    "the id twice": raw_record(GOOD, [*HEADERS, ("ce_id", b"1")]),
    "an id that is no text": raw_record(GOOD, with_header("ce_id", b"\xff")),
    "an id with a line break": raw_record(GOOD, with_header("ce_id", b"1\n2")),
    "an endless id": raw_record(GOOD, with_header("ce_id", b"1" * (ADDRESS_CHARS_MAX + 1))),
    "an endless id, signed": record(act("1" * (ADDRESS_CHARS_MAX + 1))),
    "structured, no JSON": raw_record(b"{", [(CONTENT_TYPE, STRUCTURED.encode())]),
    "structured, no end of brackets": raw_record(b"[" * 9_000, [(CONTENT_TYPE, f"{STRUCTURED}+json".encode())]),
    "structured, a number for an id": structured(specversion="1.0", id=1, source=SOURCE),
}


@pytest.mark.parametrize("bad", UNADDRESSED.values(), ids=UNADDRESSED)
async def test_what_can_be_told_to_nobody_leaves_a_copy_and_a_line_in_the_log(
    desk: Desk, bad: ConsumerRecord[bytes, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        await desk.take(bad)
    assert "ledger.inbound.counter.v1 0:7" in caplog.text
    assert len(desk.copies.reasons) == 1
    assert (await desk.told(), await desk.log.head()) == ([], 0)


NASTY = st.sampled_from(
    [
        b"",
        b"\xff",
        b"null",
        b"[]",
        b"0" * 700,
        b'{"\\ud800":1,"\\ud800":2}',
        b'{"id":"1","id":"2"}',
        b'{"specversion":"1.0","id":"1","source":"s","type":"' + b"t" * 3000 + b'"}',
        b'{"specversion":"1.0","id":"\\ud800","source":"s"}',
        b'{"specversion":"1.0","id":"1","source":"s","\\ud800":1,"\\ud800":2}',
        '{"id":"\U0010ffff","source":"\u202e"}'.encode(),
    ]
)
VALUES = st.none() | NASTY | st.binary(max_size=60) | st.just(GOOD)
NAMES = st.sampled_from([*(name for name, _ in HEADERS), "CE_ID", "ce_", "ce_\ud800", "ce_time", "x"])
CONTENTS = st.sampled_from([b"application/cloudevents+json", b"application/cloudevents", b"text/plain", b"a" * 900_000])
CHANGES = st.lists(st.tuples(NAMES, VALUES | CONTENTS), max_size=4)


@given(value=VALUES, added=CHANGES, dropped=st.sets(NAMES, max_size=3), signed=st.booleans())
@settings(max_examples=150)
def test_whatever_comes_is_answered_or_put_aside(
    value: bytes | None, added: list[tuple[str, bytes]], dropped: set[str], signed: bool
) -> None:
    """Nothing that a record holds stops the ones behind it."""

    async def scenario() -> None:
        log = await open_log(COUNTER, "memory:", VirtualLegalClock(START), ImpatientClock())
        desk = Desk(log)
        headers = dict(HEADERS)
        if signed:
            attributes = {name.removeprefix("ce_"): text.decode() for name, text in HEADERS}
            headers["ce_signature"] = system.signature_of(attributes, value or b"", CRM).encode()
        kept = [(name, text) for name, text in headers.items() if name not in dropped]
        await desk.take(raw_record(value, [*kept, *added]))
        assert len(await desk.told()) + len(desk.copies.reasons) == 1
        await log.close()

    asyncio.run(scenario())


async def test_r_427_a_record_older_than_the_revocation_of_its_key_counts_and_a_younger_one_does_not(
    desk: Desk,
) -> None:
    await desk.take(record(act("1"), CRM_UNTIL_THEN))
    await desk.take(record(act("2"), CRM_UNTIL_THEN, at_ms=APPENDED_AT_MS + 1000))
    older, younger = await desk.told()
    assert (older.outcome, younger.outcome, younger.code) == ("done", "refused", "KEY_NOT_VALID")


async def test_r_420_a_record_that_comes_again_is_done_once_and_answered_the_same(desk: Desk) -> None:
    for at_ms in (APPENDED_AT_MS, APPENDED_AT_MS + 500):
        await desk.take(record(act("1", amount=3), at_ms=at_ms))
    first, repeat = await desk.told()
    assert first == repeat
    state, _ = await desk.log.state(TENANT, "counter/c1")
    assert state.total == 3


async def test_while_the_store_is_away_a_record_is_not_taken(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(command: Command[Any]) -> OutcomeKind:
        raise StoreUnavailable

    with monkeypatch.context() as outage:
        outage.setattr(desk.log, "answer", away)
        with pytest.raises(StoreUnavailable):
            await desk.take(record(act("1")))
    assert (await desk.told(), desk.copies.reasons) == ([], [])
    await desk.take(record(act("1")))
    assert [answer.outcome for answer in await desk.told()] == ["done"]


async def test_a_defect_of_ours_is_tried_again_then_told_and_copied(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    async def defect(command: Command[Any]) -> OutcomeKind:
        nonlocal tries
        tries += 1
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(desk.log, "answer", defect)
        await desk.take(record(act("1")))
    assert tries == DECIDE_ATTEMPTS_MAX
    assert len(desk.copies.reasons) == 1
    await desk.take(record(act("1")))
    assert [(answer.outcome, answer.code) for answer in await desk.told()] == [("refused", "NOT_DECIDED"), ("done", "")]


async def test_a_defect_in_reading_a_record_is_told_and_copied(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def defect(record: InboundRecord) -> Command[Any]:
        raise RuntimeError

    monkeypatch.setattr(desk.reception._requests, "read", defect)
    await desk.take(record(act("1")))
    await desk.take(raw_record(GOOD, []))
    assert [answer.code for answer in await desk.told()] == ["NOT_DECIDED"]
    assert len(desk.copies.reasons) == 2


async def test_the_trace_of_the_sender_is_linked_and_the_events_belong_to_the_ledgers_own(desk: Desk) -> None:
    value, headers = system.record_of(act("1"), CRM)
    with recorded_spans() as exporter:
        await desk.take(raw_record(value, [*headers, ("ce_traceparent", TRACEPARENT.encode())]))
    (process,) = [span for span in exporter.get_finished_spans() if span.name.startswith("process ")]
    assert [f"{link.context.trace_id:032x}" for link in process.links] == [TRACEPARENT.split("-")[1]]
    assert process.context is not None
    (event,) = await desk.log.read(0)
    assert event.traceparent is not None
    assert event.traceparent.split("-")[1] == f"{process.context.trace_id:032x}"
    (answer,) = [row.envelope for row in await desk.log.outbox(0) if row.envelope.topic == OUTCOMES_TOPIC]
    assert answer.traceparent == TRACEPARENT


async def test_commands_are_counted_by_outcome_and_what_became_none_by_its_code(desk: Desk) -> None:
    reader = InMemoryMetricReader()
    use_meter(MeterProvider([reader], shutdown_on_exit=False).get_meter(INSTRUMENTATION))
    try:
        for bad_or_good in (record(act("1")), record(act("2"), CRM._replace(key=FOREIGN)), raw_record(GOOD, [])):
            await desk.take(bad_or_good)
        data = reader.get_metrics_data()
    finally:
        stop_measuring()
    assert data is not None
    points = {
        (metric.name, *sorted(point.attributes.values())): point.value  # type: ignore[union-attr]
        for metric in data.resource_metrics[0].scope_metrics[0].metrics
        for point in metric.data.data_points
        if metric.name.startswith(("ledger_command", "ledger_inbound", "ledger_dead"))
    }
    assert points == {
        ("ledger_command_total", "counter", "done"): 1,
        ("ledger_inbound_rejected_total", "SIGNATURE_INVALID", "counter"): 1,
        ("ledger_inbound_rejected_total", "CLOUD_EVENT_ATTRIBUTE_MISSING", "counter"): 1,
        ("ledger_dead_letters_total", "counter", "inbound"): 1,
    }


class Topic:
    """A consumer that knows where the topic ends, or waits for a broker that does not say."""

    def __init__(self, ends: dict[str, int] | None) -> None:
        self.given = ends
        self.reached = 0

    async def ends(self, topics: tuple[str, ...]) -> dict[str, int]:
        if self.given is None:
            await asyncio.Event().wait()
        return dict(self.given or {})

    async def has_reached(self, ends: dict[str, int]) -> bool:
        return all(end <= self.reached for end in ends.values())


async def test_r_401_a_backlog_is_what_stood_in_the_topic_when_it_was_asked_for() -> None:
    topic: Any = Topic({"p0": 3})
    backlog = await InboundIntake(topic, "counter").backlog()
    topic.given = {"p0": 5}
    assert not await backlog.is_decided()
    topic.reached = 3
    assert await backlog.is_decided()


@pytest.mark.parametrize(("ends", "error"), [({}, TopicUnknown), (None, TimeoutError)])
async def test_r_401_where_nobody_tells_what_waits_nothing_is_known(
    ends: dict[str, int] | None, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbound, "ENDS_TIMEOUT_S", 0.001)
    topic: Any = Topic(ends)
    with pytest.raises(error):
        await InboundIntake(topic, "counter").backlog()


@pytest.mark.parametrize(("size", "on_the_loop"), [(0, True), (INLINE_BYTES_MAX, False)])
@pytest.mark.parametrize("where", ["value", "header"])
async def test_a_record_that_costs_more_than_the_budget_is_read_in_a_thread(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, where: str, size: int, on_the_loop: bool
) -> None:
    threads: list[int] = []

    def reading(requests: InboundRequests, record: InboundRecord) -> Any:
        threads.append(threading.get_ident())
        return real(requests, record)

    real = InboundRequests.read
    monkeypatch.setattr(InboundRequests, "read", reading)
    text = b" " * size
    headers = [*HEADERS, ("other", text if where == "header" else b"")]
    await desk.take(raw_record(GOOD + text if where == "value" else GOOD, headers))
    assert [found == threading.get_ident() for found in threads] == [on_the_loop]
