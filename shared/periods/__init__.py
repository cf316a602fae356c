"""Periods and working calendars: pure functions from a trigger, a period and a calendar to a derived deadline.

No clock, no library, no I/O: calendars arrive as data, times as arguments (R-408).
"""

from __future__ import annotations

from shared.periods.calendar import (
    CalendarYear,
    DayException,
    DayKind,
    WorkCalendar,
    calendar_of,
    check_year,
    merge,
)
from shared.periods.derivation import Derivation, Floor, Step
from shared.periods.engine import (
    compute,
    end_day,
    extend,
    first_day_allowed,
    latest_act,
    lead_time,
    recompute,
    rederive,
    runs_until,
    working_days_before,
)
from shared.periods.errors import CalendarError, PeriodError
from shared.periods.plausible import check_plausible_year, fixed_days
from shared.periods.room import compute_with_room
from shared.periods.spec import CutoffText, DaysForward, PeriodSpec, PeriodText, parse_cutoff, parse_spec
from shared.periods.window import Window, WindowText, parse_window

__all__ = [
    "CalendarError",
    "CalendarYear",
    "CutoffText",
    "DayException",
    "DayKind",
    "DaysForward",
    "Derivation",
    "Floor",
    "PeriodError",
    "PeriodSpec",
    "PeriodText",
    "Step",
    "Window",
    "WindowText",
    "WorkCalendar",
    "calendar_of",
    "check_plausible_year",
    "check_year",
    "compute",
    "compute_with_room",
    "end_day",
    "extend",
    "first_day_allowed",
    "fixed_days",
    "latest_act",
    "lead_time",
    "merge",
    "parse_cutoff",
    "parse_spec",
    "parse_window",
    "recompute",
    "rederive",
    "runs_until",
    "working_days_before",
]
