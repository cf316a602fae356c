"""A running deadline under another calendar: one rule for every owner (R-403, R-404)."""

from __future__ import annotations

from msgspec.structs import replace

from shared.deadlines.model import Deadline, DeadlineMoved
from shared.periods import Derivation, WorkCalendar, recompute, rederive


def moved_to_calendar(deadline: Deadline, calendar: WorkCalendar) -> DeadlineMoved:
    """The event that puts `deadline` on `calendar`, also when its due instant stays as it was."""
    before = deadline.derivation
    fresh = recompute(before, calendar)
    return DeadlineMoved(
        deadline=replace(deadline, derivation=fresh),
        old_due_at=before.due_at,
        reason=_reason(before, fresh, calendar),
    )


def _reason(before: Derivation, fresh: Derivation, calendar: WorkCalendar) -> str:
    """The stable word: what was firm and would have become shorter was kept (R-404)."""
    if before.provisional:
        return "calendar_published"
    unbound = rederive(replace(before, floor=None), calendar)
    return "calendar_kept" if unbound.due_at < fresh.due_at else "calendar_amended"
