"""A risk notice and how it was answered."""

from __future__ import annotations

from msgspec import Struct

from services.contracts.domain.risks.events import RiskAnswerConditional
from shared.kernel.instants import Instant


class Risk(Struct, frozen=True, kw_only=True):
    """A risk notice; `in_time` None while unanswered, `waiting` holds an answer that is decided later (R-403)."""

    description: str
    proposal: str = ""
    notified_at: Instant
    due_at: Instant | None = None
    answer: str = ""
    in_time: bool | None = None
    agreed_control: str = ""
    waiting: RiskAnswerConditional | None = None
