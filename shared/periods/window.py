"""Service windows (R-009, R-015, R-295): on which days and between which hours a clock runs.

Two notions of a day live side by side: `wd` are statutory working days, adjusted weekends included;
`mon-fri-except-holidays` is meant literally, so an adjusted Saturday is closed.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Annotated, Literal

from msgspec import Meta, Struct

from shared.periods.calendar import SATURDAY, WORKING_KINDS, DayKind, WorkCalendar
from shared.periods.errors import PeriodError
from shared.periods.spec import parse_clock

WindowDays = Literal["wd", "mon-fri-except-holidays", "daily"]

WindowText = Annotated[str, Meta(description="A window, for example: wd 09:00-12:00,14:00-17:00")]

INTERVALS_MAX = 8


class Interval(Struct, frozen=True, kw_only=True):
    """Opening hours of a day, in minutes since midnight, `[opens, closes)`."""

    opens: int
    closes: int


class Window(Struct, frozen=True, kw_only=True):
    """The days and the intervals, which ascend and do not overlap."""

    days: WindowDays
    intervals: tuple[Interval, ...]

    @property
    def text(self) -> str:
        """The canonical text; `parse_window(window.text) == window`."""
        hours = ",".join(f"{_clock(each.opens)}-{_clock(each.closes)}" for each in self.intervals)
        return f"{self.days} {hours}"

    @property
    def needs_calendar(self) -> bool:
        """Whether the kind of a day matters."""
        return self.days != "daily"

    def is_open_on(self, day: date, calendar: WorkCalendar) -> bool:
        """Whether the window opens at all on that day."""
        if self.days == "daily":
            return True
        return self.kind(day, calendar) in WORKING_KINDS

    def kind(self, day: date, calendar: WorkCalendar) -> DayKind:
        """The kind of the day in the notion of this window: for Monday-Friday an adjusted weekend is a weekend."""
        if self.days == "mon-fri-except-holidays" and day.weekday() >= SATURDAY and calendar.is_working(day):
            return "weekend"
        return calendar.kind(day)


def parse_window(text: str) -> Window:
    """Read a window; raises PeriodError (field `window`)."""
    days, _, hours = text.partition(" ")
    if days not in ("wd", "mon-fri-except-holidays", "daily") or not hours:
        raise _malformed(text)
    intervals = tuple(_interval(part, text) for part in hours.split(","))
    if len(intervals) > INTERVALS_MAX:
        raise PeriodError(
            "window",
            f"at most {INTERVALS_MAX} intervals a day are possible",
            f"每日最多 {INTERVALS_MAX} 个时段",
        )
    for earlier, later in pairwise(intervals):
        if later.opens < earlier.closes:
            raise PeriodError(
                "window",
                f"the intervals in {text!r} overlap or are out of order; write them in ascending order",
                f"{text!r} 中的时段重叠或次序不对；请按先后顺序填写",
            )
    return Window(days=days, intervals=intervals)  # type: ignore[arg-type]


def _interval(part: str, text: str) -> Interval:
    opens, dash, closes = part.partition("-")
    if not dash:
        raise _malformed(text)
    interval = Interval(opens=parse_clock(opens, "window"), closes=parse_clock(closes, "window"))
    if interval.opens >= interval.closes:
        raise PeriodError(
            "window",
            f"{part!r} closes before it opens; write the opening time first, 24:00 for midnight",
            f"{part!r} 的结束时刻不晚于开始时刻；请先写开始时刻，午夜写 24:00",
        )
    return interval


def _malformed(text: str) -> PeriodError:
    return PeriodError(
        "window",
        f"{text!r} is no window; write one like 'wd 09:00-17:00', 'wd 09:00-12:00,14:00-17:00',"
        " 'mon-fri-except-holidays 09:00-18:00' or 'daily 09:00-24:00'",
        f"{text!r} 不是有效的服务时段；请按 'wd 09:00-17:00'、'wd 09:00-12:00,14:00-17:00'、"
        "'mon-fri-except-holidays 09:00-18:00' 或 'daily 09:00-24:00' 的格式填写",
    )


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
