"""Stage 3b: `decide`, one pure function a command: (state, command, facts) -> decision, or a named refusal.

Only what the parties communicate can be without effect; it is then recorded with its content and the rule (R-426).
"""

from __future__ import annotations

from typing import Any, assert_never

from services.contracts.domain import commands as c
from services.contracts.domain.authority import NoEffect
from services.contracts.domain.deciders.changes import (
    assess_change,
    request_change,
    sign_change,
    sign_supplement,
    withdraw_change,
)
from services.contracts.domain.deciders.deadlines import deadline_elapsed, recompute_deadline
from services.contracts.domain.deciders.drafting import draft_contract, revise_draft
from services.contracts.domain.deciders.extensions import agree_extension, explain_delay, propose_extension
from services.contracts.domain.deciders.risks import answer_risk, notify_risk
from services.contracts.domain.deciders.roles import appoint_role, revoke_role
from services.contracts.domain.deciders.signing import sign_contract
from services.contracts.domain.errors import ContractUnknown, NotSigned
from services.contracts.domain.events import CommunicationWithoutEffect
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


def _decide(state: State, body: c.CommandBody, context: Context, facts: Facts) -> Decision:
    match body:
        case c.DraftContract():
            return draft_contract(_contract_or_absent(state), body, context, facts)
        case c.ReviseDraft():
            return revise_draft(_contract(state, context), body, context, facts)
        case c.SignContract():
            return sign_contract(_contract(state, context), body, context, facts)
        case c.AppointRole():
            return appoint_role(_contract(state, context), body, context)
        case c.RevokeRole():
            return revoke_role(_contract(state, context), body, context)
        case DeadlineElapsed() | RecomputeDeadline():
            return _timed(state, body, context, facts)
        case _:
            return _perform(_signed(state, context), body, context, facts)


Performance = (
    c.RequestChange
    | c.AssessChange
    | c.SignChange
    | c.SignSupplement
    | c.WithdrawChange
    | c.ProposeExtension
    | c.AgreeExtension
    | c.ExplainDelay
    | c.NotifyRisk
    | c.AnswerRisk
)


def _perform(state: Signed, body: Performance, context: Context, facts: Facts) -> Decision:
    """The acts of a contract that is in force."""
    match body:
        case c.RequestChange():
            return request_change(state, body, context, facts)
        case c.AssessChange():
            return assess_change(state, body, context)
        case c.SignChange():
            return sign_change(state, body, context, facts)
        case c.SignSupplement():
            return sign_supplement(state, body, context, facts)
        case c.WithdrawChange():
            return withdraw_change(state, body, context)
        case c.ProposeExtension():
            return propose_extension(state, body, context, facts)
        case c.AgreeExtension():
            return agree_extension(state, body, context, facts)
        case c.ExplainDelay():
            return explain_delay(state, body, context)
        case c.NotifyRisk():
            return notify_risk(state, body, context, facts)
        case c.AnswerRisk():
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
        act=c.ACT_NAMES[type(command.body)],
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
