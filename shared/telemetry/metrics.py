"""Metrics by fixed names: one table says what is measured, in which unit, and by which few labels.

A label never holds an identifier (tenant, contract, person, message): the number of time series stays bounded and a
dashboard never shows what only a party may see. Without a meter nothing is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

from msgspec import Struct
from opentelemetry.metrics import Meter, NoOpMeter

INSTRUMENTATION: Final = "qizhang"
# The buckets that the stable HTTP convention recommends.
SECONDS_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)

LabelValue = str | int


class Metric(Struct, frozen=True, kw_only=True):
    """One metric: its kind, unit (UCUM), meaning, and the labels that every measurement must carry."""

    kind: Literal["counter", "gauge", "histogram"]
    unit: str
    about: str
    labels: frozenset[str] = frozenset()


def _metric(kind: Literal["counter", "gauge", "histogram"], unit: str, about: str, *labels: str) -> Metric:
    return Metric(kind=kind, unit=unit, about=about, labels=frozenset(labels))


METRICS: Final[dict[str, Metric]] = {
    "http.server.request.duration": _metric(
        "histogram", "s", "Duration of HTTP requests", "http.route", "http.request.method", "http.response.status_code"
    ),
    "ledger_event_loop_hold_seconds": _metric(
        "gauge", "s", "Longest time for which one piece of work held the event loop lately"
    ),
    "ledger_rate_limited_total": _metric(
        "counter", "{request}", "Requests refused because too much was stored for the caller", "quota", "level"
    ),
    "ledger_append_total": _metric("counter", "{event}", "Events appended", "service"),
    "ledger_command_total": _metric(
        "counter", "{command}", "Commands with a result, by its outcome", "service", "outcome"
    ),
    "ledger_append_batch_size": _metric("histogram", "{command}", "Commands in one transaction", "service"),
    "ledger_conflict_total": _metric("counter", "{command}", "Commands that lost a version race", "service"),
    "ledger_log_went_back_total": _metric(
        "counter", "{time}", "Times that a database came back without its newest events", "service"
    ),
    "ledger_outbox_pending": _metric("gauge", "{message}", "Public events not yet delivered", "service"),
    "ledger_outbox_oldest_age_seconds": _metric("gauge", "s", "Age of the oldest undelivered public event", "service"),
    "ledger_outbox_aside": _metric("gauge", "{message}", "Public events that the broker refuses", "service"),
    "ledger_parked_messages": _metric("gauge", "{message}", "Received messages that wait for an operator", "service"),
    "ledger_projection_lag_events": _metric(
        "gauge", "{event}", "Events a view is behind the log", "service", "projection"
    ),
    "ledger_projection_broken_documents": _metric(
        "gauge", "{document}", "Documents of a view that could not be folded", "service", "projection"
    ),
    "ledger_feeds_standing": _metric(
        "gauge", "{feed}", "Feeds, and commands of a key, that do not go on by themselves", "group"
    ),
    "ledger_consumer_topics_closed": _metric(
        "gauge", "{topic}", "Topics that are not there or may not be read, while the others are", "group"
    ),
    "ledger_consumer_lag": _metric("gauge", "{message}", "Messages not yet consumed", "group", "topic"),
    "ledger_event_age_seconds": _metric(
        "histogram", "s", "Time from recording an event to its arrival at another service", "service", "topic"
    ),
    "ledger_inbound_rejected_total": _metric(
        "counter", "{message}", "Messages of internal systems that became no command, by the reason", "service", "code"
    ),
    "ledger_dead_letters_total": _metric(
        "counter", "{message}", "Copies of messages that could not be used", "service", "kind"
    ),
    "ledger_clock_apart_seconds": _metric(
        "gauge", "s", "How far the clock is from the database's, at least", "service"
    ),
    "ledger_clock_untrusted": _metric("gauge", "1", "1 while the clock is not believed", "service"),
    "ledger_deadline_lateness_seconds": _metric("histogram", "s", "Time from due instant to firing", "kind"),
    "ledger_deadline_overdue_armed": _metric(
        "gauge", "{deadline}", "Deadlines that are due and not yet taken up", "kind"
    ),
    "ledger_deadline_waiting_for_inbound": _metric(
        "gauge", "{deadline}", "Deadlines that are due and wait for commands on the inbound topic", "service"
    ),
    "ledger_deadline_recompute_failing": _metric(
        "gauge", "{deadline}", "Open deadlines that could not be put on the newest calendar", "service"
    ),
    "ledger_deadline_failing": _metric(
        "gauge", "{deadline}", "Due deadlines that were refused, or met a defect, when last asked", "service"
    ),
    "ledger_deadline_held": _metric("gauge", "{deadline}", "Deadlines that are due and held", "service"),
    "ledger_deadline_held_oldest_age_seconds": _metric("gauge", "s", "Age of the oldest held deadline", "service"),
    "ledger_calendar_horizon_days": _metric("gauge", "d", "Days until the calendar ends", "calendar"),
    "ledger_delivery_total": _metric("counter", "{delivery}", "Notifications tried", "channel", "outcome"),
    "ledger_deliveries_under_way": _metric("gauge", "{delivery}", "Notifications that are being worked on"),
    "ledger_notices_stuck": _metric("gauge", "{notice}", "Notices that a defect keeps from going on"),
    "ledger_documents_unreadable_total": _metric(
        "counter", "{document}", "Documents of a work list that could not be read and were passed over", "view"
    ),
}


Record = Callable[[float, Mapping[str, LabelValue]], None]


def _record_of(meter: Meter, name: str, metric: Metric) -> Record:
    match metric.kind:
        case "counter":
            return meter.create_counter(name, metric.unit, metric.about).add
        case "gauge":
            return meter.create_gauge(name, metric.unit, metric.about).set
        case "histogram":
            buckets = SECONDS_BUCKETS if metric.unit == "s" else None
            return meter.create_histogram(
                name, metric.unit, metric.about, explicit_bucket_boundaries_advisory=buckets
            ).record


class _Measuring:
    """The instruments of this process."""

    def __init__(self, meter: Meter) -> None:
        self.records = {name: _record_of(meter, name, metric) for name, metric in METRICS.items()}


_MEASURING = _Measuring(NoOpMeter(INSTRUMENTATION))


def use_meter(meter: Meter) -> None:
    """Measure through `meter` from now on."""
    _MEASURING.records = _Measuring(meter).records


def stop_measuring() -> None:
    """Back to measuring nothing."""
    use_meter(NoOpMeter(INSTRUMENTATION))


def measure(name: str, value: float, labels: Mapping[str, LabelValue]) -> None:
    """Add to a counter, set a gauge, or record in a histogram, as the table says.

    Raises ValueError for a name that is not in the table, or labels other than it declares.
    """
    metric = METRICS.get(name)
    if metric is None or labels.keys() != metric.labels:
        raise ValueError(f"{name} with labels {sorted(labels)} is not a metric of the table")
    _MEASURING.records[name](value, labels)
