"""A request is one trace from HTTP to the stored event, through the thread that writes; nothing is exported."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from shared.eventstore.log import open_log
from shared.eventstore.service_log import ServiceLog
from shared.identity.issuer import DevelopmentIssuer
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock
from shared.telemetry.metrics import INSTRUMENTATION, stop_measuring, use_meter
from shared.web.app import create_app
from shared.web.edge import Clocks, ServedService
from tests.support.edge import SEALER, ScriptedReader, running_edge
from tests.support.toy_routes import ADD
from tests.support.toy_service import NOW, TOY
from tests.support.tracing import recorded_spans

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER_SPAN_ID = "00f067aa0ba902b7"


@pytest.fixture
async def recorded() -> AsyncIterator[InMemorySpanExporter]:
    """Every span that ends while the test runs."""
    with recorded_spans() as exporter:
        yield exporter


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[ServiceLog[Any]]:
    """A log of the toy service in a file."""
    opened = await open_log(TOY, f"sqlite:///{tmp_path / 'toy.db'}", VirtualLegalClock(NOW), SystemMachineClock())
    yield opened
    await opened.close()


async def post(log: ServiceLog[Any], folder: Path, amount: int) -> int:
    """Add over HTTP as a caller with a trace of his own; the status of the answer."""
    machine = SystemMachineClock()
    issuer = DevelopmentIssuer(folder)
    app = create_app(
        [ServedService(name="toy", routes=(ADD,), log=log, reader=ScriptedReader(), sealer=SEALER)],
        verifier=issuer.verifier(),
        clocks=Clocks(legal=VirtualLegalClock(NOW), machine=machine),
    )
    token = issuer.token(subject="zhang", organisation="acme", tenant="demo", now_s=machine.now())
    headers = {
        "Authorization": f"Bearer {token}",
        "Idempotency-Key": "k-1",
        "traceparent": f"00-{TRACE_ID}-{CALLER_SPAN_ID}-01",
    }
    async with TestClient(TestServer(app)) as client:
        return (await client.post("/counters/c-1/add", json={"amount": amount}, headers=headers)).status


def ids(span: ReadableSpan) -> tuple[str, str, str]:
    """Trace, span and parent of a span, as they are written."""
    parent = f"{span.parent.span_id:016x}" if span.parent else ""
    return f"{span.context.trace_id:032x}", f"{span.context.span_id:016x}", parent


async def test_one_trace_leads_from_http_to_the_stored_event(
    recorded: InMemorySpanExporter, log: ServiceLog[Any], tmp_path: Path
) -> None:
    assert await post(log, tmp_path, 3) == 200
    named = {span.name: span for span in recorded.get_finished_spans()}
    request, submit, decide, append = (
        named[name] for name in ("POST /counters/{counter}/add", "ledger.submit", "ledger.decide", "ledger.append")
    )
    trace_id, request_id, parent = ids(request)
    assert (trace_id, parent, request.kind) == (TRACE_ID, CALLER_SPAN_ID, SpanKind.SERVER)
    assert ids(submit)[::2] == (TRACE_ID, request_id)
    assert ids(decide)[::2] == (TRACE_ID, request_id)
    assert [f"{link.context.span_id:016x}" for link in append.links] == [request_id]
    (event,) = await log.read(0)
    assert event.traceparent == f"00-{TRACE_ID}-{request_id}-01"


async def test_spans_name_route_and_status_but_nobody(
    recorded: InMemorySpanExporter, log: ServiceLog[Any], tmp_path: Path
) -> None:
    await post(log, tmp_path, 3)
    attributes = {key for span in recorded.get_finished_spans() for key in span.attributes or {}}
    assert attributes == {
        "http.request.method",
        "http.route",
        "http.response.status_code",
        "url.path",
        "ledger.service",
        "ledger.operation",
        "ledger.jobs",
    }


async def test_a_refusal_is_an_answer_and_no_failure_of_the_span(
    recorded: InMemorySpanExporter, log: ServiceLog[Any], tmp_path: Path
) -> None:
    assert await post(log, tmp_path, 10**9) == 409
    decide = decision(recorded)
    assert decide.status.is_unset
    assert dict(decide.attributes or {})["error.type"] == "OVER_THE_LIMIT"


async def test_a_defect_is_a_failure_of_the_span(
    recorded: InMemorySpanExporter, log: ServiceLog[Any], tmp_path: Path
) -> None:
    assert await post(log, tmp_path, -1) == 500
    decide = decision(recorded)
    assert decide.status.status_code is StatusCode.ERROR
    assert dict(decide.attributes or {})["error.type"] == "RuntimeError"


def decision(recorded: InMemorySpanExporter) -> ReadableSpan:
    """The span of the decision."""
    return next(span for span in recorded.get_finished_spans() if span.name == "ledger.decide")


async def test_durations_are_measured_by_route_and_status_and_strange_methods_are_one(tmp_path: Path) -> None:
    reader = InMemoryMetricReader()
    use_meter(MeterProvider([reader], shutdown_on_exit=False).get_meter(INSTRUMENTATION))
    try:
        async with running_edge(tmp_path) as edge:
            await edge.place()
            await edge.client.request("PURGE", "/nowhere", headers=edge.headers())
            await edge.client.request("MKCOL", "/nowhere", headers=edge.headers())
    finally:
        stop_measuring()
    data = reader.get_metrics_data()
    assert data is not None
    metrics = [metric for found in data.resource_metrics for scope in found.scope_metrics for metric in scope.metrics]
    durations = next(metric for metric in metrics if metric.name == "http.server.request.duration")
    measured = {tuple(sorted((point.attributes or {}).items())): point.count for point in durations.data.data_points}
    assert measured == {
        (
            ("http.request.method", "POST"),
            ("http.response.status_code", 201),
            ("http.route", "/desks/{desk}/orders"),
        ): 1,
        (("http.request.method", "_OTHER"), ("http.response.status_code", 404), ("http.route", "unmatched")): 2,
    }
