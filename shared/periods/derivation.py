"""A computed deadline with everything that it was computed from (R-402): the form in which events keep it.

These structs are stored for ever: add fields with defaults, never rename or retype.
"""

from __future__ import annotations

import datetime
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from shared.kernel.ids import Identifier
from shared.kernel.instants import Instant
from shared.periods.spec import CutoffText, PeriodText
from shared.periods.window import WindowText

Why = Literal[
    "working_day",
    "makeup_working_day",
    "calendar_day",
    "weekend",
    "statutory_holiday",
    "holiday_block",
    "start_day",
    "rolled",
]


class Step(Struct, frozen=True, kw_only=True):
    """One day on the way, counted as number `n` or passed over (`n` null), and why.

    `rolled` is the working day that a rest day at the end moves to (R-005); `start_day` is the day of the trigger where
    it appears at all: day 1 of a pack (R-010), or a day on which the window had already closed. The
    days of an agreed extension, after the nominal end (R-114), are calendar days, numbered from 1 again.
    """

    date: datetime.date
    counted: bool
    n: int | None
    why: Why


class Floor(Struct, frozen=True, kw_only=True):
    """The latest end that was firm under an earlier calendar: a later one does not shorten it (R-404)."""

    last_day: datetime.date | None
    due_at: Instant
    calendar_version: str


class Derivation(Struct, frozen=True, kw_only=True):
    """A deadline and how it came about; `shared.periods.rederive` computes it again from these fields alone.

    `trigger_at` is null when only the day of the trigger is known. `spec`, `cutoff` and `window` are canonical texts.
    `steps` are in the order of counting, backwards for backward periods.
    `last_day` is the last day of the period, for backward periods the latest day of the act (R-007), null for hours and
    minutes. `due_at` is exclusive (R-407). `effective_at` equals it (R-013), null for backward periods. A `provisional`
    result depends on a day that a notice still to come may change (R-012, R-405). `extended_by` are the calendar days
    of all agreed extensions together (R-114); it is absent where there was none, as in everything stored before.

    Where `lead_to` is there, the period is a lead time (T-27): it counts from the day of the trigger on, that day
    included, to the first day on which the effect may come, and `due_at` is 00:00 of that day or of `lead_to`, the day
    that was planned, whichever is later.
    """

    trigger_day: datetime.date
    trigger_at: Instant | None
    spec: PeriodText
    calendar_id: Identifier
    calendar_version: str
    cutoff: CutoffText = "24:00"
    window: WindowText | None = None
    steps: tuple[Step, ...]
    last_day: datetime.date | None
    due_at: Instant
    effective_at: Instant | None
    provisional: bool
    floor: Floor | None = None
    extended_by: int | UnsetType = UNSET
    lead_to: datetime.date | UnsetType = UNSET

    @property
    def days_added(self) -> int:
        """The days of all extensions, 0 without one."""
        return 0 if self.extended_by is UNSET else self.extended_by

    @property
    def steps_added(self) -> tuple[Step, ...]:
        """The days that extensions added, where the period is counted in days: the last ones that are counted."""
        if not self.days_added or self.last_day is None:
            return ()
        return tuple(step for step in self.steps if step.counted)[-self.days_added :]
