"""The next version of a deliverable, and what is wrong with its files (R-125, R-128, R-134)."""

from __future__ import annotations

from services.acceptance.domain.state import Item
from services.acceptance.domain.submission.commands import NewVersion, SubmitDeliverable
from services.acceptance.domain.submission.errors import (
    DeliverableNotOfItem,
    EvidenceMissing,
    FileHashMismatch,
    FilesMissing,
)
from shared.kernel.errors import told
from shared.messages import canonical
from shared.public_events.submissions import FileRef, Submission
from shared.public_events.terms import Terms


def submission_sha256(files: tuple[FileRef, ...], note: str) -> str:
    """The hash of a submission: its files by name, hash, size and media type in the order of the names, and its note.

    Where a file lies is not part of what it is.
    """
    named = sorted((file.name, file.sha256, file.size_bytes, file.media_type) for file in files)
    return canonical.sha256({"files": named, "note": note})


def submission_of(item: Item, terms: Terms, body: SubmitDeliverable | NewVersion, place: str = "") -> Submission:
    """The next version of a deliverable; raises what is wrong with its files. `place` is its place in the body."""
    if body.deliverable not in item.term.deliverables:
        raise DeliverableNotOfItem(body.deliverable, field=f"{place}/deliverable", known=told(item.term.deliverables))
    term = next(term for term in terms.deliverables if term.deliverable_id == body.deliverable)
    if term.file_expected and not body.files:
        raise FilesMissing(term.name_zh, field=f"{place}/files")
    if not body.files and not body.note.strip():
        raise EvidenceMissing(term.name_zh, field=f"{place}/files")
    found = submission_sha256(body.files, body.note)
    if body.content_sha256 not in (None, found):
        raise FileHashMismatch(
            f"the files give {found}", zh=f"由文件得出的哈希为 {found}", field=f"{place}/content_sha256"
        )
    known = item.received.get(body.deliverable)
    return Submission(
        deliverable=body.deliverable,
        version=known.submission.version + 1 if known else 1,
        files=body.files,
        content_sha256=found,
        note=body.note,
        evidence_of="" if term.file_expected else term.type_zh or "交付",
    )
