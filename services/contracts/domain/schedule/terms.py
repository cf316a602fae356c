"""Questions to the plan (R-105, R-106, R-114, T-35): planned days, what is open, how a term moves.

A milestone counts from T. Moving it changes its nominal day; a rest day rolls on afterwards, so that an extension of
five days is five days whatever the calendar says in between.
"""

from __future__ import annotations

from datetime import date

from msgspec import UNSET
from msgspec.structs import replace

from services.contracts.domain.schedule.errors import DateNotPossible
from services.contracts.domain.schedule.timers import due
from services.contracts.domain.state import Signed
from shared.kernel.instants import Instant
from shared.periods import WorkCalendar, parse_spec
from shared.public_events.terms import MilestoneTerm, Terms

EXTENSION_VERSION = 1


def planned_terms(terms: Terms, signed_on: date, calendar: WorkCalendar) -> Terms:
    """The terms with T and the planned day of every milestone."""
    milestones = tuple(
        replace(term, planned_on=due(terms, signed_on, term, calendar).last_day) for term in terms.milestones
    )
    return replace(terms, signed_on=signed_on, milestones=milestones)


def open_milestones(state: Signed) -> tuple[MilestoneTerm, ...]:
    """The milestones that are not met yet, in the order of the plan."""
    return tuple(term for term in state.terms.milestones if state.milestones[term.milestone_id].met_at is None)


def extended_term(term: MilestoneTerm, days: int) -> MilestoneTerm:
    """A milestone whose nominal day moves by `days` (R-114): what it is counted from stays."""
    spec = parse_spec(term.offset)
    if spec.unit == "d":
        return replace(term, offset=replace(spec, count=spec.count + days).text)
    return replace(term, extended_by=(term.extended_by or 0) + days)


def shifted_term(term: MilestoneTerm, day: date, signed_on: date, field: str = "") -> MilestoneTerm:
    """A milestone whose nominal day is put on `day` by a change; raises DateNotPossible before T."""
    days = (day - signed_on).days
    if days < 0:
        raise DateNotPossible(
            f"{day} lies before the signing on {signed_on}", zh=f"{day} 早于签署日 {signed_on}", field=field
        )
    return replace(term, offset=f"{days}d", extended_by=UNSET)


def fulfilled_at(state: Signed, term: MilestoneTerm) -> Instant | None:
    """When the last fact took effect that a milestone waits for; None while one is missing.

    Items that ended without acceptance (taken out of the contract) are not waited for.
    """
    facts: list[Instant | None] = [state.submitted.get(name) for name in term.deliverables]
    for name in term.items:
        item = state.items[name]
        if item.ended_at is None or item.accepted:
            facts.append(item.submitted_at if term.met_when == "submitted" else item.ended_at)
    known = [fact for fact in facts if fact is not None]
    return max(known) if known and len(known) == len(facts) else None
