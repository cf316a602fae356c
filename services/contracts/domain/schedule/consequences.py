"""What other subjects do to the plan: the signing sets its deadlines, a change moves them, acceptance meets them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from msgspec.structs import replace

from services.contracts.domain.deadlines import Cause, open_deadline
from services.contracts.domain.schedule.events import MilestoneReached
from services.contracts.domain.schedule.terms import fulfilled_at, open_milestones
from services.contracts.domain.schedule.timers import MILESTONE, due, milestone_deadline
from services.contracts.domain.state import Signed
from services.contracts.domain.streams import contract_stream
from shared.deadlines.model import Deadline, DeadlineMet, DeadlineMoved, DeadlineSet
from shared.kernel.instants import Instant
from shared.messages.events import Event, NewEvent
from shared.periods import WorkCalendar, extend
from shared.public_events.terms import MilestoneTerm, Terms


def first_deadlines(terms: Terms, signed_on: date, calendar: WorkCalendar, cause: Cause) -> tuple[DeadlineSet, ...]:
    """One deadline a milestone, set at signing."""
    return tuple(
        DeadlineSet(deadline=milestone_deadline(terms, term, 1, due(terms, signed_on, term, calendar), cause))
        for term in terms.milestones
    )


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
            fresh = milestone_deadline(state.terms, term, progress.generation + 1, derivation, cause)
            events.extend(_timed_anew(running, fresh, cause))
        milestones.append(term)
    return tuple(milestones), tuple(events)


def _timed_anew(running: Deadline | None, fresh: Deadline, cause: Cause) -> tuple[Event, ...]:
    if running is not None:
        moved_one = replace(running, derivation=fresh.derivation)
        return (DeadlineMoved(deadline=moved_one, old_due_at=running.derivation.due_at, reason=cause.reason),)
    return (DeadlineSet(deadline=fresh),) if fresh.derivation.due_at > cause.at else ()


def milestones_reached(state: Signed, cause: str) -> Iterator[NewEvent]:
    """The milestones whose criterion is met; `cause` is the id of the event that brought the last fact."""
    for term in open_milestones(state):
        at = fulfilled_at(state, term)
        if at is not None:
            yield from _milestone_reached(state, term, at, cause)


def _milestone_reached(state: Signed, term: MilestoneTerm, at: Instant, cause: str) -> Iterator[NewEvent]:
    """On time is a question of when the fact took effect, not of when it was heard of (R-400)."""
    milestone = term.milestone_id
    due_at = state.milestones[milestone].due_at
    stream = contract_stream(state.contract)
    reached = MilestoneReached(contract=state.contract, milestone=milestone, on_time=due_at is not None and at < due_at)
    yield NewEvent(stream=stream, data=reached, effective_at=at)
    deadline = open_deadline(state, MILESTONE, milestone)
    if deadline is not None:
        met = DeadlineMet(deadline=deadline, reason="milestone_reached", met_by=cause)
        yield NewEvent(stream=stream, data=met, effective_at=at)
