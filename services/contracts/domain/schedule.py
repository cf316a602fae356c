"""Milestones in time (R-105, R-106, R-114, T-35): planned days, their deadlines, and how both move.

A milestone counts from T. Moving it changes its nominal day; a rest day rolls on afterwards, so that an extension of
five days is five days whatever the calendar says in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from msgspec import UNSET, Struct
from msgspec.structs import replace

from services.contracts.domain.errors import DateNotPossible
from services.contracts.domain.state import Signed
from shared.deadlines.model import Deadline, DeadlineMoved, DeadlineSet, deadline_identity
from shared.kernel.instants import Instant
from shared.messages.events import Event
from shared.periods import Derivation, PeriodError, WorkCalendar, compute, compute_with_room, extend, parse_spec
from shared.public_events.terms import MilestoneTerm, Terms

MILESTONE = "milestone"


def contract_deadline(tenant: str, contract: str, kind: str, subject: str, generation: int = 1) -> str:
    """The id of a deadline about a milestone, change or risk."""
    return deadline_identity("contracts", tenant, contract, kind, generation, subject=subject)


class Cause(Struct, frozen=True, kw_only=True):
    """Why deadlines are set or moved: the tenant, when, the event it follows from, and a stable word."""

    tenant: str
    at: Instant
    trigger_event: str
    reason: str


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


def planned_terms(terms: Terms, signed_on: date, calendar: WorkCalendar) -> Terms:
    """The terms with T and the planned day of every milestone."""
    milestones = tuple(
        replace(term, planned_on=due(terms, signed_on, term, calendar).last_day) for term in terms.milestones
    )
    return replace(terms, signed_on=signed_on, milestones=milestones)


def first_deadlines(terms: Terms, signed_on: date, calendar: WorkCalendar, cause: Cause) -> tuple[DeadlineSet, ...]:
    """One deadline a milestone, set at signing."""
    return tuple(
        DeadlineSet(deadline=_deadline(terms, term, 1, due(terms, signed_on, term, calendar), cause))
        for term in terms.milestones
    )


def _deadline(terms: Terms, term: MilestoneTerm, generation: int, derivation: Derivation, cause: Cause) -> Deadline:
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


def open_deadline(state: Signed, kind: str, subject: str) -> Deadline | None:
    """The open deadline of a kind about a milestone, change or risk."""
    found = (deadline for deadline in state.deadlines.values() if (deadline.kind, deadline.subject) == (kind, subject))
    return next(found, None)


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
        raise DateNotPossible(f"{day} lies before the signing on {signed_on}", field=field)
    return replace(term, offset=f"{days}d", extended_by=UNSET)


def moved(
    state: Signed, changed: Mapping[str, MilestoneTerm], calendar: WorkCalendar, cause: Cause, *, extended_by: int = 0
) -> tuple[tuple[MilestoneTerm, ...], tuple[Event, ...]]:
    """All milestone terms after some have changed, and what becomes of their deadlines.

    Milestones that are met stay. A period that runs keeps its derivation when it is extended by days (R-114), and what
    was kept of it (R-404). A deadline that has lapsed is set again when its new day still lies ahead.
    """
    milestones: list[MilestoneTerm] = []
    events: list[Event] = []
    for term in state.terms.milestones:
        progress = state.milestones[term.milestone_id]
        if term.milestone_id in changed and progress.met_at is None:
            term = changed[term.milestone_id]
            running = open_deadline(state, MILESTONE, term.milestone_id)
            if running is not None and extended_by:
                derivation = extend(running.derivation, extended_by, calendar)
            else:
                derivation = due(state.terms, state.signed_on, term, calendar)
            term = replace(term, planned_on=derivation.last_day)
            fresh = _deadline(state.terms, term, progress.generation + 1, derivation, cause)
            events.extend(_timed_anew(running, fresh, cause))
        milestones.append(term)
    return tuple(milestones), tuple(events)


def _timed_anew(running: Deadline | None, fresh: Deadline, cause: Cause) -> tuple[Event, ...]:
    if running is not None:
        moved_one = replace(running, derivation=fresh.derivation)
        return (DeadlineMoved(deadline=moved_one, old_due_at=running.derivation.due_at, reason=cause.reason),)
    return (DeadlineSet(deadline=fresh),) if fresh.derivation.due_at > cause.at else ()


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
