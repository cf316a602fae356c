"""Running periods move by an agreed extension (R-114)."""

from __future__ import annotations

from msgspec.structs import replace

from services.acceptance.domain.conditional.events import ListedForReview
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.escalation.consequences import withdraw_escalation
from services.acceptance.domain.escalation.events import OverdueWithdrawn
from services.acceptance.domain.escalation.state import Escalated
from services.acceptance.domain.escalation.timers import ESCALATION
from services.acceptance.domain.extension.errors import ENDED_BEFORE_EXTENSION, over_before_extension
from services.acceptance.domain.periods import consequences as periods
from services.acceptance.domain.periods.state import Running
from services.acceptance.domain.review.timers import REVIEWS
from shared.deadlines.model import Deadline, DeadlineMoved
from shared.kernel.instants import Instant
from shared.periods import Derivation
from shared.periods import extend as extended
from shared.public_events.contracts import ContractExtended

# The steps by which an overdue review is escalated end with its flag.
ESCALATIONS = frozenset({ESCALATION})


def extend(draft: DecisionDraft, extension: ContractExtended, agreed_at: Instant, cited: str) -> None:
    """Move the running periods of the items by the agreed days (R-114).

    The instant of the agreement decides (R-401): a silence that was over by then stays over and people look at it; a
    flag or an escalation that went up before the agreement was known here is taken back. Lateness without such an
    effect ends with an agreement that reaches beyond it.
    """
    for name in extension.items:
        open_before = periods.open_periods(draft, name)
        if draft.item(name).is_terminal:
            _list(draft, name, agreed_at, cited, ENDED_BEFORE_EXTENSION)
        _take_back_lateness(draft, name, extension.days, agreed_at, cited)
        for running in open_before:
            if running.deadline.kind == ESCALATION:
                continue
            if agreed_at < running.due_at:
                _move(draft, running, extension.days, agreed_at)
            else:
                _list(draft, name, agreed_at, cited, over_before_extension(running.due_at))


def _move(draft: DecisionDraft, running: Running, days: int, agreed_at: Instant) -> None:
    """The nominal end is recounted, then come the days, then the roll (R-114)."""
    moved = replace(running.deadline, derivation=extended(running.deadline.derivation, days, draft.calendar))
    draft.record(DeadlineMoved(deadline=moved, old_due_at=running.due_at, reason="extended"), agreed_at)


def _take_back_lateness(draft: DecisionDraft, name: str, days: int, agreed_at: Instant, cited: str) -> None:
    """A missed period runs again, with the days added, if it had not ended when the extension was agreed.

    If it had, both sides have agreed all the same: it runs again where the days reach beyond their agreement, and
    people look at it where they do not.
    """
    escalation = withdraw_escalation(draft, name, agreed_at)
    missed = {flag.deadline for flag in draft.item(name).overdue}
    if escalation is not None:
        missed.add(escalation.deadline)
    escalated = isinstance(draft.item(name).phase, Escalated)
    again: list[tuple[Deadline, Derivation]] = []
    for deadline_id in sorted(missed):
        lapsed = draft.state.lapsed[deadline_id]
        longer = extended(lapsed.derivation, days, draft.calendar)
        ended_at = lapsed.derivation.due_at
        if agreed_at < ended_at or (agreed_at < longer.due_at and not escalated):
            again.append((lapsed, longer))
        else:
            reason = over_before_extension(ended_at if escalated else longer.due_at)
            _list(draft, name, agreed_at, cited, reason, rule="R-114")
    flagged = {flag.deadline for flag in draft.item(name).overdue}
    for lapsed, _ in again:
        if lapsed.deadline_id in flagged:
            draft.record(
                OverdueWithdrawn(contract=draft.contract, item=name, deadline=lapsed.deadline_id, reason="extended"),
                agreed_at,
            )
    if any(lapsed.kind in REVIEWS for lapsed, _ in again):
        periods.end(draft, name, ESCALATIONS, reason="extended", met_by=cited, at=agreed_at)
    for lapsed, longer in again:
        periods.begin_again(draft, lapsed, longer, agreed_at)


def _list(draft: DecisionDraft, name: str, at: Instant, cited: str, reason: str, rule: str = "R-401") -> None:
    draft.record(ListedForReview(contract=draft.contract, item=name, cited_event=cited, rule=rule, reason=reason), at)
