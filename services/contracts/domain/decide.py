"""Stage 3b: `decide`, one pure function a command: (state, command, facts) -> decision, or a named refusal.

Only what the parties communicate can be without effect; it is then recorded with its content and the rule (R-426).
"""

from __future__ import annotations

from typing import Any, assert_never

from services.contracts.domain.authority import NoEffect
from services.contracts.domain.changes.commands import (
    AssessChange,
    RequestChange,
    SignChange,
    SignSupplement,
    WithdrawChange,
)
from services.contracts.domain.changes.decide import (
    assess_change,
    request_change,
    sign_change,
    sign_supplement,
    withdraw_change,
)
from services.contracts.domain.commands import ACT_NAMES, CommandBody
from services.contracts.domain.drafting.commands import DraftContract, ReviseDraft
from services.contracts.domain.drafting.decide import draft_contract, revise_draft
from services.contracts.domain.errors import ContractUnknown, NotSigned
from services.contracts.domain.events import CommunicationWithoutEffect
from services.contracts.domain.periods.decide import deadline_elapsed, recompute_deadline
from services.contracts.domain.risks.commands import AnswerRisk, NotifyRisk
from services.contracts.domain.risks.decide import answer_risk, notify_risk
from services.contracts.domain.roles.commands import AppointRole, RevokeRole
from services.contracts.domain.roles.decide import appoint_role, revoke_role
from services.contracts.domain.schedule.commands import AgreeExtension, ExplainDelay, ProposeExtension
from services.contracts.domain.schedule.decide import agree_extension, explain_delay, propose_extension
from services.contracts.domain.signing.commands import SignContract
from services.contracts.domain.signing.decide import sign_contract
from services.contracts.domain.state import Absent, Draft, Signed, State
from services.contracts.domain.streams import contract_stream
from shared.commands.command import Command, Context
from shared.commands.decision import UNCHANGED, Decision, Outcome
from shared.commands.service import Facts
from shared.deadlines.commands import DeadlineElapsed, RecomputeDeadline
from shared.kernel.actors import may_see
from shared.kernel.ids import event_id
from shared.messages import canonical


def decide(state: State, command: Command[Any], facts: Facts) -> Decision:
    """Decide a command on a contract; raises the refusals of `errors.py`."""
    try:
        return _decide(state, command.body, command.context, facts)
    except NoEffect as found:
        return _without_effect(_contract(state, command.context), command, found)


def _decide(state: State, body: CommandBody, context: Context, facts: Facts) -> Decision:
    match body:
        case DraftContract():
            return draft_contract(_contract_or_absent(state), body, context, facts)
        case ReviseDraft():
            return revise_draft(_contract(state, context), body, context, facts)
        case SignContract():
            return sign_contract(_contract(state, context), body, context, facts)
        case AppointRole():
            return appoint_role(_contract(state, context), body, context)
        case RevokeRole():
            return revoke_role(_contract(state, context), body, context)
        case DeadlineElapsed() | RecomputeDeadline():
            return _timed(state, body, context, facts)
        case _:
            return _perform(_signed(state, context), body, context, facts)


Performance = (
    RequestChange
    | AssessChange
    | SignChange
    | SignSupplement
    | WithdrawChange
    | ProposeExtension
    | AgreeExtension
    | ExplainDelay
    | NotifyRisk
    | AnswerRisk
)


def _perform(state: Signed, body: Performance, context: Context, facts: Facts) -> Decision:
    """The acts of a contract that is in force."""
    match body:
        case RequestChange():
            return request_change(state, body, context, facts)
        case AssessChange():
            return assess_change(state, body, context)
        case SignChange():
            return sign_change(state, body, context, facts)
        case SignSupplement():
            return sign_supplement(state, body, context, facts)
        case WithdrawChange():
            return withdraw_change(state, body, context)
        case ProposeExtension():
            return propose_extension(state, body, context, facts)
        case AgreeExtension():
            return agree_extension(state, body, context, facts)
        case ExplainDelay():
            return explain_delay(state, body, context)
        case NotifyRisk():
            return notify_risk(state, body, context, facts)
        case AnswerRisk():
            return answer_risk(state, body, context)
        case _ as never:
            assert_never(never)


def _timed(state: State, body: DeadlineElapsed | RecomputeDeadline, context: Context, facts: Facts) -> Decision:
    """The mechanism's commands never fail: what they are about may be gone."""
    if not isinstance(state, Signed):
        return UNCHANGED
    if isinstance(body, DeadlineElapsed):
        return deadline_elapsed(state, body, context, facts)
    return recompute_deadline(state, body, context, facts)


def _contract_or_absent(state: State) -> Absent | Draft | Signed:
    if not isinstance(state, Absent | Draft | Signed):
        raise TypeError(f"{type(state).__name__} is no contract")
    return state


def _contract(state: State, context: Context) -> Draft | Signed:
    """The contract; whom it is no business of is told that there is none, whether there is one or not (R-424)."""
    found = _contract_or_absent(state)
    if isinstance(found, Absent) or not may_see(context.actor, found.terms.organisations):
        raise ContractUnknown
    return found


def _signed(state: State, context: Context) -> Signed:
    found = _contract(state, context)
    if isinstance(found, Draft):
        raise NotSigned
    return found


def _without_effect(state: Draft | Signed, command: Command[Any], found: NoEffect) -> Decision:
    event = CommunicationWithoutEffect(
        contract=state.contract,
        act=ACT_NAMES[type(command.body)],
        rule=found.rule,
        reason=found.reason,
        received_at=found.act.received_at,
        content=canonical.encode(command.body).decode(),
    )
    return Decision(
        events=(found.act.proposes(contract_stream(state.contract), event),),
        outcome=Outcome(
            kind="without_effect",
            rule=found.rule,
            detail=found.reason,
            data={"event_id": event_id(command.context.command_id, 0)},
        ),
    )
