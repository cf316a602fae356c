"""Telemetry placed by hand: spans, metrics with fixed names, JSON logs; off unless an OTLP endpoint is configured."""
