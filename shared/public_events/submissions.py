"""What is handed over, found and accepted: the values inside the events of acceptance and invoicing."""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import Struct

from shared.kernel.files import FileName, FileSize, Location, MediaType
from shared.kernel.ids import Identifier, Sha256

# The topic of everything that acceptance publishes but invoice requests.
ACCEPTANCE_TOPIC = "ledger.acceptance.v1"

Basis = Literal["explicit", "silence", "use", "time", "alternative"]

# The states of an acceptance item (section H), by the one name that every view has for each. A review after the first
# round is a re-review; how an item was accepted is its basis. OVERDUE and CHANGE_REQUESTED are flags beside the state.
ItemState = Literal[
    "planned",
    "submitted",
    "under_review",
    "discrepancy_open",
    "plan_agreed",
    "rework",
    "re_review",
    "in_discussion",
    "escalated",
    "accepted",
    "closed",
]


def state_in_review(round_number: int) -> ItemState:
    """The state of an item that the customer reviews for the n-th time, from 1."""
    return "under_review" if round_number == 1 else "re_review"


class FileRef(Struct, frozen=True, kw_only=True):
    """Content that the ledger names but does not hold."""

    name: FileName
    sha256: Sha256
    size_bytes: FileSize
    media_type: MediaType
    location: Location = ""


class Submission(Struct, frozen=True, kw_only=True):
    """A version of a deliverable: its files, or the evidence of a training (R-134). `version` counts from 1.

    `evidence_of` is what the evidence proves, in the words of the terms (培训), and empty for documents.
    """

    deliverable: Identifier
    version: int
    files: tuple[FileRef, ...]
    content_sha256: Sha256
    note: str = ""
    evidence_of: str = ""


class Discrepancy(Struct, frozen=True, kw_only=True):
    """One aspect that does not fit (R-170), with what became of it; `discrepancy_id` counts within the item.

    settled: the customer confirmed it; withdrawn: the customer took it back in writing (R-157).
    """

    discrepancy_id: Identifier
    requirement: str
    finding: str
    raised_in_round: int
    new_in_re_review: bool = False
    treatment: str = ""
    correct_by: date | None = None
    done: str = ""
    state: Literal["open", "answered", "agreed", "done", "settled", "withdrawn"] = "open"


class AcceptedFile(Struct, frozen=True, kw_only=True):
    """A deliverable as accepted, by version and hash (R-446)."""

    deliverable: Identifier
    version: int
    content_sha256: Sha256
