"""A step of the escalation of an overdue review has come (R-155)."""

from __future__ import annotations

from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.escalation.events import OverdueEscalated
from services.acceptance.domain.escalation.timers import ESCALATION_STEPS
from services.acceptance.domain.periods import consequences as periods
from shared.deadlines.model import Deadline


def step_over(draft: DecisionDraft, deadline: Deadline) -> None:
    """Tell the roles of the step that the review is still overdue."""
    periods.lapsed(draft, deadline, "escalated")
    roles = next(roles for period, roles in ESCALATION_STEPS if period == deadline.subject)
    draft.record(
        OverdueEscalated(contract=draft.contract, item=deadline.item, to_roles=roles, reason="review_overdue"),
        deadline.derivation.due_at,
    )
