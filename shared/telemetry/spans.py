"""Spans by hand, and the W3C `traceparent` that ties a stored event to the request that caused it.

Without an exporter nothing is recorded, but every request still gets a trace id (for problem answers and logs), and
an incoming `traceparent` is still carried into the events. Tracing is a property of the process, so the tracer is
held here once and replaced by `shared/telemetry/setup.py` or by a test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

INSTRUMENTATION: Final = "qizhang"
# Own attributes carry this prefix, so that they never collide with a semantic convention.
ATTRIBUTE_PREFIX: Final = "ledger."
LINKS_MAX: Final = 128

AttributeValue = str | bool | int | float
_PROPAGATOR = TraceContextTextMapPropagator()


class _Tracing:
    """The tracer of this process, and whether anybody looks at what it makes."""

    def __init__(self) -> None:
        self.recording = False
        self.tracer = TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False).get_tracer(INSTRUMENTATION)


_TRACING = _Tracing()


def use_provider(provider: TracerProvider) -> None:
    """Record spans through `provider` from now on."""
    _TRACING.tracer = provider.get_tracer(INSTRUMENTATION)
    _TRACING.recording = True


def stop_recording() -> None:
    """Back to trace ids without spans."""
    fresh = _Tracing()
    _TRACING.tracer, _TRACING.recording = fresh.tracer, fresh.recording


@contextmanager
def span(
    name: str,
    *,
    parent: str | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    links: Sequence[str] = (),
    semantic: Mapping[str, AttributeValue] | None = None,
    **attributes: AttributeValue,
) -> Iterator[Span]:
    """A span around a block of work, child of the current one.

    `parent` is a `traceparent` for work that goes on elsewhere than in the task that caused it (a writer thread,
    another process); `links` are `traceparent`s of work that this block carries out together (a batch). `semantic`
    holds attributes of the OpenTelemetry conventions by their full names, keyword arguments are the ledger's own.
    An exception marks the span as failed by its class name only: texts may hold what a caller sent.
    """
    if not _TRACING.recording:
        yield trace.get_current_span()
        return
    with _started(name, parent, kind, links, semantic, attributes) as started:
        yield started


@contextmanager
def entry_span(
    name: str, *, parent: str | None, kind: SpanKind, semantic: Mapping[str, AttributeValue] | None = None
) -> Iterator[Span]:
    """The first span of a piece of work in this process; it has a trace id even when nothing is recorded."""
    with _started(name, parent, kind, (), semantic, {}) as started:
        yield started


@contextmanager
def _started(
    name: str,
    parent: str | None,
    kind: SpanKind,
    links: Sequence[str],
    semantic: Mapping[str, AttributeValue] | None,
    attributes: Mapping[str, AttributeValue],
) -> Iterator[Span]:
    described = {ATTRIBUTE_PREFIX + key: value for key, value in attributes.items()}
    described.update(semantic or {})
    context = _context_of(parent) if parent else None
    with _TRACING.tracer.start_as_current_span(
        name,
        context=context,
        kind=kind,
        attributes=described,
        links=[Link(linked) for linked in map(_span_context_of, links[:LINKS_MAX]) if linked.is_valid],
        record_exception=False,
        set_status_on_exception=False,
    ) as started:
        try:
            yield started
        except Exception as error:  # loop edge: observed and raised again
            started.set_status(Status(StatusCode.ERROR))
            started.set_attribute("error.type", type(error).__name__)
            raise


def current_traceparent() -> str | None:
    """The `traceparent` of the current span, as it is stored with an event; None outside of any."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


def current_trace_id() -> str:
    """The trace id of the current span (32 hex digits), empty outside of any."""
    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else ""


def valid_traceparent(text: str | None) -> str | None:
    """`text` when it is a `traceparent` of W3C Trace Context level 1, else None: a bad one starts a new trace."""
    return text if text and _span_context_of(text).is_valid else None


def _context_of(traceparent: str) -> Context:
    return _PROPAGATOR.extract({"traceparent": traceparent}, context=Context())


def _span_context_of(traceparent: str) -> trace.SpanContext:
    return trace.get_current_span(_context_of(traceparent)).get_span_context()
