"""The open deadlines of a contract, and the questions "settled through" that wait for their answer."""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from services.contracts.domain.base import with_entry, without_entry
from services.contracts.domain.deadlines import DeadlineEvent
from services.contracts.domain.periods.events import SettledThrough, SettlementAsked, SettlementEvent
from services.contracts.domain.periods.state import Question
from services.contracts.domain.state import Signed
from shared.deadlines.model import DeadlineMoved, DeadlineSet


def deadlines_changed(state: Signed, event: DeadlineEvent) -> Signed:
    """Fold a deadline into those that are open, or out of them."""
    deadline = event.deadline
    if isinstance(event, DeadlineSet):
        return replace(state, deadlines=with_entry(state.deadlines, deadline.deadline_id, deadline))
    deadlines = without_entry(state.deadlines, deadline.deadline_id)
    if isinstance(event, DeadlineMoved):
        deadlines = with_entry(deadlines, deadline.deadline_id, deadline)
    return replace(state, deadlines=deadlines)


def settlement_changed(state: Signed, event: SettlementEvent) -> Signed:
    """Fold a question that has to wait, and its answer; one that was answered at once was never asked."""
    match event:
        case SettlementAsked():
            question = Question(through=event.through, asked_by=event.asked_by)
            return replace(state, questions=with_entry(state.questions, event.question, question))
        case SettledThrough(question=""):
            return state
        case SettledThrough():
            return replace(state, questions=without_entry(state.questions, event.question))
        case _ as never:
            assert_never(never)
