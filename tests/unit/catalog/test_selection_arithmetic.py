"""Properties of the arithmetic: rounding up, tiers, exactly-one groups."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.catalog.selection.counting import fitting_editions, pack_of
from tests.unit.catalog.test_selection_rules import revision, select, violated, want

TABLES = revision("alibaba-1").service.quantity_rules[0]
RESOURCES = revision("alibaba-9").service.quantity_rules[0]
EDITIONS = [edition.id for edition in revision("alibaba-2").service.editions]


@given(st.decimals(min_value=0, max_value=10**6, places=3))
def test_r_030_units_hold_what_is_asked_and_one_less_would_not(tables: Decimal) -> None:
    pack = pack_of(TABLES, {"tables": tables})
    assert pack is not None and pack.units >= 1
    assert pack.units * 50 >= tables
    assert pack.units == 1 or (pack.units - 1) * 50 < tables


@given(st.integers(min_value=0, max_value=1000))
def test_r_033_at_most_one_tier_fits_and_none_beyond_the_last(resources: int) -> None:
    assert len(fitting_editions(RESOURCES, {"resources": Decimal(resources)})) == (resources <= 500)


@given(st.sets(st.sampled_from(EDITIONS)))
def test_r_025_an_exactly_one_group_is_kept_by_one_and_by_no_other_number(chosen: set[str]) -> None:
    assert ("R-025" in violated(select(want("alibaba-2", *chosen)))) == (len(chosen) != 1)
