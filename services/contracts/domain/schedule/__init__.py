"""Milestones in time: planned days, extensions, lateness and its causes."""
