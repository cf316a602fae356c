"""Running periods that move: under another calendar (R-403, R-404), or by an agreed extension (R-114)."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from services.acceptance.domain import timers
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.events import ListedForReview
from services.acceptance.domain.state import Running
from shared.deadlines.model import DeadlineMoved
from shared.kernel.instants import Instant
from shared.periods import Derivation, compute, end_day, recompute
from shared.public_events.contracts import ContractExtended


def is_stale(draft: DecisionDraft, running: Running) -> bool:
    """Whether a newer version of the calendar is known than the one the deadline was computed with."""
    return running.deadline.derivation.calendar_version != draft.calendar.version


def move_to_calendar(draft: DecisionDraft, running: Running, now: Instant) -> None:
    """Compute the period anew; a firm one may become longer, never shorter (R-404)."""
    old = running.deadline.derivation
    fresh = recompute(old, draft.calendar)
    _move(draft, running, fresh, _reason(old, fresh), now)


def extend(draft: DecisionDraft, extension: ContractExtended, agreed_at: Instant, cited: str) -> None:
    """Move the running periods of the items by the agreed days; a period that was over stays over (R-148, R-401)."""
    for name in extension.items:
        for running in timers.open_periods(draft, name):
            if agreed_at < running.due_at:
                nominal = _nominal_day(running.deadline.derivation)
                terms = draft.state.terms
                fresh = compute(nominal, f"{extension.days}d", draft.calendar, terms.cutoff)
                _move(draft, running, fresh, "extended", agreed_at)
            else:
                reason = f"an extension agreed after the end of the period ({running.due_at}) does not move it"
                draft.record(
                    ListedForReview(contract=draft.contract, item=name, cited_event=cited, rule="R-401", reason=reason),
                    agreed_at,
                )


def _move(draft: DecisionDraft, running: Running, fresh: Derivation, reason: str, at: Instant) -> None:
    moved = replace(running.deadline, derivation=fresh)
    draft.record(DeadlineMoved(deadline=moved, old_due_at=running.due_at, reason=reason), at)


def _reason(old: Derivation, fresh: Derivation) -> str:
    """The stable word for what the calendar did to a period."""
    if old.provisional and (not fresh.provisional or fresh.due_at != old.due_at):
        return "calendar_published"
    return "calendar_kept" if fresh.due_at == old.due_at else "calendar_amended"


def _nominal_day(derivation: Derivation) -> date:
    """The last day before rolling, which is what an extension moves (design section 6)."""
    counted = [step.date for step in derivation.steps if step.counted]
    return counted[-1] if counted else end_day(derivation)
