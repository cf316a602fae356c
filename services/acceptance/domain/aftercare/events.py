"""A warranty began, and ended."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from services.acceptance.domain.base import DossierEvent
from shared.kernel.ids import Identifier
from shared.messages.events import Event


class AfterCareStarted(DossierEvent, frozen=True, kw_only=True):
    """A warranty began (R-246), perhaps without a signed report (R-247)."""

    TOPIC: ClassVar[str] = "acceptance.after_care_started.v1"

    care: Identifier
    from_day: date
    last_day: date
    report_unsigned: bool


class AfterCareEnded(DossierEvent, frozen=True, kw_only=True):
    """A warranty ended at the end of its last day (R-011)."""

    TOPIC: ClassVar[str] = "acceptance.after_care_ended.v1"

    care: Identifier


EVENTS: tuple[type[Event], ...] = (
    AfterCareStarted,
    AfterCareEnded,
)
