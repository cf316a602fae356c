"""Duties after acceptance: they begin, run and end by time (section N)."""
