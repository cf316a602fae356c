"""Flags of lateness, and the phase of an item that the directors decide on."""

from __future__ import annotations

from msgspec import Struct

from services.acceptance.domain.discrepancies.state import DiscrepancyOpen
from services.acceptance.domain.discussion.state import InDiscussion, SignedConclusion
from shared.kernel.actors import Side
from shared.kernel.instants import Instant


class Escalated(Struct, frozen=True, kw_only=True, tag="escalated"):
    """The directors decide. `deadline` and `due_at` name the missed one, if it was one that was missed."""

    round: int
    before: DiscrepancyOpen | InDiscussion
    reason: str
    deadline: str = ""
    due_at: Instant | None = None
    conclusions: tuple[SignedConclusion, ...] = ()


Discussing = InDiscussion | Escalated


class Flag(Struct, frozen=True, kw_only=True):
    """An OVERDUE flag that is up."""

    deadline: str
    kind: str
    side: Side
    due_at: Instant
