"""Lateness told to those who can act: flags, their escalation (R-155), and the directors (R-176)."""
