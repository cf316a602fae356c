"""A newer version of the calendar is known: what runs is computed anew (R-403, R-404)."""

from __future__ import annotations

from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.periods.state import Running
from shared.deadlines.moving import moved_to_calendar
from shared.kernel.instants import Instant


def is_stale(draft: DecisionDraft, running: Running) -> bool:
    """Whether a newer version of the calendar is known than the one the deadline was computed with."""
    return running.deadline.derivation.calendar_version != draft.calendar.version


def move_to_calendar(draft: DecisionDraft, running: Running, now: Instant) -> None:
    """Compute the period anew; a firm one may become longer, never shorter (R-404)."""
    draft.record(moved_to_calendar(running.deadline, draft.calendar), now)
