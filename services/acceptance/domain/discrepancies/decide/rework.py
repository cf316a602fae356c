"""Rework, resubmission, and the end of single discrepancies (R-157, R-174)."""

from __future__ import annotations

from msgspec.structs import replace

from services.acceptance.domain.act import DONE, UNCHANGED_OUTCOME, Act
from services.acceptance.domain.discrepancies.commands import CloseDiscrepancy, Resubmit
from services.acceptance.domain.discrepancies.decide.answer import UNTREATED, agree_to
from services.acceptance.domain.discrepancies.errors import PlanNotAgreed, WorkNotListed
from services.acceptance.domain.discrepancies.events import DiscrepancyClosed, Resubmitted, ReworkStarted
from services.acceptance.domain.discrepancies.naming import unknown_discrepancy
from services.acceptance.domain.discrepancies.state import LIVE, DiscrepancyOpen, PlanAgreed, Rework
from services.acceptance.domain.discrepancies.timers import CORRECTION, RESPONSE
from services.acceptance.domain.discussion.errors import NeedsAgreementOfBoth
from services.acceptance.domain.discussion.state import InDiscussion
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.errors import AlreadyTerminal
from services.acceptance.domain.escalation.consequences import flag_overdue
from services.acceptance.domain.escalation.state import Escalated
from services.acceptance.domain.periods import consequences as periods
from services.acceptance.domain.review.consequences import is_as_if_never_raised, resume_review, start_review
from services.acceptance.domain.state import Item
from services.acceptance.domain.submission.terms import submission_of
from shared.commands.decision import Outcome
from shared.deadlines.model import Deadline


def start_rework(draft: DecisionDraft, act: Act) -> Outcome:
    """The provider begins the agreed rework (R-157)."""
    item = draft.item(act.item)
    if isinstance(item.phase, Rework):
        return UNCHANGED_OUTCOME
    if item.is_terminal:
        raise AlreadyTerminal()
    if not isinstance(item.phase, PlanAgreed):
        raise PlanNotAgreed()
    draft.record(ReworkStarted(contract=draft.contract, item=act.item), act.received_at, act.by)
    return DONE


def resubmit(draft: DecisionDraft, act: Act, body: Resubmit) -> Outcome:
    """New versions and what was done about each discrepancy; the re-review starts (R-157, R-174)."""
    item = draft.item(act.item)
    round_number = _round_to_rework(item)
    done = {work.discrepancy: work.done for work in body.done}
    missing = [found.discrepancy_id for found in item.unresolved if found.discrepancy_id not in done]
    if missing:
        raise WorkNotListed(", ".join(missing), field="/done")
    submissions = tuple(
        submission_of(item, draft.state.terms, version, f"/versions/{index}")
        for index, version in enumerate(body.versions)
    )
    if isinstance(item.phase, PlanAgreed):
        # The resubmission says that the rework has been started, if nobody has said so before.
        draft.record(ReworkStarted(contract=draft.contract, item=act.item), act.received_at, act.by)
    resubmitted = draft.record(
        Resubmitted(
            contract=draft.contract,
            item=act.item,
            round=round_number + 1,
            submissions=submissions,
            discrepancies=tuple(
                replace(found, done=done[found.discrepancy_id], state="done") for found in item.unresolved
            ),
            received_at=act.received_at,
        ),
        act.received_at,
        act.by,
    )
    periods.end(
        draft,
        act.item,
        frozenset({CORRECTION, RESPONSE}),
        reason="resubmitted",
        met_by=resubmitted,
        at=act.received_at,
    )
    start_review(draft, act.item, resubmitted, act.received_at, round_number + 1)
    return DONE


def _round_to_rework(item: Item) -> int:
    """The round that the resubmission answers; without the full flow it may answer the notice itself."""
    phase = item.phase
    if isinstance(phase, PlanAgreed | Rework):
        return phase.round
    if isinstance(phase, DiscrepancyOpen) and not item.term.discrepancies:
        return phase.round
    if item.is_terminal:
        raise AlreadyTerminal()
    if isinstance(phase, InDiscussion | Escalated):
        raise NeedsAgreementOfBoth()
    raise PlanNotAgreed()


def close_discrepancy(draft: DecisionDraft, act: Act, body: CloseDiscrepancy) -> Outcome:
    """Settled or withdrawn (R-157). Without open discrepancies the item goes back to review."""
    item = draft.item(act.item)
    found = item.discrepancies.get(body.discrepancy)
    if found is None:
        raise unknown_discrepancy(item, body.discrepancy, "/discrepancy")
    if found.state == body.how:
        return UNCHANGED_OUTCOME
    if item.is_terminal:
        raise AlreadyTerminal()
    if found.state not in LIVE:
        raise unknown_discrepancy(item, body.discrepancy, "/discrepancy")
    closed = draft.record(
        DiscrepancyClosed(contract=draft.contract, item=act.item, discrepancy=body.discrepancy, how=body.how),
        act.received_at,
        act.by,
    )
    periods.end(
        draft,
        act.item,
        frozenset({CORRECTION}),
        reason=f"discrepancy_{body.how}",
        met_by=closed,
        at=act.received_at,
        subject=body.discrepancy,
    )
    _after_closing(draft, act, closed)
    return DONE


def _after_closing(draft: DecisionDraft, act: Act, closed: str) -> None:
    """With nothing left to do the item is reviewed again, or its first review goes on; else the plan may be agreed."""
    item = draft.item(act.item)
    phase = item.phase
    if not isinstance(phase, DiscrepancyOpen | PlanAgreed | Rework | InDiscussion | Escalated):
        return
    if not item.unresolved:
        periods.end(
            draft,
            act.item,
            None,
            reason="no_discrepancy_left",
            met_by=closed,
            at=act.received_at,
        )
        if is_as_if_never_raised(item, phase.round):
            resume_review(draft, act.item, closed, act.received_at)
        else:
            start_review(draft, act.item, closed, act.received_at, phase.round + 1)
    elif isinstance(phase, DiscrepancyOpen) and all(found.state not in UNTREATED for found in item.live):
        agree_to(draft, act, item, ())


def correction_over(draft: DecisionDraft, deadline: Deadline) -> None:
    """The agreed date of a discrepancy has passed: the provider is overdue (R-156)."""
    periods.lapsed(draft, deadline, "overdue")
    flag_overdue(draft, deadline)
