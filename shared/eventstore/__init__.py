"""Stage 5: the log of one service, on the `eventsourcing` library's recorders; SQLite, PostgreSQL and memory."""
