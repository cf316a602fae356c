"""Stage 3b: commands become decisions. Pure: time, ids and the actor are in the command, calendars in the facts.

An act is decided when it comes, or is kept until it can be (`conditional`); what waits is released in the order of
time (R-401, R-403, R-427): a held deadline fires when contracts has decided everything received before its due instant
and no older act on its item waits. The subjects decide; `dispatch.py` finds the one.
"""

from __future__ import annotations

from typing import Any, assert_never

from msgspec.structs import replace

from services.acceptance.domain.act import Act
from services.acceptance.domain.authority import ANY_ROLE, check_side, role_held, side_of
from services.acceptance.domain.commands import CommandBody, ItemAct
from services.acceptance.domain.communications.consequences import breaks_silence, count_as_feedback, without_effect
from services.acceptance.domain.communications.errors import refused_but_said, wrong_person
from services.acceptance.domain.conditional.decide import (
    act_of,
    first_to_decide,
    first_to_fire,
    roles_for,
    wait,
    why_wait,
)
from services.acceptance.domain.conditional.events import ActDecided
from services.acceptance.domain.conditional.state import Waiting
from services.acceptance.domain.discrepancies.commands import (
    AgreeTreatment,
    AnswerDiscrepancies,
    CloseDiscrepancy,
    RaiseDiscrepancies,
)
from services.acceptance.domain.discussion.commands import ConcludeDiscussion, RecordDiscussion
from services.acceptance.domain.dispatch import act_on, lapse
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.errors import ContractNotArrived
from services.acceptance.domain.escalation.consequences import escalate_again, withdraw_escalation
from services.acceptance.domain.periods.decide import is_stale, move_to_calendar
from services.acceptance.domain.settlement.decide import set_due_date
from services.acceptance.domain.state import Contract, State
from shared.commands.command import Command
from shared.commands.decision import Decision, FinalAnswer, Outcome
from shared.commands.service import Facts
from shared.deadlines.commands import DeadlineElapsed, RecomputeDeadline
from shared.deadlines.model import DeadlineHeld
from shared.kernel.actors import may_see
from shared.kernel.errors import Forbidden, NotFound, Refused
from shared.kernel.instants import Instant


def decide(state: State, command: Command[Any], facts: Facts) -> Decision:
    """Decide a command of a contract's scope; raises the refusals of `domain/errors.py`."""
    if not isinstance(state, Contract):
        raise ContractNotArrived()
    context = command.context
    _check_visible(state, command)
    draft = DecisionDraft(state, tenant=context.tenant, root=context.command_id, facts=facts)
    body: CommandBody = command.body
    match body:
        case ItemAct(item=item, body=act_body):
            act = Act(
                item=item,
                body=act_body,
                actor=context.actor,
                key=context.key,
                received_at=context.received_at,
                side=side_of(state, context.actor),
            )
            return draft.decision(decide_or_wait(draft, act))
        case DeadlineElapsed():
            elapse(draft, body, context.received_at)
        case RecomputeDeadline(deadline_id=deadline_id):
            recompute_deadline(draft, deadline_id, context.received_at)
        case _:
            assert_never(body)
    return draft.decision()


def _check_visible(state: Contract, command: Command[Any]) -> None:
    """Whom the contract is no business of is told what he is told of one that is not here (R-424)."""
    if isinstance(command.body, ItemAct) and not may_see(command.context.actor, state.terms.organisations):
        raise ContractNotArrived()


def elapse(draft: DecisionDraft, body: DeadlineElapsed, now: Instant) -> None:
    """The ticker found a deadline due (R-401). Nothing happens when it is not open any more under that instant.

    A deadline with legal effect is held, which asks contracts for "settled through"; a flag of lateness goes up.
    """
    running = draft.state.running.get(body.deadline_id)
    if running is None or running.due_at != body.due_at or now < running.due_at:
        return
    if is_stale(draft, running):
        move_to_calendar(draft, running, now)
        release(draft, now)
    elif running.deadline.derivation.provisional:
        return
    elif running.deadline.legal_effect:
        if not running.held:
            draft.record(DeadlineHeld(deadline=running.deadline), running.due_at)
        release(draft, now)
    else:
        lapse(draft, running.deadline)


def recompute_deadline(draft: DecisionDraft, deadline_id: str, now: Instant) -> None:
    """A newer calendar is known (R-403, R-404); acts that waited for a firm end can be decided then.

    A provisional due date of payment has a row under the id of its invoice request (R-446).
    """
    running = draft.state.running.get(deadline_id)
    if running is None:
        set_due_date(draft, deadline_id, now)
    if running is not None and is_stale(draft, running):
        move_to_calendar(draft, running, now)
        release(draft, now)


# Acts that could have kept a matter from being escalated, had they been decided when they were received.
CURING = (
    AnswerDiscrepancies,
    AgreeTreatment,
    CloseDiscrepancy,
    ConcludeDiscussion,
    RaiseDiscrepancies,
    RecordDiscussion,
)


def decide_or_wait(draft: DecisionDraft, act: Act) -> Outcome:
    """Decide an act that has just come, or keep it until it can be decided."""
    check_side(act.body, act.side, draft.item(act.item) if act.item else None)
    why = why_wait(draft, act, draft.state.waiting)
    if why is not None:
        return wait(draft, act, why)
    outcome = _decide(draft, act)
    # It may have stopped the period that younger acts wait for.
    release(draft, act.received_at)
    return outcome


def release(draft: DecisionDraft, now: Instant) -> None:
    """Fire and decide whatever no longer waits, the oldest first. Every step ends a wait, so it comes to an end."""
    for _ in range(len(draft.state.waiting) + len(draft.state.running)):
        deadline = first_to_fire(draft)
        waiting = first_to_decide(draft)
        if deadline is not None and (waiting is None or deadline.due_at <= waiting.received_at):
            if is_stale(draft, deadline):
                move_to_calendar(draft, deadline, now)
            else:
                lapse(draft, deadline.deadline)
        elif waiting is not None:
            _decide_waiting(draft, waiting)
        else:
            return


def _decide(draft: DecisionDraft, act: Act) -> Outcome:
    roles = roles_for(draft, act)
    role = role_held(draft.state, act.actor, act.side, roles or ANY_ROLE, act.received_at)
    act = replace(act, role=role or "")
    if roles and role is None:
        outcome = without_effect(draft, act, "WRONG_PERSON", "R-426", wrong_person(roles, act.side))
    else:
        outcome = _act_or_feedback(draft, act)
    if outcome.kind != "unchanged":
        count_as_feedback(draft, act)
    return outcome


def _act_or_feedback(draft: DecisionDraft, act: Act) -> Outcome:
    """What is refused as an act is recorded all the same where the customer breaks his silence with it (R-186)."""
    before = draft.mark()
    try:
        return _act_in_time(draft, act)
    except Refused as refusal:
        draft.back_to(before)
        if not breaks_silence(draft, act):
            raise
        return without_effect(draft, act, refusal.code, refusal.rule, refused_but_said(refusal))


def _act_in_time(draft: DecisionDraft, act: Act) -> Outcome:
    """Escalations do not wait; for an act that had been received before, they are taken back (R-401)."""
    before = draft.mark()
    withdrawn = None
    if act.item and isinstance(act.body, CURING):
        withdrawn = withdraw_escalation(draft, act.item, act.received_at)
    outcome = act_on(draft, act)
    if withdrawn is not None:
        escalate_again(draft, act.item, withdrawn)
        if outcome.kind == "unchanged":
            draft.back_to(before)
    return outcome


def _decide_waiting(draft: DecisionDraft, waiting: Waiting) -> None:
    """Decide an act again, in the state that has resulted; the answer stands under its own key."""
    before = draft.mark()
    try:
        outcome = _decide(draft, act_of(draft, waiting))
    except (Refused, Forbidden, NotFound) as refusal:
        draft.back_to(before)
        outcome = Outcome(
            kind="refused",
            code=refusal.code,
            rule=refusal.rule,
            field=refusal.field,
            detail=refusal.detail,
            data=refusal.data,
        )
    draft.record(
        ActDecided(
            contract=draft.contract,
            item=waiting.item,
            conditional=waiting.event_id,
            outcome=outcome.kind,
            code=outcome.code,
            rule=outcome.rule,
        ),
        waiting.received_at,
    )
    draft.answer(
        FinalAnswer(
            issuer=waiting.actor.issuer,
            subject=waiting.actor.subject,
            key=waiting.key,
            outcome=outcome,
        )
    )
