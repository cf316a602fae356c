"""The agreed trial run."""

from __future__ import annotations

from datetime import date

from msgspec import Struct


class TrialRun(Struct, frozen=True, kw_only=True):
    """The agreed trial run, as far as it is recorded (R-191, R-246)."""

    started_on: date | None = None
    ended_on: date | None = None
