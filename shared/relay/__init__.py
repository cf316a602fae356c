"""Stage 6: the outbox of a service leaves for the broker, in order, by one relay at a time."""
