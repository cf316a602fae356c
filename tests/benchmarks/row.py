"""A row of the benchmark table, as `var/bench.json` keeps it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Row(Struct, frozen=True, kw_only=True):
    """What was measured, against what, and whether the ratio is as good as the goal asks."""

    row: str
    ours: float
    baseline: float
    unit: str
    ratio: float
    goal: str
    met: bool


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
