"""Real use and the trial run, as they were recorded."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from services.acceptance.domain.base import DossierEvent, ItemEvent
from shared.kernel.actors import Side
from shared.kernel.ids import Sha256
from shared.kernel.instants import Instant
from shared.messages.events import Event


class UseRecorded(ItemEvent, frozen=True, kw_only=True):
    """Evidence of real use (R-190), by either side; in a trial run it accepts nothing (R-191)."""

    TOPIC: ClassVar[str] = "acceptance.use_recorded.v1"

    used_at: Instant
    description: str
    evidence_sha256: Sha256
    side: Side
    in_trial_run: bool


class TrialRunRecorded(DossierEvent, frozen=True, kw_only=True):
    """Start or end of an agreed trial run, UAT or verification (R-191, R-246)."""

    TOPIC: ClassVar[str] = "acceptance.trial_run_recorded.v1"

    what: Literal["started", "ended"]
    on: date


EVENTS: tuple[type[Event], ...] = (
    UseRecorded,
    TrialRunRecorded,
)
