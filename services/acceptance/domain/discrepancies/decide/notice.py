"""The written notice of discrepancies, first and further (R-142, R-170, R-171); later rounds run like the first.

A profile without the full flow (`ItemTerm.discrepancies` false) knows the notice and the resubmission only.
"""

from __future__ import annotations

from msgspec.structs import replace

from services.acceptance.domain.act import DONE, UNCHANGED_OUTCOME, Act
from services.acceptance.domain.communications.consequences import after_deemed, without_effect
from services.acceptance.domain.discrepancies.commands import Aspect, RaiseDiscrepancies
from services.acceptance.domain.discrepancies.errors import SOME_VAGUE, VAGUE, aspects_until
from services.acceptance.domain.discrepancies.events import DiscrepanciesRaised
from services.acceptance.domain.discrepancies.naming import unknown_discrepancy
from services.acceptance.domain.discrepancies.state import DiscrepancyOpen
from services.acceptance.domain.discrepancies.timers import RESPONSE, RESPONSE_OF_FULL_FLOW, RESPONSE_TO_COMMENTS
from services.acceptance.domain.discussion.errors import NeedsAgreementOfBoth
from services.acceptance.domain.discussion.events import DiscussionOpened
from services.acceptance.domain.discussion.state import InDiscussion
from services.acceptance.domain.discussion.timers import DISCUSSION
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.errors import AlreadyTerminal
from services.acceptance.domain.escalation.consequences import escalate
from services.acceptance.domain.escalation.state import Escalated
from services.acceptance.domain.periods import consequences as periods
from services.acceptance.domain.periods.state import Running
from services.acceptance.domain.review.consequences import days_left, suspend_dependents
from services.acceptance.domain.review.errors import NotUnderReview
from services.acceptance.domain.review.events import DaysLeft
from services.acceptance.domain.review.state import Accepted, UnderReview
from services.acceptance.domain.review.timers import REVIEWING, REVIEWS
from services.acceptance.domain.state import Item
from shared.commands.decision import Outcome
from shared.kernel.instants import beijing_date
from shared.public_events.submissions import Discrepancy

# The third written objection has no rule of its own: the directors decide.
DISCUSSION_ROUND = 2


def raise_discrepancies(draft: DecisionDraft, act: Act, body: RaiseDiscrepancies) -> Outcome:
    """A written notice: it names what does not fit, or it does not count (R-142, R-170, R-171, R-179)."""
    item = draft.item(act.item)
    phase = item.phase
    if isinstance(phase, Accepted) and phase.basis == "silence":
        return after_deemed(draft, act, phase)
    if item.is_terminal:
        raise AlreadyTerminal()
    precise = tuple(aspect for aspect in body.aspects if aspect.requirement.strip() and aspect.finding.strip())
    if not precise:
        return without_effect(draft, act, "VAGUE", "R-179", VAGUE)
    if isinstance(phase, UnderReview):
        outcome = _object(draft, act, body, item, phase, precise)
    elif isinstance(phase, DiscrepancyOpen):
        outcome = _add(draft, act, body, item, phase, precise)
    else:
        raise NeedsAgreementOfBoth() if isinstance(phase, InDiscussion | Escalated) else NotUnderReview()
    if outcome.kind == "done" and len(precise) < len(body.aspects):
        without_effect(draft, act, "VAGUE", "R-179", SOME_VAGUE)
    return outcome


def _object(
    draft: DecisionDraft,
    act: Act,
    body: RaiseDiscrepancies,
    item: Item,
    review: UnderReview,
    aspects: tuple[Aspect, ...],
) -> Outcome:
    """The first objection opens the discrepancies, a later one in the full flow the discussion (R-142, R-146)."""
    found = _named(item, review.round, aspects)
    if review.round < DISCUSSION_ROUND or not item.term.discrepancies:
        running = _running_review(draft, act)
        event = _raised(
            draft,
            act,
            body,
            review.round,
            found,
            running.due_at if running else None,
            days_left(running.deadline.derivation, beijing_date(act.received_at)) if running else None,
        )
    else:
        event = draft.record(
            DiscussionOpened(
                contract=draft.contract,
                item=act.item,
                round=review.round,
                discrepancies=found,
                channel=body.channel,
                received_at=act.received_at,
                text=body.text,
            ),
            act.received_at,
            act.by,
        )
    periods.end(
        draft,
        act.item,
        REVIEWING,
        reason="discrepancies_raised",
        met_by=event,
        at=act.received_at,
    )
    suspend_dependents(draft, act.item, event, act.received_at)
    _begin_answering(draft, act, item, review.round, event)
    return DONE


def _begin_answering(draft: DecisionDraft, act: Act, item: Item, round_number: int, event: str) -> None:
    """The period that the notice starts: to answer (T-12; T-10 outside the full flow), to discuss (T-14), or none."""
    term = item.term
    if not term.discrepancies or round_number < DISCUSSION_ROUND:
        kind, period = RESPONSE, term.response_period
        timer, rule = RESPONSE_OF_FULL_FLOW if term.discrepancies else RESPONSE_TO_COMMENTS
    elif round_number == DISCUSSION_ROUND:
        kind, timer, rule, period = DISCUSSION, "T-14", "R-175", term.discussion_period
    else:
        escalate(draft, act.item, reason="third_round", at=act.received_at)
        return
    if period is not None:
        periods.begin(
            draft,
            item=act.item,
            kind=kind,
            timer=timer,
            rule=rule,
            side="provider",
            period=period,
            trigger=act.received_at,
            trigger_event=event,
            at=act.received_at,
        )


def _add(
    draft: DecisionDraft,
    act: Act,
    body: RaiseDiscrepancies,
    item: Item,
    phase: DiscrepancyOpen,
    aspects: tuple[Aspect, ...],
) -> Outcome:
    """A further notice inside the review period adds aspects; a provider's period that runs does not start anew."""
    if phase.notice_until is not None and act.received_at >= phase.notice_until:
        return without_effect(draft, act, "TOO_LATE", "R-171", aspects_until(phase.notice_until))
    known = {(found.requirement, found.finding) for found in item.discrepancies.values()}
    fresh = tuple(aspect for aspect in aspects if (aspect.requirement, aspect.finding) not in known)
    if not fresh:
        return UNCHANGED_OUTCOME
    event = _raised(draft, act, body, phase.round, _named(item, phase.round, fresh), phase.notice_until)
    if not item.term.discrepancies and not _is_answering(draft, act.item):
        _begin_answering(draft, act, item, phase.round, event)
    return DONE


def _is_answering(draft: DecisionDraft, item: str) -> bool:
    return any(running.deadline.kind == RESPONSE for running in periods.open_periods(draft, item))


def _raised(
    draft: DecisionDraft,
    act: Act,
    body: RaiseDiscrepancies,
    round_number: int,
    found: tuple[Discrepancy, ...],
    notice_until: str | None,
    review_left: DaysLeft | None = None,
) -> str:
    return draft.record(
        DiscrepanciesRaised(
            contract=draft.contract,
            item=act.item,
            round=round_number,
            discrepancies=found,
            channel=body.channel,
            received_at=act.received_at,
            notice_until=notice_until,
            text=body.text,
            review_left=review_left,
        ),
        act.received_at,
        act.by,
    )


def _running_review(draft: DecisionDraft, act: Act) -> Running | None:
    """The review period that the notice stops; None when none runs, or it is over and only flagged."""
    return next((known for known in periods.open_periods(draft, act.item) if known.deadline.kind in REVIEWS), None)


def _named(item: Item, round_number: int, aspects: tuple[Aspect, ...]) -> tuple[Discrepancy, ...]:
    """The aspects as discrepancies of the item: found again, or new with the next number (R-170, R-178)."""
    named: list[Discrepancy] = []
    count = len(item.discrepancies)
    for index, aspect in enumerate(aspects):
        if aspect.discrepancy:
            named.append(_found_again(item, aspect, f"/aspects/{index}/discrepancy"))
            continue
        count += 1
        named.append(
            Discrepancy(
                discrepancy_id=f"d{count}",
                requirement=aspect.requirement,
                finding=aspect.finding,
                raised_in_round=round_number,
                new_in_re_review=round_number > 1,
            )
        )
    return tuple(named)


def _found_again(item: Item, aspect: Aspect, place: str) -> Discrepancy:
    known = item.discrepancies.get(aspect.discrepancy)
    if known is None:
        raise unknown_discrepancy(item, aspect.discrepancy, place)
    return replace(known, finding=aspect.finding, state="open", treatment="", correct_by=None, done="")
