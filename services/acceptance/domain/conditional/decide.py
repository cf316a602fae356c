"""Acts that have to wait, and which of what waits comes next (R-401, R-403, R-427).

An act waits when a period with legal effect on its item is over but not yet decided, when an older act on the item
waits, or when the person's role is not known here and an appointment may still be on its way.
"""

from __future__ import annotations

import msgspec

from services.acceptance.domain.act import Act, body_of
from services.acceptance.domain.authority import fitting_roles, role_held, side_of
from services.acceptance.domain.conditional.errors import WAITS, revoked
from services.acceptance.domain.conditional.events import ActConditional, ListedForReview
from services.acceptance.domain.conditional.state import Waiting
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.periods import consequences as periods
from services.acceptance.domain.periods.state import Running
from shared.commands.decision import Outcome
from shared.kernel.actors import Actor
from shared.kernel.instants import Instant
from shared.messages import canonical
from shared.public_events.terms import RoleHolder


def first_to_fire(draft: DecisionDraft) -> Running | None:
    """The held deadline that fires next: nothing that was received before its end is still to be decided."""
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


def first_to_decide(draft: DecisionDraft) -> Waiting | None:
    """The oldest act that need not wait any more."""
    ordered = sorted(draft.state.waiting, key=lambda waiting: waiting.received_at)
    return next(
        (
            waiting
            for index, waiting in enumerate(ordered)
            if why_wait(draft, act_of(draft, waiting), ordered[:index]) is None
        ),
        None,
    )


def why_wait(draft: DecisionDraft, act: Act, others: tuple[Waiting, ...] | list[Waiting]) -> str | None:
    """The word for why the act cannot be decided now, or None. `others` are the acts that wait beside it."""
    silence = periods.open_silence(draft, act.item)
    if silence is not None and silence.due_at <= act.received_at:
        return "provisional" if silence.deadline.derivation.provisional else "deadline_open"
    if any(other.item == act.item and other.received_at <= act.received_at for other in others):
        return "earlier_act"
    if draft.state.settled_through < act.received_at and not _has_role(draft, act):
        return "role_unknown"
    return None


def _has_role(draft: DecisionDraft, act: Act) -> bool:
    roles = roles_for(draft, act)
    return not roles or role_held(draft.state, act.actor, act.side, roles, act.received_at) is not None


def roles_for(draft: DecisionDraft, act: Act) -> tuple[str, ...]:
    """The roles in which the act counts; none where the organisation is enough."""
    item = draft.item(act.item) if act.item else None
    return fitting_roles(act.body, act.side, item, act.received_at)


def wait(draft: DecisionDraft, act: Act, why: str) -> Outcome:
    """Keep the act, whole, so that it can be decided again."""
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
    rule, detail = WAITS[why]
    return Outcome(kind="conditional", code=why.upper(), rule=rule, detail=detail, data={"event_id": recorded})


def act_of(draft: DecisionDraft, waiting: Waiting) -> Act:
    """The act that waits, as it came."""
    return Act(
        item=waiting.item,
        body=body_of(waiting),
        actor=waiting.actor,
        key=waiting.key,
        received_at=waiting.received_at,
        side=side_of(draft.state, waiting.actor),
    )


def list_acts_of(draft: DecisionDraft, revoked_role: RoleHolder, now: Instant) -> None:
    """Acts decided on a role that had been revoked when they were received are listed, not undone (R-427)."""
    for act in draft.state.acted:
        if (act.issuer, act.subject, act.side, act.role) != (
            revoked_role.issuer,
            revoked_role.subject,
            revoked_role.side,
            revoked_role.role,
        ):
            continue
        person = Actor(issuer=act.issuer, subject=act.subject, organisation="")
        if role_held(draft.state, person, act.side, (act.role,), act.received_at) is None:
            draft.record(
                ListedForReview(
                    contract=draft.contract,
                    item=act.item,
                    cited_event=act.event_id,
                    rule="R-427",
                    reason=revoked(act.role),
                ),
                now,
            )
