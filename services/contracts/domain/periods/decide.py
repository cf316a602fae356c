"""The commands of the mechanism: a due instant has passed, or a newer calendar is known (R-401..R-404).

Contracts owns flags of lateness and dates of effect, none with a legal effect of its own, so nothing here waits for
"settled through"; the same ticker also brings the time to answer that question.
"""

from __future__ import annotations

from services.contracts.domain.changes.consequences import date_of_effect
from services.contracts.domain.changes.timers import CHANGE_EFFECT
from services.contracts.domain.facts import calendar_of
from services.contracts.domain.periods.events import SettledThrough
from services.contracts.domain.risks.consequences import answer_decided
from services.contracts.domain.risks.timers import RISK_ANSWER
from services.contracts.domain.schedule.timers import MILESTONE
from services.contracts.domain.state import Signed
from services.contracts.domain.streams import change_stream, contract_stream, risk_stream
from shared.commands.command import Context
from shared.commands.decision import UNCHANGED, Decision
from shared.commands.service import Facts
from shared.deadlines.commands import DeadlineElapsed, RecomputeDeadline
from shared.deadlines.model import Deadline, DeadlineLapsed
from shared.deadlines.moving import moved_to_calendar
from shared.messages.events import Event, NewEvent
from shared.periods import WorkCalendar

CONSEQUENCES: dict[str, str] = {MILESTONE: "milestone_late", RISK_ANSWER: "risk_unanswered"}


def deadline_elapsed(state: Signed, body: DeadlineElapsed, context: Context, facts: Facts) -> Decision:
    """A row came due. What has moved or closed since is none of it; a provisional one never fires (R-403)."""
    question = state.questions.get(body.deadline_id)
    if question is not None:
        settled = SettledThrough(
            contract=state.contract,
            through=question.through,
            asked_by=question.asked_by,
            question=body.deadline_id,
        )
        return _decided(contract_stream(state.contract), settled, context)
    deadline = state.deadlines.get(body.deadline_id)
    if deadline is None or deadline.derivation.due_at != body.due_at:
        return UNCHANGED
    calendar = calendar_of(facts, state.terms.calendar)
    if deadline.derivation.calendar_version != calendar.version:
        return _recomputed(state, deadline, calendar, context)
    if deadline.derivation.provisional:
        return UNCHANGED
    if deadline.kind == CHANGE_EFFECT:
        return date_of_effect(state, deadline, context, facts)
    lapsed = DeadlineLapsed(deadline=deadline, consequence=CONSEQUENCES[deadline.kind])
    return Decision(events=(NewEvent(stream=stream_of(deadline), data=lapsed, effective_at=body.due_at),))


def stream_of(deadline: Deadline) -> str:
    """Where the events of a deadline stand: beside what it is about."""
    if deadline.kind == CHANGE_EFFECT:
        return change_stream(deadline.contract, deadline.subject)
    if deadline.kind == RISK_ANSWER:
        return risk_stream(deadline.contract, deadline.subject)
    return contract_stream(deadline.contract)


def _decided(stream: str, event: Event, context: Context) -> Decision:
    return Decision(events=(NewEvent(stream=stream, data=event, effective_at=context.received_at),))


def recompute_deadline(state: Signed, body: RecomputeDeadline, context: Context, facts: Facts) -> Decision:
    """A newer calendar: what was provisional is computed anew, what was firm is never shortened (R-403, R-404)."""
    deadline = state.deadlines.get(body.deadline_id)
    if deadline is None:
        return UNCHANGED
    calendar = calendar_of(facts, state.terms.calendar)
    if deadline.derivation.calendar_version == calendar.version:
        return UNCHANGED
    return _recomputed(state, deadline, calendar, context)


def _recomputed(state: Signed, deadline: Deadline, calendar: WorkCalendar, context: Context) -> Decision:
    moved = moved_to_calendar(deadline, calendar)
    decision = _decided(stream_of(deadline), moved, context)
    risk = state.risks.get(deadline.subject) if deadline.kind == RISK_ANSWER else None
    if risk is None or risk.waiting is None or moved.deadline.derivation.provisional:
        return decision
    return answer_decided(decision, moved.deadline, risk, context)
