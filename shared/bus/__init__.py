"""Stages 6 to 8: what carries public events from the outbox of one service to the feeds of another."""
