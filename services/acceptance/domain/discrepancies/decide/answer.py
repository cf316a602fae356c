"""The provider's answer to discrepancies, and the customer's agreement to it (R-156, R-172, R-173)."""

from __future__ import annotations

from msgspec.structs import replace

from services.acceptance.domain.act import DONE, UNCHANGED_OUTCOME, Act
from services.acceptance.domain.communications.consequences import without_effect
from services.acceptance.domain.discrepancies.commands import AgreeTreatment, AnswerDiscrepancies
from services.acceptance.domain.discrepancies.consequences import begin_corrections, check_treatments
from services.acceptance.domain.discrepancies.errors import (
    ANSWERED_AFTER_ESCALATION,
    NoDiscrepancyOpen,
    NotAnswered,
)
from services.acceptance.domain.discrepancies.events import DiscrepanciesAnswered, TreatmentAgreed
from services.acceptance.domain.discrepancies.naming import unknown_discrepancy
from services.acceptance.domain.discrepancies.state import LIVE, DiscrepancyOpen
from services.acceptance.domain.discrepancies.timers import RESPONSE
from services.acceptance.domain.discussion.errors import NeedsAgreementOfBoth
from services.acceptance.domain.discussion.state import InDiscussion
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.errors import AlreadyTerminal
from services.acceptance.domain.escalation.consequences import escalate, flag_overdue
from services.acceptance.domain.escalation.state import Escalated
from services.acceptance.domain.periods import consequences as periods
from services.acceptance.domain.state import Item
from shared.commands.decision import Outcome
from shared.deadlines.model import Deadline

UNTREATED = frozenset({"open", "answered"})


def answer(draft: DecisionDraft, act: Act, body: AnswerDiscrepancies) -> Outcome:
    """Treatment and time per discrepancy (R-172); an answer may be changed until the customer has agreed to it."""
    if isinstance(draft.item(act.item).phase, Escalated):
        return without_effect(draft, act, "TOO_LATE", "R-176", ANSWERED_AFTER_ESCALATION)
    item = _waiting_for_plan(draft, act)
    check_treatments(item, body.treatments, act.received_at)
    answered = tuple(
        replace(
            item.discrepancies[treatment.discrepancy],
            treatment=treatment.treatment,
            correct_by=treatment.correct_by,
            state="answered",
        )
        for treatment in body.treatments
    )
    if all(item.discrepancies[found.discrepancy_id] == found for found in answered):
        return UNCHANGED_OUTCOME
    named = {found.discrepancy_id for found in answered}
    complete = not any(found.state == "open" and found.discrepancy_id not in named for found in item.live)
    event = draft.record(
        DiscrepanciesAnswered(
            contract=draft.contract,
            item=act.item,
            discrepancies=answered,
            complete=complete,
            received_at=act.received_at,
        ),
        act.received_at,
        act.by,
    )
    if complete and not item.term.discrepancies:
        # Outside the full flow the answer itself is what the period waits for, like a corrected version.
        kinds = frozenset({RESPONSE})
        periods.end(draft, act.item, kinds, reason="comments_answered", met_by=event, at=act.received_at)
    return DONE


def agree(draft: DecisionDraft, act: Act, body: AgreeTreatment) -> Outcome:
    """The customer agrees to treatments; with the last one the plan is agreed (R-156)."""
    item = _waiting_for_plan(draft, act)
    for index, name in enumerate(body.discrepancies):
        found = item.discrepancies.get(name)
        if found is None or found.state not in LIVE:
            raise unknown_discrepancy(item, name, f"/discrepancies/{index}")
        if found.state == "open":
            raise NotAnswered(name, field=f"/discrepancies/{index}")
    fresh = tuple(name for name in body.discrepancies if item.discrepancies[name].state == "answered")
    if not fresh:
        return UNCHANGED_OUTCOME
    agree_to(draft, act, item, fresh)
    return DONE


def agree_to(draft: DecisionDraft, act: Act, item: Item, names: tuple[str, ...]) -> None:
    """Record the agreement to treatments, none when the last open discrepancy has been withdrawn."""
    left = [found for found in item.live if found.state in UNTREATED and found.discrepancy_id not in names]
    agreed = draft.record(
        TreatmentAgreed(
            contract=draft.contract,
            item=act.item,
            discrepancies=names,
            complete=not left,
            milestones_affected=_milestones_affected(draft, item, names),
        ),
        act.received_at,
        act.by,
    )
    if not left:
        periods.end(
            draft,
            act.item,
            frozenset({RESPONSE}),
            reason="plan_agreed",
            met_by=agreed,
            at=act.received_at,
        )
        begin_corrections(draft, act.item, agreed, act.received_at)


def _milestones_affected(draft: DecisionDraft, item: Item, names: tuple[str, ...]) -> tuple[str, ...]:
    """Milestones of the item whose planned date lies before a correction date: they need change control (R-173)."""
    dates = [item.discrepancies[name].correct_by for name in names]
    latest = max((day for day in dates if day is not None), default=None)
    deliverables = set(item.term.deliverables)
    return tuple(
        milestone.milestone_id
        for milestone in draft.state.terms.milestones
        if (item.term.item_id in milestone.items or deliverables & set(milestone.deliverables))
        and latest is not None
        and milestone.planned_on is not None
        and milestone.planned_on < latest
    )


def _waiting_for_plan(draft: DecisionDraft, act: Act) -> Item:
    item = draft.item(act.item)
    if item.is_terminal:
        raise AlreadyTerminal()
    if isinstance(item.phase, InDiscussion | Escalated):
        raise NeedsAgreementOfBoth()
    if not isinstance(item.phase, DiscrepancyOpen):
        raise NoDiscrepancyOpen()
    return item


def response_over(draft: DecisionDraft, deadline: Deadline) -> None:
    """Without an answer the provider is overdue; with one, but without an agreement, nobody is (R-172, R-176)."""
    item = draft.item(deadline.item)
    unanswered = any(found.state == "open" for found in item.unresolved)
    escalated = item.term.discrepancies
    periods.lapsed(draft, deadline, "escalated" if escalated else "overdue")
    if unanswered:
        flag_overdue(draft, deadline)
    if escalated:
        reason = "response_overdue" if unanswered else "no_agreement"
        escalate(draft, deadline.item, reason=reason, at=deadline.derivation.due_at, missed=deadline)
