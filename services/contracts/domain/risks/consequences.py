"""What the calendar decides of an answer that had to wait for it (R-403)."""

from __future__ import annotations

from msgspec.structs import replace

from services.contracts.domain.risks.events import RiskAnswered
from services.contracts.domain.risks.state import Risk
from services.contracts.domain.risks.timers import before
from services.contracts.domain.streams import risk_stream
from shared.commands.command import Context
from shared.commands.decision import Decision, FinalAnswer, Outcome
from shared.deadlines.model import Deadline, DeadlineMet
from shared.kernel.ids import event_id
from shared.messages.events import NewEvent


def answer_decided(decision: Decision, deadline: Deadline, risk: Risk, context: Context) -> Decision:
    """The year is known, so the answer that waited for it is decided by its receipt (R-403)."""
    waiting = risk.waiting
    if waiting is None:
        return decision
    timed = replace(risk, due_at=deadline.derivation.due_at)
    in_time = before(waiting.received_at, timed)
    answered = RiskAnswered(
        contract=waiting.contract,
        risk=waiting.risk,
        in_time=in_time,
        answer=waiting.answer,
        agreed_control=waiting.agreed_control,
    )
    stream = risk_stream(deadline.contract, deadline.subject)
    events = [NewEvent(stream=stream, data=answered, effective_at=waiting.received_at)]
    if in_time:
        # The answer is the second event of the decision, after the move.
        met = DeadlineMet(deadline=deadline, reason="risk_answered", met_by=event_id(context.command_id, 1))
        events.append(NewEvent(stream=stream, data=met, effective_at=waiting.received_at))
    outcome = Outcome(data={"in_time": "true" if in_time else "false"})
    final = FinalAnswer(issuer=waiting.issuer, subject=waiting.subject, key=waiting.key, outcome=outcome)
    return Decision(events=(*decision.events, *events), final_answers=(final,))
