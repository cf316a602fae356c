"""Switches telemetry on at the start of a process and flushes it at the end.

Off without `OTEL_EXPORTER_OTLP_ENDPOINT`; with it, the standard `OTEL_EXPORTER_OTLP_*` variables configure the
exporters themselves (headers, certificates, compression).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from shared.config import TelemetryConfig
from shared.telemetry import metrics, spans

METRICS_INTERVAL_MS: Final = 15_000


@contextmanager
def telemetry(config: TelemetryConfig, service: str) -> Iterator[None]:
    """Export the spans and metrics of `service` while the block runs; nothing when no endpoint is configured."""
    if not config.otlp_endpoint:
        yield
        return
    resource = Resource.create({"service.name": service, "service.namespace": "qizhang"})
    tracing = TracerProvider(resource=resource, shutdown_on_exit=False)
    tracing.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    reader = PeriodicExportingMetricReader(OTLPMetricExporter(), export_interval_millis=METRICS_INTERVAL_MS)
    measuring = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
    spans.use_provider(tracing)
    metrics.use_meter(measuring.get_meter(metrics.INSTRUMENTATION))
    try:
        yield
    finally:
        spans.stop_recording()
        metrics.stop_measuring()
        tracing.shutdown()
        measuring.shutdown()
