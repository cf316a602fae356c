"""Risk notices (R-215..R-217): the provider reports, the customer answers within three days (T-28)."""

from __future__ import annotations

from services.contracts.domain.authority import MANAGERS, act_in_role
from services.contracts.domain.deadlines import contract_deadline, open_deadline
from services.contracts.domain.errors import IdTaken
from services.contracts.domain.facts import calendar_of
from services.contracts.domain.risks.commands import AnswerRisk, NotifyRisk
from services.contracts.domain.risks.errors import RiskAlreadyAnswered, RiskUnknown
from services.contracts.domain.risks.events import RiskAnswerConditional, RiskAnswered, RiskNotified
from services.contracts.domain.risks.state import Risk
from services.contracts.domain.risks.timers import ANSWER_PERIOD, RISK_ANSWER, before, undecidable
from services.contracts.domain.state import Signed
from services.contracts.domain.streams import risk_stream
from shared.commands.command import Context
from shared.commands.decision import UNCHANGED, Decision, Outcome
from shared.commands.service import Facts
from shared.deadlines.model import Deadline, DeadlineMet, DeadlineSet
from shared.kernel.errors import told
from shared.kernel.ids import event_id
from shared.messages.events import Event
from shared.periods import compute


def notify_risk(state: Signed, body: NotifyRisk, context: Context, facts: Facts) -> Decision:
    """The provider's project manager reports a factor that endangers the plan (R-215)."""
    act = act_in_role(state, context, MANAGERS, side="provider")
    known = state.risks.get(body.risk)
    if known is not None:
        if (known.description, known.proposal) == (body.description, body.proposal):
            return UNCHANGED
        raise IdTaken(body.risk, field="/risk")
    notified = RiskNotified(
        contract=state.contract, risk=body.risk, description=body.description, proposal=body.proposal
    )
    calendar = calendar_of(facts, state.terms.calendar)
    deadline = Deadline(
        deadline_id=contract_deadline(context.tenant, state.contract, RISK_ANSWER, body.risk),
        contract=state.contract,
        subject=body.risk,
        kind=RISK_ANSWER,
        timer="T-28",
        rule="R-216",
        side="customer",
        legal_effect=False,
        trigger_event=event_id(context.command_id, 0),
        derivation=compute(act.received_at, ANSWER_PERIOD, calendar, state.terms.cutoff),
    )
    stream = risk_stream(state.contract, body.risk)
    return Decision(events=tuple(act.proposes(stream, event) for event in (notified, DeadlineSet(deadline=deadline))))


def answer_risk(state: Signed, body: AnswerRisk, context: Context) -> Decision:
    """The customer's project manager answers; a late answer is recorded, but the period stays missed (R-217)."""
    act = act_in_role(state, context, MANAGERS, side="customer")
    risk = state.risks.get(body.risk)
    if risk is None:
        raise RiskUnknown(body.risk, known=told(state.risks))
    if _repeats(risk, body):
        return UNCHANGED
    if risk.waiting is not None or (risk.in_time is not None and not _adds_control(risk, body)):
        raise RiskAlreadyAnswered(body.risk)
    stream = risk_stream(state.contract, body.risk)
    deadline = open_deadline(state, RISK_ANSWER, body.risk)
    if undecidable(deadline, act.received_at):
        conditional = RiskAnswerConditional(
            contract=state.contract,
            risk=body.risk,
            received_at=act.received_at,
            answer=body.answer.answer,
            agreed_control=body.answer.agreed_control,
            issuer=context.actor.issuer,
            subject=context.actor.subject,
            key=context.key,
        )
        return Decision(events=(act.proposes(stream, conditional),), outcome=Outcome(kind="conditional", rule="R-403"))
    in_time = risk.in_time if risk.in_time is not None else before(act.received_at, risk)
    answered = RiskAnswered(
        contract=state.contract,
        risk=body.risk,
        in_time=in_time,
        answer=body.answer.answer,
        agreed_control=body.answer.agreed_control,
    )
    met: tuple[Event, ...] = ()
    if deadline is not None and in_time:
        answer_event = event_id(context.command_id, 0)
        met = (DeadlineMet(deadline=deadline, reason="risk_answered", met_by=answer_event),)
    return Decision(
        events=tuple(act.proposes(stream, event) for event in (answered, *met)),
        outcome=Outcome(data={"in_time": "true" if in_time else "false"}),
    )


def _repeats(risk: Risk, body: AnswerRisk) -> bool:
    known = (risk.waiting or risk) if risk.waiting or risk.in_time is not None else None
    stated = (body.answer.answer, body.answer.agreed_control)
    return known is not None and (known.answer, known.agreed_control) == stated


def _adds_control(risk: Risk, body: AnswerRisk) -> bool:
    return not risk.agreed_control and bool(body.answer.agreed_control)
