"""Channels: one port, `send(notice, attempt)`, and what each way of telling people does with it."""
