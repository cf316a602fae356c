"""The open deadlines after one more event (R-408)."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from services.acceptance.domain.periods.state import Running, generation_key
from services.acceptance.domain.state import Contract
from shared.deadlines.model import DeadlineHeld, DeadlineLapsed, DeadlineMet, DeadlineMoved, DeadlineSet

DeadlineEvent = DeadlineSet | DeadlineMoved | DeadlineHeld | DeadlineMet | DeadlineLapsed


def evolve_deadlines(state: Contract, data: DeadlineEvent) -> Contract:
    """The contract after a deadline event."""
    state = replace(state, running=fold_running(state.running, data))
    deadline = data.deadline
    match data:
        case DeadlineSet():
            counter = generation_key(deadline.item, deadline.kind)
            return replace(state, generations={**state.generations, counter: deadline.generation})
        case DeadlineLapsed():
            return replace(state, lapsed={**state.lapsed, deadline.deadline_id: deadline})
        case _:
            return state


def fold_running(running: Mapping[str, Running], data: DeadlineEvent) -> Mapping[str, Running]:
    """The open deadlines after a deadline event; raises KeyError for one that is not open."""
    deadline = data.deadline
    name = deadline.deadline_id
    if not isinstance(data, DeadlineSet) and name not in running:
        raise KeyError(f"deadline {name} is not open")
    match data:
        case DeadlineSet() | DeadlineMoved():
            return {**running, name: Running(deadline=deadline)}
        case DeadlineHeld():
            return {**running, name: Running(deadline=deadline, held=True)}
        case DeadlineMet() | DeadlineLapsed():
            return {open_name: kept for open_name, kept in running.items() if open_name != name}
