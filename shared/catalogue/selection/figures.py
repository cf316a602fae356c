"""A figure of a quantity rule against what was asked: whether it is kept, and how the comparison is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from shared.catalogue.format.values import Figure
from shared.catalogue.selection.case import Case

_BREAKS: Mapping[str, Callable[[Decimal, int], bool]] = {
    "at_most": lambda asked, value: asked > value,
    "quota": lambda asked, value: asked > value,
    "included": lambda asked, value: asked > value,
    "below": lambda asked, value: asked >= value,
    "above": lambda asked, value: asked <= value,
    "at_least": lambda asked, value: asked < value,
    "minimum": lambda asked, value: asked < value,
}
_SIGNS = {"at_most": "≤", "quota": "≤", "included": "≤", "below": "<", "above": ">", "at_least": "≥", "minimum": "≥"}


def is_for(figure: Figure, case: Case) -> bool:
    """Whether a figure holds for the chosen editions."""
    return figure.edition is None or figure.edition in case.chosen


def breaks(figure: Figure, asked: Decimal) -> bool:
    """Whether the quantity lies outside the figure; a figure that is no bound is never broken."""
    is_broken = _BREAKS.get(figure.name)
    return is_broken is not None and is_broken(asked, figure.value)


def shown(figure: Figure, asked: Decimal) -> str:
    """The comparison as it is told: `tables 101, < 100`."""
    return f"{figure.of} {asked:f}, {_SIGNS[figure.name]} {figure.value}"
