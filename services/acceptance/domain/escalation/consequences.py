"""Lateness told to those who can act: the OVERDUE flag, its escalation (R-155), and the state ESCALATED (R-176)."""

from __future__ import annotations

from services.acceptance.domain.authority import DIRECTORS
from services.acceptance.domain.discussion.state import InDiscussion
from services.acceptance.domain.draft import LEDGER, DecisionDraft
from services.acceptance.domain.escalation.events import EscalationWithdrawn, ItemEscalated, OverdueFlagged
from services.acceptance.domain.escalation.state import Escalated
from services.acceptance.domain.escalation.timers import ESCALATION, ESCALATION_STEPS
from services.acceptance.domain.periods import consequences as periods
from shared.deadlines.model import Deadline
from shared.kernel.actors import Actor
from shared.kernel.instants import Instant


def flag_overdue(draft: DecisionDraft, deadline: Deadline) -> None:
    """Put the flag up: the period is over and its side still has to act; never an acceptance (R-145)."""
    due_at = deadline.derivation.due_at
    draft.record(
        OverdueFlagged(
            contract=draft.contract,
            item=deadline.item,
            deadline=deadline.deadline_id,
            kind=deadline.kind,
            side=deadline.side,
            due_at=due_at,
        ),
        due_at,
    )


def begin_escalation(draft: DecisionDraft, deadline: Deadline) -> None:
    """The periods after which an overdue review is escalated, counted from its end (R-155)."""
    for period, _ in ESCALATION_STEPS:
        periods.begin(
            draft,
            item=deadline.item,
            kind=ESCALATION,
            timer=deadline.timer,
            rule="R-155",
            side=deadline.side,
            period=period,
            trigger=deadline.derivation.due_at,
            trigger_event=deadline.trigger_event,
            at=deadline.derivation.due_at,
            subject=period,
        )


def escalate(
    draft: DecisionDraft,
    item: str,
    *,
    reason: str,
    at: Instant,
    missed: Deadline | None = None,
    actor: Actor = LEDGER,
    text: str = "",
) -> str:
    """Bring the item into the state ESCALATED (R-176); returns the id of the event."""
    return draft.record(
        ItemEscalated(
            contract=draft.contract,
            item=item,
            to_roles=DIRECTORS,
            reason=reason,
            deadline=missed.deadline_id if missed else "",
            due_at=missed.derivation.due_at if missed else None,
            text=text,
        ),
        at,
        actor,
    )


def withdraw_escalation(draft: DecisionDraft, item: str, received_at: Instant) -> Escalated | None:
    """Take back an escalation for a missed period when an act comes up that had been received in time (R-401).

    Flags and escalations do not wait for what is still to be decided. Returns what was taken back.
    """
    phase = draft.state.items[item].phase
    if not isinstance(phase, Escalated) or phase.due_at is None or received_at >= phase.due_at:
        return None
    draft.record(
        EscalationWithdrawn(contract=draft.contract, item=item, deadline=phase.deadline, reason="received_in_time"),
        received_at,
    )
    return phase


def escalate_again(draft: DecisionDraft, item: str, withdrawn: Escalated) -> None:
    """The act that came in time did not settle the matter: the escalation stands."""
    phase, before = draft.state.items[item].phase, withdrawn.before
    if type(phase) is not type(before) or withdrawn.due_at is None:
        return
    if isinstance(phase, InDiscussion) and isinstance(before, InDiscussion) and phase.held and not before.held:
        return
    draft.record(
        ItemEscalated(
            contract=draft.contract,
            item=item,
            to_roles=DIRECTORS,
            reason=withdrawn.reason,
            deadline=withdrawn.deadline,
            due_at=withdrawn.due_at,
        ),
        withdrawn.due_at,
    )
