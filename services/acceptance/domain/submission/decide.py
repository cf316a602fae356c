"""Submission of deliverables (section G): documents by their files, trainings by their evidence."""

from __future__ import annotations

from services.acceptance.domain.act import DONE, UNCHANGED_OUTCOME, Act
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.errors import AlreadyTerminal
from services.acceptance.domain.items.state import Planned
from services.acceptance.domain.review.consequences import start_if_ready
from services.acceptance.domain.submission.commands import SubmitDeliverable
from services.acceptance.domain.submission.errors import NotOpenForSubmission
from services.acceptance.domain.submission.events import DeliverableSubmitted
from services.acceptance.domain.submission.state import Submitted
from services.acceptance.domain.submission.terms import submission_of
from shared.commands.decision import Outcome


def submit(draft: DecisionDraft, act: Act, body: SubmitDeliverable) -> Outcome:
    """Record a version of a deliverable; the last one that was missing starts the review (R-129, R-140)."""
    item = draft.item(act.item)
    submission = submission_of(item, draft.state.terms, body)
    known = item.received.get(body.deliverable)
    if known is not None and known.submission.content_sha256 == submission.content_sha256:
        return UNCHANGED_OUTCOME
    if item.is_terminal:
        raise AlreadyTerminal()
    if not isinstance(item.phase, Planned | Submitted):
        raise NotOpenForSubmission()
    submitted = draft.record(
        DeliverableSubmitted(
            contract=draft.contract,
            item=act.item,
            submission=submission,
            received_at=act.received_at,
        ),
        act.received_at,
        act.by,
    )
    start_if_ready(draft, act.item, submitted, act.received_at)
    return DONE
