"""Submission of deliverables (section G): documents by their files, trainings by their evidence."""

from __future__ import annotations

from services.acceptance.domain.acts import DONE, UNCHANGED_OUTCOME, Act
from services.acceptance.domain.commands import NewVersion, SubmitDeliverable
from services.acceptance.domain.deciders.review_start import start_if_ready
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.errors import (
    AlreadyTerminal,
    DeliverableNotOfItem,
    EvidenceMissing,
    FileHashMismatch,
    FilesMissing,
    NotOpenForSubmission,
)
from services.acceptance.domain.events import DeliverableSubmitted
from services.acceptance.domain.state import Item, Planned, Submitted
from shared.commands.decision import Outcome
from shared.messages import canonical
from shared.public_events.submissions import FileRef, Submission
from shared.public_events.terms import Terms


def submission_sha256(files: tuple[FileRef, ...], note: str) -> str:
    """The hash of a submission: its files by name, hash, size and media type in the order of the names, and its note.

    Where a file lies is not part of what it is.
    """
    named = sorted((file.name, file.sha256, file.size_bytes, file.media_type) for file in files)
    return canonical.sha256({"files": named, "note": note})


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


def submission_of(item: Item, terms: Terms, body: SubmitDeliverable | NewVersion, place: str = "") -> Submission:
    """The next version of a deliverable; raises what is wrong with its files. `place` is its place in the body."""
    if body.deliverable not in item.term.deliverables:
        raise DeliverableNotOfItem(body.deliverable, field=f"{place}/deliverable")
    term = next(term for term in terms.deliverables if term.deliverable_id == body.deliverable)
    if term.file_expected and not body.files:
        raise FilesMissing(term.name_zh, field=f"{place}/files")
    if not body.files and not body.note.strip():
        raise EvidenceMissing(term.name_zh, field=f"{place}/files")
    found = submission_sha256(body.files, body.note)
    if body.content_sha256 not in (None, found):
        raise FileHashMismatch(f"the files give {found}", field=f"{place}/content_sha256")
    known = item.received.get(body.deliverable)
    return Submission(
        deliverable=body.deliverable,
        version=known.submission.version + 1 if known else 1,
        files=body.files,
        content_sha256=found,
        note=body.note,
        evidence_of="" if term.file_expected else term.type_zh or "交付",
    )
