"""Risk notices after what happened to one."""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from services.contracts.domain.base import with_entry
from services.contracts.domain.risks.events import RiskAnswerConditional, RiskAnswered, RiskEvent, RiskNotified
from services.contracts.domain.risks.state import Risk
from services.contracts.domain.state import Signed
from shared.deadlines.model import Deadline
from shared.kernel.instants import Instant


def risk_changed(state: Signed, event: RiskEvent, at: Instant) -> Signed:
    """Fold an event of a risk notice that took effect `at`."""
    match event:
        case RiskNotified():
            risk = Risk(description=event.description, proposal=event.proposal, notified_at=at)
        case RiskAnswerConditional():
            risk = replace(state.risks[event.risk], waiting=event)
        case RiskAnswered():
            risk = replace(
                state.risks[event.risk],
                answer=event.answer,
                in_time=event.in_time,
                agreed_control=event.agreed_control,
                waiting=None,
            )
        case _ as never:
            assert_never(never)
    return replace(state, risks=with_entry(state.risks, event.risk, risk))


def answer_timed(state: Signed, deadline: Deadline) -> Signed:
    """Fold the due instant of an answer."""
    timed = replace(state.risks[deadline.subject], due_at=deadline.derivation.due_at)
    return replace(state, risks=with_entry(state.risks, deadline.subject, timed))
