"""Evidence of use, and of a trial run."""

from __future__ import annotations

from typing import Literal

from services.acceptance.domain.base import Body
from shared.kernel.ids import Sha256
from shared.kernel.instants import Day, Instant
from shared.kernel.texts import NeededText


class RecordUse(Body, frozen=True, kw_only=True):
    """Evidence that the result is in real business use (R-190)."""

    used_at: Instant
    description: NeededText
    evidence_sha256: Sha256


class RecordTrialRun(Body, frozen=True, kw_only=True):
    """Start or end of an agreed trial run (R-191, R-246)."""

    what: Literal["started", "ended"]
    on: Day
