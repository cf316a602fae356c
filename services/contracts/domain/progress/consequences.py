"""What follows from acceptance: milestones that are reached (T-35), and the completion of the contract (R-322)."""

from __future__ import annotations

from collections.abc import Iterator

from services.contracts.domain.progress.events import ContractCompleted
from services.contracts.domain.schedule.consequences import milestones_reached
from services.contracts.domain.state import Completed, Signed
from services.contracts.domain.streams import contract_stream
from shared.messages.events import NewEvent


def progress_events(state: Signed, cause: str) -> tuple[NewEvent, ...]:
    """Milestones first, then completion; `cause` is the id of the event that brought the last fact."""
    return (*milestones_reached(state, cause), *_completed(state))


def _completed(state: Signed) -> Iterator[NewEvent]:
    """Complete when every item has ended and one was accepted, at the end of the last one (R-322)."""
    if isinstance(state, Completed) or not any(item.accepted for item in state.items.values()):
        return
    ended = [item.ended_at for item in state.items.values()]
    known = [at for at in ended if at is not None]
    if len(known) == len(ended):
        completed = ContractCompleted(contract=state.contract)
        yield NewEvent(stream=contract_stream(state.contract), data=completed, effective_at=max(known))
