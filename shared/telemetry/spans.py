"""Spans by hand, and the W3C `traceparent` that ties a stored event to the request that caused it.

Without an exporter nothing is recorded, but every request still gets a trace id (for problem answers and logs), and
an incoming `traceparent` is still carried into the events. Tracing is a property of the process, so the tracer is
held here once and replaced by `shared/telemetry/setup.py` or by a test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import (
    INVALID_SPAN,
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.kernel.errors import LedgerError

INSTRUMENTATION: Final = "qizhang"
# Own attributes carry this prefix, so that they never collide with a semantic convention.
ATTRIBUTE_PREFIX: Final = "ledger."
LINKS_MAX: Final = 128

AttributeValue = str | bool | int | float
_PROPAGATOR: Final = TraceContextTextMapPropagator()
_IDS: Final = RandomIdGenerator()
# What the library takes of version 00, but for ids of nothing but noughts; the library decides about the rest.
_FAMILIAR_TRACEPARENT: Final = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_NOTHING: Final[AbstractContextManager[Span]] = nullcontext(INVALID_SPAN)


class _Tracing:
    """The tracer of this process; None while nobody looks at what it would make."""

    tracer: Tracer | None = None


def use_provider(provider: TracerProvider) -> None:
    """Record spans through `provider` from now on."""
    _Tracing.tracer = provider.get_tracer(INSTRUMENTATION)


def stop_recording() -> None:
    """Back to trace ids without spans."""
    _Tracing.tracer = None


def is_recording() -> bool:
    """Whether anybody looks at spans."""
    return _Tracing.tracer is not None


def span(
    name: str,
    *,
    parent: str | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    links: Sequence[str] = (),
    semantic: Mapping[str, AttributeValue] | None = None,
    **attributes: AttributeValue,
) -> AbstractContextManager[Span]:
    """A span around a block of work, child of the current one; costs next to nothing while nothing is recorded.

    `parent` is a `traceparent` for work that goes on elsewhere than in the task that caused it (a writer thread,
    another process); `links` are `traceparent`s of work that this block carries out together (a batch). `semantic`
    holds attributes of the OpenTelemetry conventions by their full names, keyword arguments are the ledger's own.
    An exception marks the span as failed by its class name only: texts may hold what a caller sent. An answer of the
    ledger (`LedgerError`) is noted by its code and fails nothing.
    """
    if _Tracing.tracer is None:
        return _NOTHING
    described = {ATTRIBUTE_PREFIX + key: value for key, value in attributes.items()}
    return _recorded(_Tracing.tracer, name, parent, kind, links, {**described, **(semantic or {})})


def entry_span(
    name: str, *, parent: str | None, kind: SpanKind, semantic: Mapping[str, AttributeValue]
) -> AbstractContextManager[Span]:
    """The first span of a piece of work in this process; it has a trace id even when nothing is recorded."""
    if _Tracing.tracer is None:
        return _identified(parent)
    return _recorded(_Tracing.tracer, name, parent, kind, (), semantic)


def own_span(name: str) -> AbstractContextManager[Span]:
    """The first span of what the ledger does by itself: a timer that came, a message to be sent."""
    return entry_span(name, parent=None, kind=SpanKind.INTERNAL, semantic={})


@contextmanager
def _identified(parent: str | None) -> Iterator[Span]:
    """Only ids: those of the caller's trace, or new ones, not sampled."""
    above = _span_context_of(parent) if parent else trace.INVALID_SPAN_CONTEXT
    trace_id = above.trace_id if above.is_valid else _IDS.generate_trace_id()
    ids = SpanContext(trace_id, _IDS.generate_span_id(), is_remote=False, trace_flags=TraceFlags(TraceFlags.DEFAULT))
    named = NonRecordingSpan(ids)
    token = contexts.attach(trace.set_span_in_context(named, Context()))
    try:
        yield named
    finally:
        contexts.detach(token)


@contextmanager
def _recorded(
    tracer: Tracer,
    name: str,
    parent: str | None,
    kind: SpanKind,
    links: Sequence[str],
    attributes: Mapping[str, AttributeValue],
) -> Iterator[Span]:
    with tracer.start_as_current_span(
        name,
        context=_context_of(parent) if parent else None,
        kind=kind,
        attributes=attributes,
        links=[Link(linked) for linked in map(_span_context_of, links[:LINKS_MAX]) if linked.is_valid],
        record_exception=False,
        set_status_on_exception=False,
    ) as started:
        try:
            yield started
        except LedgerError as error:
            # What the ledger says on purpose is an answer, not a failure.
            started.set_attribute("error.type", error.code)
            raise
        except Exception as error:  # loop edge: observed and raised again
            started.set_status(Status(StatusCode.ERROR))
            started.set_attribute("error.type", type(error).__name__)
            raise


def link(traceparent: str | None) -> None:
    """Link the current span to earlier work, which becomes known only now; nothing while nothing is recorded."""
    if _Tracing.tracer is None or traceparent is None:
        return
    earlier = _span_context_of(traceparent)
    if earlier.is_valid:
        trace.get_current_span().add_link(earlier)


def current_traceparent() -> str | None:
    """The `traceparent` of the current span, as it is stored with an event; None outside of any."""
    ids = trace.get_current_span().get_span_context()
    return f"00-{ids.trace_id:032x}-{ids.span_id:016x}-{ids.trace_flags:02x}" if ids.is_valid else None


def current_trace_id() -> str:
    """The trace id of the current span (32 hex digits), empty outside of any."""
    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else ""


def valid_traceparent(text: str | None) -> str | None:
    """`text` when it is a `traceparent` of W3C Trace Context level 1, else None: a bad one starts a new trace."""
    if not text:
        return None
    return text if _FAMILIAR_TRACEPARENT.fullmatch(text) or _span_context_of(text).is_valid else None


def _context_of(traceparent: str) -> Context:
    return _PROPAGATOR.extract({"traceparent": traceparent}, context=Context())


def _span_context_of(traceparent: str) -> trace.SpanContext:
    return trace.get_current_span(_context_of(traceparent)).get_span_context()
