"""A period as people say it, in Chinese and in English: `5wd` is 5 个工作日, 5 working days."""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

from shared.periods.spec import CALENDAR_UNITS, Unit, parse_spec

UNITS_ZH: Final[dict[Unit, str]] = {
    "wd": "个工作日",
    "d": "日",
    "w": "周",
    "m": "个月",
    "q": "个季度",
    "y": "年",
    "pack": "个连续工作日（含首日）",
    "h": "小时",
    "min": "分钟",
}
# One, and several.
UNITS_EN: Final[dict[Unit, tuple[str, str]]] = {
    "wd": ("working day", "working days"),
    "d": ("day", "days"),
    "w": ("week", "weeks"),
    "m": ("month", "months"),
    "q": ("quarter", "quarters"),
    "y": ("year", "years"),
    "pack": ("working day, the start day included", "consecutive working days, the start day included"),
    "h": ("hour", "hours"),
    "min": ("minute", "minutes"),
}


class Spoken(NamedTuple):
    """The same in both languages."""

    zh: str
    en: str


def spoken(period: str) -> Spoken:
    """A period in words; raises PeriodError."""
    spec = parse_spec(period)
    if spec.count == 0:
        return Spoken("当日", "the day itself")
    zh, en = f"{spec.count}{UNITS_ZH[spec.unit]}", f"{spec.count} {UNITS_EN[spec.unit][spec.count != 1]}"
    if spec.backward:
        return Spoken(f"提前{zh}", f"{en} ahead")
    if spec.unit in CALENDAR_UNITS and not spec.rolled:
        return Spoken(f"{zh}，末日遇休息日不顺延", f"{en}, a rest day at the end counts")
    return Spoken(zh, en)


def spoken_day(day: date, *, provisional: bool) -> Spoken:
    """A day that was counted, marked while the notice of a year can still move it (R-012)."""
    return Spoken(f"{day}（暂定）", f"{day} (provisional)") if provisional else Spoken(str(day), str(day))
