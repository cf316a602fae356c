"""A row of the benchmark table, as `var/bench.json` keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace


class Row(Struct, frozen=True, kw_only=True):
    """What was measured, against what, and whether the ratio is as good as the goal asks."""

    row: str
    ours: float
    baseline: float
    unit: str
    ratio: float
    goal: str
    met: bool
    # The smallest and the largest ratio of single slices, where ours and the baseline took turns in slices.
    spread: tuple[float, float] | None = None
    # Microseconds of this program's processor time for one of what the row counts.
    python_us: float | None = None


def at_least_in_turns(
    row: str, slices: Sequence[tuple[float, float]], *, unit: str, goal: float, python_us: float | None = None
) -> Row:
    """More is better. `slices` are (ours, baseline) of short turns, one right after the other: both saw the same
    minute, so the ratio is the median of theirs, and its spread says what the minutes did.
    """
    return _in_turns(row, slices, unit, ">=", goal, python_us)


def at_most_in_turns(
    row: str, slices: Sequence[tuple[float, float]], *, unit: str, goal: float, python_us: float | None = None
) -> Row:
    """The same where less is better."""
    return _in_turns(row, slices, unit, "<=", goal, python_us)


def _in_turns(
    row: str,
    slices: Sequence[tuple[float, float]],
    unit: str,
    sign: Literal[">=", "<="],
    goal: float,
    python_us: float | None,
) -> Row:
    ratios = [ours / baseline for ours, baseline in slices]
    ours, baseline = (median(side) for side in zip(*slices, strict=True))
    ratio = median(ratios)
    measured = _row(row, ours, baseline, unit, ratio, sign, goal, ratio >= goal if sign == ">=" else ratio <= goal)
    spread = round(min(ratios), 3), round(max(ratios), 3)
    return replace(measured, spread=spread, python_us=None if python_us is None else round(python_us, 1))


def at_least(row: str, *, ours: float, baseline: float, unit: str, goal: float) -> Row:
    """More is better: ours / baseline must reach the goal."""
    ratio = ours / baseline
    return _row(row, ours, baseline, unit, ratio, ">=", goal, ratio >= goal)


def at_most(row: str, *, ours: float, baseline: float, unit: str, goal: float) -> Row:
    """Less is better: ours / baseline must stay within the goal."""
    ratio = ours / baseline
    return _row(row, ours, baseline, unit, ratio, "<=", goal, ratio <= goal)


def _row(
    row: str,
    ours: float,
    baseline: float,
    unit: str,
    ratio: float,
    sign: Literal[">=", "<="],
    goal: float,
    met: bool,
) -> Row:
    return Row(
        row=row,
        ours=round(ours, 3),
        baseline=round(baseline, 3),
        unit=unit,
        ratio=round(ratio, 3),
        goal=f"{sign} {goal:g}",
        met=met,
    )
