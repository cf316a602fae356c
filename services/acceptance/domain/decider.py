"""Stage 3b: commands become decisions. Pure: time, ids and the actor are in the command, calendars in the facts."""

from __future__ import annotations

from typing import Any, assert_never

from services.acceptance.domain.acts import Act
from services.acceptance.domain.authority import side_of
from services.acceptance.domain.commands import CommandBody, ItemAct
from services.acceptance.domain.deciders.conditional import decide_or_wait, release
from services.acceptance.domain.deciders.lapsing import lapse
from services.acceptance.domain.deciders.moving import is_stale, move_to_calendar
from services.acceptance.domain.deciders.settlement import set_due_date
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.errors import ContractNotArrived
from services.acceptance.domain.state import Contract, State
from shared.commands.command import Command
from shared.commands.decision import Decision
from shared.commands.service import Facts
from shared.deadlines.commands import DeadlineElapsed, RecomputeDeadline
from shared.deadlines.model import DeadlineHeld
from shared.kernel.actors import may_see
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
