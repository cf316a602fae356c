"""Acts that have to wait, and the release of what waits, in the order of time (R-401, R-403, R-427).

An act waits when a period with legal effect on its item is over but not yet decided, when an older act on the item
waits, or when the person's role is not known here and an appointment may still be on its way. A held deadline fires
when contracts has decided everything received before its due instant and no older act on its item waits.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from services.acceptance.domain import reasons, timers
from services.acceptance.domain.acts import Act, body_of, without_effect
from services.acceptance.domain.authority import ANY_ROLE, check_side, fitting_roles, role_held, side_of
from services.acceptance.domain.commands import (
    AgreeTreatment,
    AnswerDiscrepancies,
    CloseDiscrepancy,
    ConcludeDiscussion,
    RaiseDiscrepancies,
    RecordDiscussion,
)
from services.acceptance.domain.deciders.acting import act_on
from services.acceptance.domain.deciders.communicating import breaks_silence, count_as_feedback
from services.acceptance.domain.deciders.escalating import escalate_again, withdraw_escalation
from services.acceptance.domain.deciders.lapsing import lapse
from services.acceptance.domain.deciders.moving import is_stale, move_to_calendar
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.events import ActConditional, ActDecided
from services.acceptance.domain.state import Running, Waiting
from shared.commands.decision import FinalAnswer, Outcome
from shared.kernel.errors import Forbidden, NotFound, Refused
from shared.kernel.instants import Instant
from shared.messages import canonical

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
    why = _why_wait(draft, act, draft.state.waiting)
    if why is not None:
        return _wait(draft, act, why)
    outcome = _decide(draft, act)
    # It may have stopped the period that younger acts wait for.
    release(draft, act.received_at)
    return outcome


def release(draft: DecisionDraft, now: Instant) -> None:
    """Fire and decide whatever no longer waits, the oldest first. Every step ends a wait, so it comes to an end."""
    for _ in range(len(draft.state.waiting) + len(draft.state.running)):
        deadline = _first_to_fire(draft)
        waiting = _first_to_decide(draft)
        if deadline is not None and (waiting is None or deadline.due_at <= waiting.received_at):
            if is_stale(draft, deadline):
                move_to_calendar(draft, deadline, now)
            else:
                lapse(draft, deadline.deadline)
        elif waiting is not None:
            _decide_waiting(draft, waiting)
        else:
            return


def _first_to_fire(draft: DecisionDraft) -> Running | None:
    ready = (
        running
        for running in draft.state.running.values()
        if running.held
        and running.due_at <= draft.state.settled_through
        and not any(
            act.item == running.deadline.item and act.received_at < running.due_at for act in draft.state.waiting
        )
    )
    return min(ready, key=lambda running: running.due_at, default=None)


def _first_to_decide(draft: DecisionDraft) -> Waiting | None:
    ordered = sorted(draft.state.waiting, key=lambda waiting: waiting.received_at)
    return next(
        (
            waiting
            for index, waiting in enumerate(ordered)
            if _why_wait(draft, _act_of(draft, waiting), ordered[:index]) is None
        ),
        None,
    )


def _why_wait(draft: DecisionDraft, act: Act, others: tuple[Waiting, ...] | list[Waiting]) -> str | None:
    """The word for why the act cannot be decided now, or None. `others` are the acts that wait beside it."""
    silence = timers.open_silence(draft, act.item)
    if silence is not None and silence.due_at <= act.received_at:
        return "provisional" if silence.deadline.derivation.provisional else "deadline_open"
    if any(other.item == act.item and other.received_at <= act.received_at for other in others):
        return "earlier_act"
    if draft.state.settled_through < act.received_at and not _has_role(draft, act):
        return "role_unknown"
    return None


def _has_role(draft: DecisionDraft, act: Act) -> bool:
    roles = _roles(draft, act)
    return not roles or role_held(draft.state, act.actor, act.side, roles, act.received_at) is not None


def _roles(draft: DecisionDraft, act: Act) -> tuple[str, ...]:
    item = draft.item(act.item) if act.item else None
    return fitting_roles(act.body, act.side, item, act.received_at)


def _wait(draft: DecisionDraft, act: Act, why: str) -> Outcome:
    recorded = draft.record(
        ActConditional(
            contract=draft.contract,
            item=act.item,
            act=act.name,
            body=msgspec.Raw(canonical.encode(act.body)),
            actor=act.actor,
            key=act.key,
            why=why,
            received_at=act.received_at,
        ),
        act.received_at,
        act.by,
    )
    rule, detail = reasons.WAITS[why]
    return Outcome(kind="conditional", code=why.upper(), rule=rule, detail=detail, data={"event_id": recorded})


def _decide(draft: DecisionDraft, act: Act) -> Outcome:
    roles = _roles(draft, act)
    role = role_held(draft.state, act.actor, act.side, roles or ANY_ROLE, act.received_at)
    act = replace(act, role=role or "")
    if roles and role is None:
        outcome = without_effect(draft, act, "WRONG_PERSON", "R-426", reasons.wrong_person(roles, act.side))
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
        return without_effect(draft, act, refusal.code, refusal.rule, reasons.refused_but_said(refusal))


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
        outcome = _decide(draft, _act_of(draft, waiting))
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


def _act_of(draft: DecisionDraft, waiting: Waiting) -> Act:
    return Act(
        item=waiting.item,
        body=body_of(waiting),
        actor=waiting.actor,
        key=waiting.key,
        received_at=waiting.received_at,
        side=side_of(draft.state, waiting.actor),
    )
