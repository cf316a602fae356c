"""Spans by hand: connected within a task and across threads, and trace ids even when nothing is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from shared.telemetry import spans
from shared.telemetry.spans import current_trace_id, current_traceparent, entry_span, span, valid_traceparent
from tests.support.tracing import recorded_spans

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def recorded() -> Iterator[InMemorySpanExporter]:
    """Everything that is recorded while the test runs."""
    with recorded_spans() as exporter:
        yield exporter


def test_without_an_exporter_a_request_still_has_a_trace_id() -> None:
    with entry_span("request", parent=None, kind=SpanKind.SERVER, semantic={}):
        outer = current_traceparent()
        with span("inside"):
            assert current_traceparent() == outer
        assert len(current_trace_id()) == 32
    assert current_traceparent() is None
    assert current_trace_id() == ""


def test_without_an_exporter_the_trace_of_the_caller_goes_on() -> None:
    with entry_span("request", parent=PARENT, kind=SpanKind.SERVER, semantic={}):
        assert current_trace_id() == PARENT.split("-")[1]


def test_spans_of_a_task_are_nested(recorded: InMemorySpanExporter) -> None:
    with (
        entry_span("request", parent=PARENT, kind=SpanKind.SERVER, semantic={}),
        span("ledger.submit", service="contracts"),
    ):
        pass
    inner, outer = recorded.get_finished_spans()
    assert inner.parent is not None
    assert outer.parent is not None
    assert inner.parent.span_id == outer.context.span_id
    assert f"{outer.parent.span_id:016x}" == PARENT.split("-")[2]
    assert dict(inner.attributes or {}) == {"ledger.service": "contracts"}


def test_work_in_another_thread_is_a_child_by_its_traceparent(recorded: InMemorySpanExporter) -> None:
    def write(parent: str | None) -> None:
        with span("ledger.append", parent=parent):
            pass

    with entry_span("request", parent=None, kind=SpanKind.SERVER, semantic={}):
        thread = Thread(target=write, args=(current_traceparent(),))
        thread.start()
        thread.join()
    written, request = recorded.get_finished_spans()
    assert written.context.trace_id == request.context.trace_id
    assert written.parent is not None
    assert written.parent.span_id == request.context.span_id


def test_a_batch_links_to_what_it_carries_out_and_passes_over_what_is_no_link(
    recorded: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spans, "LINKS_MAX", 3)
    with span("ledger.append", links=[PARENT, "broken", PARENT, PARENT]):
        pass
    (batch,) = recorded.get_finished_spans()
    assert len(batch.links) == 2


def test_a_failure_marks_the_span_by_the_name_of_its_class_only(recorded: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="what the caller sent"), span("ledger.decide"):
        raise ValueError("what the caller sent")
    (failed,) = recorded.get_finished_spans()
    assert failed.status.status_code is StatusCode.ERROR
    assert dict(failed.attributes or {}) == {"error.type": "ValueError"}
    assert failed.events == ()


@pytest.mark.parametrize(
    ("text", "good"),
    [
        (PARENT, True),
        (None, False),
        ("", False),
        ("garbage", False),
        ("00-" + "0" * 32 + "-00f067aa0ba902b7-01", False),
        ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", False),
    ],
)
def test_only_a_traceparent_is_carried_on(text: str | None, good: bool) -> None:
    assert (valid_traceparent(text) == text) is good or text is None
    assert (valid_traceparent(text) is not None) is good
