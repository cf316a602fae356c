"""Stage 7: the only place that knows the Kafka client; public events out, public events in."""
