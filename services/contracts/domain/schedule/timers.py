"""The deadline of a milestone (T-35): counted from T by the calendar (R-105, R-106)."""

from __future__ import annotations

from datetime import date

from services.contracts.domain.deadlines import Cause, contract_deadline
from services.contracts.domain.schedule.errors import DateNotPossible
from shared.deadlines.model import Deadline
from shared.periods import Derivation, PeriodError, WorkCalendar, compute, compute_with_room
from shared.public_events.terms import MilestoneTerm, Terms

MILESTONE = "milestone"


def due(terms: Terms, signed_on: date, term: MilestoneTerm, calendar: WorkCalendar) -> Derivation:
    """The last day of a milestone, counted from T; raises DateNotPossible beyond what can be counted."""
    try:
        return compute(signed_on, term.offset, calendar, terms.cutoff, extended_by=term.extended_by or 0)
    except PeriodError as error:
        raise DateNotPossible(str(error)) from error


def check_due(terms: Terms, signed_on: date, term: MilestoneTerm, calendar: WorkCalendar, field: str) -> None:
    """Refuse, where it is asked for, a milestone that `due` might not count later; raises DateNotPossible."""
    try:
        compute_with_room(signed_on, term.offset, calendar, terms.cutoff, term.extended_by or 0)
    except PeriodError as error:
        raise DateNotPossible(str(error), field=field) from error


def milestone_deadline(
    terms: Terms, term: MilestoneTerm, generation: int, derivation: Derivation, cause: Cause
) -> Deadline:
    milestone = term.milestone_id
    return Deadline(
        deadline_id=contract_deadline(cause.tenant, terms.contract, MILESTONE, milestone, generation),
        contract=terms.contract,
        subject=milestone,
        kind=MILESTONE,
        timer="T-35",
        rule="R-105",
        side="provider",
        legal_effect=False,
        generation=generation,
        trigger_event=cause.trigger_event,
        derivation=derivation,
    )
