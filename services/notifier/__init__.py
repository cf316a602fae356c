"""Reminders, escalations and their deliveries: who was told what, when, and with what proof (R-195, R-406)."""
