"""Properties of the arithmetic: rounding up, tiers with strict and other limits, exactly-one groups; and every rule."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from shared.catalogue.selection.composing import RULES
from shared.catalogue.selection.counting import fitting_editions
from shared.periods import working_days_before
from tests.unit.catalog.selections import CALENDAR, only, revision, select, start_of, violated, want

HERE = Path(__file__).parent
RULE_NUMBERS = (*range(20, 47), *range(50, 63))
RESOURCES = revision("alibaba-9").service.quantity_rules[0]
SIZES = revision("alibaba-3").service.quantity_rules[0]
EDITIONS = [edition.id for edition in revision("alibaba-2").service.editions]
amounts = st.decimals(min_value=0, max_value=10**6, places=3)
counts = st.integers(min_value=0, max_value=1000)


def untested(numbers: Iterable[int], sources: Iterable[str]) -> list[int]:
    """The rules without a test that carries their number in its name."""
    functions = (
        node for source in sources for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)
    )
    named = {int(found) for function in functions for found in re.findall(r"r_(\d{3})", function.name)}
    return [number for number in numbers if number not in named]


def test_every_rule_of_composition_and_ordering_has_a_test_of_its_name() -> None:
    sources = [path.read_text(encoding="utf-8") for path in sorted(HERE.glob("test_selection_*.py"))]
    assert untested(RULE_NUMBERS, sources) == []
    assert untested((20, 21), ["def test_r_020_nothing() -> None: ..."]) == [21]


def test_every_rule_is_decided_by_a_function_or_shapes_the_answer() -> None:
    shaping = {"R-044", "R-045", "R-046"}
    decided = {rule for rules in RULES.values() for rule in rules} | shaping
    assert {f"R-{number:03d}" for number in RULE_NUMBERS} <= decided


@given(amounts)
def test_r_030_units_hold_what_is_asked_and_one_less_would_not(tables: Decimal) -> None:
    (pack,) = only(select(want("alibaba-1", tables=tables))).packs
    assert pack.units >= 1
    assert pack.units * 50 >= tables
    assert pack.units == 1 or (pack.units - 1) * 50 < tables


@given(amounts)
def test_r_031_rounding_up_and_down_differ_by_a_started_terabyte(terabytes: Decimal) -> None:
    wanted = want("alibaba-13", data_terabytes=terabytes)
    up, down = (
        only(select({**wanted, "readings": {"started_terabyte": reading}})).packs[0].units for reading in ("up", "down")
    )
    assert up == max(1, int(terabytes.to_integral_value(ROUND_CEILING)))
    assert down == max(1, int(terabytes))


@given(counts)
def test_r_033_at_most_one_tier_fits_and_none_beyond_the_last(resources: int) -> None:
    assert len(fitting_editions(RESOURCES, {"resources": Decimal(resources)})) == (resources <= 500)


@given(applications=counts, nodes=counts, drills=st.integers(min_value=0, max_value=300_000))
def test_r_034_a_larger_package_holds_whatever_a_smaller_one_holds(applications: int, nodes: int, drills: int) -> None:
    asked = {"applications": Decimal(applications), "nodes": Decimal(nodes), "drills": Decimal(drills)}
    sizes = {"basic": (5, 100, 50_000), "standard": (10, 200, 100_000), "premium": (20, 500, 200_000)}
    fitting = [
        name
        for name, (most, below, drill_most) in sizes.items()
        if applications <= most and nodes < below and drills <= drill_most
    ]
    assert fitting_editions(SIZES, asked) == fitting
    assert fitting == list(sizes)[len(sizes) - len(fitting) :]


@given(classes=st.integers(min_value=0, max_value=20), modes=st.integers(min_value=0, max_value=20))
def test_r_038_packs_are_what_exceeds_the_base(classes: int, modes: int) -> None:
    wanted = want("alibaba-27", "base", "supplement", user_classes=classes, business_modes=modes)
    assert only(select(wanted)).packs[0].units == max(0, classes - 1) + max(0, modes - 3)


@given(st.sets(st.sampled_from(EDITIONS)))
def test_r_025_an_exactly_one_group_is_kept_by_one_and_by_no_other_number(chosen: set[str]) -> None:
    assert ("R-025" in violated(select(want("alibaba-2", *chosen)))) == (len(chosen) != 1)


@given(st.integers(min_value=0, max_value=600))
def test_r_050_no_earlier_working_day_than_the_earliest_start_leaves_ten_days(offset: int) -> None:
    applied_on = date(2025, 1, 1) + timedelta(days=offset)
    earliest = start_of(select(want("alibaba-1"), applied_on=applied_on.isoformat())).earliest_start
    before = working_days_before(earliest - timedelta(days=1), 0, CALENDAR)
    assert violated(select(want("alibaba-1"), applied_on=applied_on, start_on=earliest)) == set()
    if before > applied_on:
        too_early = select(want("alibaba-1"), applied_on=applied_on, start_on=before)
        assert violated(too_early) == {"R-050", "R-062"}
