"""Metrics: fixed names, few labels, and never an identifier among them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from shared.telemetry.metrics import INSTRUMENTATION, METRICS, Metric, measure, stop_measuring, use_meter

IDENTIFIERS = {
    "tenant", "contract", "item", "organisation", "org", "subject", "actor", "stream", "scope", "key", "event_id",
    "message_id", "deadline_id", "trace_id", "url.path",
}  # fmt: skip


@pytest.fixture
def reader() -> Iterator[InMemoryMetricReader]:
    """What is measured while the test runs."""
    kept = InMemoryMetricReader()
    use_meter(MeterProvider([kept], shutdown_on_exit=False).get_meter(INSTRUMENTATION))
    yield kept
    stop_measuring()


def measured(reader: InMemoryMetricReader) -> dict[str, float]:
    """The first value of every metric: a sum, the last value of a gauge, the count of a histogram."""
    found: dict[str, float] = {}
    data = reader.get_metrics_data()
    for resource in data.resource_metrics if data else ():
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                point = next(iter(metric.data.data_points))
                found[metric.name] = getattr(point, "value", None) or getattr(point, "count", 0)
    return found


def test_counters_add_gauges_keep_the_last_and_histograms_count(reader: InMemoryMetricReader) -> None:
    for value in (2, 3):
        measure("ledger_append_total", value, {"service": "contracts"})
        measure("ledger_outbox_pending", value, {"service": "contracts"})
        measure("ledger_deadline_lateness_seconds", value, {"kind": "review"})
    assert measured(reader) == {
        "ledger_append_total": 5,
        "ledger_outbox_pending": 3,
        "ledger_deadline_lateness_seconds": 2,
    }


def identifying(metrics: dict[str, Metric]) -> list[str]:
    """Metrics with a label that identifies somebody or something."""
    return [name for name, metric in metrics.items() if metric.labels & IDENTIFIERS]


def test_no_label_is_an_identifier() -> None:
    assert identifying(METRICS) == []


def test_the_guard_against_identifiers_would_find_one() -> None:
    planted = Metric(kind="counter", unit="1", about="planted", labels=frozenset({"tenant"}))
    assert identifying({**METRICS, "planted": planted}) == ["planted"]


@pytest.mark.parametrize(
    ("name", "labels"),
    [("ledger_made_up", {}), ("ledger_append_total", {}), ("ledger_append_total", {"service": "x", "tenant": "demo"})],
)
def test_what_the_table_does_not_declare_is_not_measured(name: str, labels: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=name):
        measure(name, 1, labels)


def unmeasured(names: Iterable[str], sources: Iterable[str]) -> list[str]:
    """Metrics that no code measures."""
    written = set(re.findall(r'measure\(\s*"([^"]+)"', "\n".join(sources)))
    return sorted(set(names) - written)


def test_everything_in_the_table_is_measured_somewhere() -> None:
    sources = [path.read_text() for folder in ("shared", "services") for path in Path(folder).rglob("*.py")]
    assert unmeasured(METRICS, sources) == []
    assert unmeasured(["ledger_made_up"], sources) == ["ledger_made_up"]
