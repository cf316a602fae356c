"""Stage 9: read models, documents folded from a service's own log by pure functions."""
