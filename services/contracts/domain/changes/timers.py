"""The notice of a change (T-27) and its date of effect (R-200, R-204)."""

from __future__ import annotations

from datetime import date, timedelta

from msgspec.structs import replace

from services.contracts.domain.changes.state import Change
from shared.kernel.instants import Instant, beijing_date, start_of_day
from shared.periods import Derivation, WorkCalendar, compute, recompute, rederive
from shared.public_events.terms import Signature

CHANGE_EFFECT = "change_effect"

# how long before its planned effect a form is handed in (T-27).
NOTICE = "-5wd"


def effect_derivation(change: Change, signatures: tuple[Signature, ...], calendar: WorkCalendar) -> Derivation:
    """00:00 of the latest of all signatures, the planned date, and what R-200 allows unless the form waives it (R-204).

    What R-200 allows follows the calendar from the submission on (R-403, R-404); a day that was agreed does not.
    """
    days = [beijing_date(signature.received_at) for signature in signatures]
    days.append(change.form.planned_effect_on)
    if change.form.notice_waived:
        return _at_start_of(max(days), calendar)
    if change.earliest is None:
        return _at_start_of(max(*days, change.earliest_effect_on), calendar)
    return rederive(replace(recompute(change.earliest, calendar), lead_to=max(days)), calendar)


def _at_start_of(day: date, calendar: WorkCalendar) -> Derivation:
    """00:00 of a day is 24:00 of the day before (R-407)."""
    return compute(day - timedelta(days=1), "0d!", calendar)


def effective_at(change: Change) -> Instant:
    """00:00 of the date of effect, but never before the last signature."""
    if change.effective_on is None or change.approved_at is None:
        raise TypeError(f"change {change.form.change} is not approved")
    return max(start_of_day(change.effective_on), change.approved_at)
