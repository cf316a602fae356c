"""What follows from acceptance: milestones that are reached (T-35), and the completion of the contract (R-322)."""

from __future__ import annotations

from collections.abc import Iterator

from services.contracts.domain.events import ContractCompleted, MilestoneReached
from services.contracts.domain.schedule import MILESTONE, fulfilled_at, open_deadline, open_milestones
from services.contracts.domain.state import Completed, Signed
from services.contracts.domain.streams import contract_stream
from shared.deadlines.model import DeadlineMet
from shared.kernel.instants import Instant
from shared.messages.events import NewEvent
from shared.public_events.terms import MilestoneTerm


def progress_events(state: Signed, cause: str) -> tuple[NewEvent, ...]:
    """Milestones first, then completion; `cause` is the id of the event that brought the last fact."""
    return (*_reached(state, cause), *_completed(state))


def _reached(state: Signed, cause: str) -> Iterator[NewEvent]:
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


def _completed(state: Signed) -> Iterator[NewEvent]:
    """Complete when every item has ended and one was accepted, at the end of the last one (R-322)."""
    if isinstance(state, Completed) or not any(item.accepted for item in state.items.values()):
        return
    ended = [item.ended_at for item in state.items.values()]
    known = [at for at in ended if at is not None]
    if len(known) == len(ended):
        completed = ContractCompleted(contract=state.contract)
        yield NewEvent(stream=contract_stream(state.contract), data=completed, effective_at=max(known))
