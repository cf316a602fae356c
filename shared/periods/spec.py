"""Period specs as text and as values: `5wd`, `-10wd`, `7d`, `7d!`, `2w`, `1m`, `10pack`, `30min`, `8h`, and cut-offs.

A spec is what a contract fixes (R-014), so its text is canonical: each meaning has one spelling.
"""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from shared.kernel.admission import admitted_by
from shared.kernel.ids import END
from shared.periods.errors import PeriodError

Unit = Literal["min", "h", "wd", "d", "w", "m", "q", "y", "pack"]

PERIOD_PATTERN = r"^(?:-?[1-9][0-9]{0,4}(?:wd|d|w|m|q|y)|[1-9][0-9]{0,4}(?:(?:d|w|m|q|y)!|pack|min|h)|0d!?)" + END

PeriodText = Annotated[str, Meta(pattern=PERIOD_PATTERN, description="A period, for example 5wd, -10wd, 7d!, 1m, 8h")]

# Units counted on the plain calendar: the last day rolls to the next working day unless marked with "!".
CALENDAR_UNITS: frozenset[str] = frozenset({"d", "w", "m", "q", "y"})
CLOCK_UNITS: frozenset[str] = frozenset({"min", "h"})

# What a party may be given to act or pay in: whole days, weeks, months, or working days.
DAY_UNITS: Final = frozenset({"wd", *CALENDAR_UNITS})

MINUTES_PER_DAY = 24 * 60

_PARTS = re.compile(r"(?P<sign>-?)(?P<count>[0-9]+)(?P<unit>[a-z]+)(?P<bang>!?)")
_VALID = re.compile(PERIOD_PATTERN)
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")


class PeriodSpec(Struct, frozen=True, kw_only=True):
    """A period: how many of which unit, forward or backward (R-007), and whether a rest day at its end rolls (R-005).

    `rolled` is true only for forward calendar units without "!" (R-011). `0d` is the trigger day itself.
    """

    count: int
    unit: Unit
    backward: bool = False
    rolled: bool = False

    @property
    def text(self) -> str:
        """The canonical text; `parse_spec(spec.text) == spec`."""
        sign = "-" if self.backward else ""
        fixed = self.unit in CALENDAR_UNITS and not self.backward and not self.rolled
        return f"{sign}{self.count}{self.unit}{'!' if fixed else ''}"

    @property
    def is_clock(self) -> bool:
        """Whether the period runs in hours or minutes from an instant (R-009)."""
        return self.unit in CLOCK_UNITS


def parse_spec(text: str) -> PeriodSpec:
    """Read a period; raises PeriodError (field `period`)."""
    parts = _PARTS.fullmatch(text)
    if parts is None or not _VALID.fullmatch(text):
        raise PeriodError(
            "period",
            f"{text!r} is no period; write one like 5wd, -10wd, 7d, 7d!, 2w, 1m, 1m!, 10pack, 30min or 8h",
            f"{text!r} 不是有效的期间；请按 5wd、-10wd、7d、7d!、2w、1m、1m!、10pack、30min 或 8h 的格式填写",
        )
    unit: Unit = parts["unit"]  # type: ignore[assignment]
    backward = bool(parts["sign"])
    return PeriodSpec(
        count=int(parts["count"]),
        unit=unit,
        backward=backward,
        rolled=unit in CALENDAR_UNITS and not backward and not parts["bang"],
    )


def check_forward_days(text: str) -> None:
    """A period that runs forward in days or longer; raises PeriodError."""
    spec = parse_spec(text)
    if spec.backward or spec.unit not in DAY_UNITS:
        raise PeriodError(
            "period",
            f"{text} does not run forward in days; write one like 10wd, 30d or 1m",
            f"{text} 不是按日向后计算的期间；请按 10wd、30d、1m 的格式填写",
        )


def parse_clock(text: str, field: str) -> int:
    """`HH:MM` or `24:00` as minutes since midnight; raises PeriodError for `field`."""
    clock = _CLOCK.fullmatch(text)
    if clock is None:
        raise PeriodError(
            field,
            f"{text!r} is no time of day; write HH:MM between 00:00 and 24:00",
            f"{text!r} 不是有效的时刻；请填写 00:00 至 24:00 之间的 HH:MM",
        )
    if clock[1] is None:
        return MINUTES_PER_DAY
    return int(clock[1]) * 60 + int(clock[2])


def parse_cutoff(text: str) -> int:
    """The minute of the last day at which a period ends (R-005); raises PeriodError (field `cutoff`)."""
    minutes = parse_clock(text, "cutoff")
    if minutes == 0:
        raise PeriodError(
            "cutoff",
            "00:00 would end the last day before it begins; write 24:00 for the end of the day",
            "00:00 会使最后一日尚未开始即告结束；当日结束请填写 24:00",
        )
    return minutes


_CUTOFF = r"^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)" + END

CutoffText = Annotated[str, admitted_by(parse_cutoff, pattern=_CUTOFF, description="HH:MM or 24:00")]
DaysForward = Annotated[
    str,
    admitted_by(
        check_forward_days, pattern=PERIOD_PATTERN, description="A period in days or longer, for example 10wd, 30d, 1m"
    ),
]
