"""An extended period keeps its whole derivation (R-114): recounted, then the days, then the roll."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messages import canonical
from shared.periods import CalendarYear, Derivation, PeriodError, compute, extend, merge, recompute, rederive
from shared.periods.explain import explain
from tests.unit.shared.periods import brute_force
from tests.unit.shared.periods.calendars import LABOUR_DAY_2019_AS_FIRST_PUBLISHED, SHIPPED, exception, until

BEFORE_2019 = merge(until(2019), LABOUR_DAY_2019_AS_FIRST_PUBLISHED)
AFTER_2019 = until(2019)
NEW_YEAR_2027 = merge(
    SHIPPED, CalendarYear(year=2027, days=(exception("2027-01-01", "statutory_holiday"),), source="test")
)

DAYS = st.dates(date(2010, 1, 1), date(2024, 1, 1))


def test_r_114_the_nominal_end_is_recounted_when_the_year_is_published_after_the_extension() -> None:
    running = compute("2026-12-28T02:00:00.000Z", "5wd", SHIPPED)
    extended = extend(running, 2, SHIPPED)
    assert extended.provisional
    published = recompute(extended, NEW_YEAR_2027)
    assert (published.last_day, published.due_at) == (date(2027, 1, 7), "2027-01-07T16:00:00.000Z")
    assert extend(recompute(running, NEW_YEAR_2027), 2, NEW_YEAR_2027) == published


@pytest.mark.parametrize("amended_first", [True, False])
def test_r_114_labour_day_2019_moves_an_extended_period(amended_first: bool) -> None:
    running = compute(date(2019, 4, 25), "5wd", BEFORE_2019)
    if amended_first:
        extended = extend(running, 2, AFTER_2019)
    else:
        extended = extend(running, 2, BEFORE_2019)
        assert extended.last_day == date(2019, 5, 6)
        extended = recompute(extended, AFTER_2019)
    assert extended.last_day == date(2019, 5, 7)


def test_r_114_extensions_add_up_and_roll_once() -> None:
    # Friday 2025-03-07 is the nominal end; two days more are a Sunday, three a Monday.
    running = compute(date(2025, 2, 28), "5wd", SHIPPED)
    assert [extend(running, days, SHIPPED).last_day for days in (1, 2, 3)] == [date(2025, 3, 10)] * 3
    twice = extend(extend(running, 1, SHIPPED), 2, SHIPPED)
    assert twice == extend(running, 3, SHIPPED)
    assert twice.steps_added == twice.steps[-3:]
    assert [(step.n, step.why) for step in twice.steps_added] == [(n, "calendar_day") for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("spec", "cutoff", "due_at"),
    [
        ("7d", "18:00", "2025-03-10T10:00:00.000Z"),
        ("7d!", "24:00", "2025-03-08T16:00:00.000Z"),
        ("10pack", "24:00", "2025-03-14T16:00:00.000Z"),
    ],
)
def test_r_114_the_cutoff_stays_and_a_period_that_never_rolls_does_not(spec: str, cutoff: str, due_at: str) -> None:
    running = compute(date(2025, 2, 28), spec, SHIPPED, cutoff)
    assert extend(running, 1, SHIPPED).due_at == due_at


def test_r_114_hours_end_at_the_same_time_of_a_later_day() -> None:
    running = compute("2025-09-25T07:00:00.000Z", "8h", SHIPPED, window="wd 09:00-17:00")
    extended = extend(running, 3, SHIPPED)
    assert running.due_at == "2025-09-26T07:00:00.000Z"
    assert (extended.last_day, extended.due_at) == (None, "2025-09-29T07:00:00.000Z")
    assert extended.effective_at == extended.due_at


def test_r_404_an_end_that_was_kept_moves_by_the_agreed_days_too() -> None:
    # The amended calendar would end the period on 30 April; 2 May was firm and stays, and the days come on top.
    running = recompute(compute(date(2019, 4, 26), "3wd", BEFORE_2019), AFTER_2019)
    assert running.last_day == date(2019, 5, 2)
    extended = extend(running, 4, AFTER_2019)
    assert extended.last_day == date(2019, 5, 6)
    assert extended == extend(compute(date(2019, 4, 26), "3wd", BEFORE_2019), 4, AFTER_2019)


@pytest.mark.parametrize(("spec", "days"), [("5wd", 0), ("5wd", -1), ("5wd", 5_000), ("-5wd", 1)])
def test_what_is_no_extension_is_refused(spec: str, days: int) -> None:
    with pytest.raises(PeriodError):
        extend(compute(date(2025, 3, 3), spec, SHIPPED), days, SHIPPED)


@given(DAYS, st.integers(1, 30), st.integers(1, 60))
def test_r_114_an_extended_count_agrees_with_the_brute_force(trigger: date, count: int, days: int) -> None:
    nominal = brute_force.working_days_after(trigger, count, SHIPPED.is_working)
    expected = brute_force.rolled(nominal + timedelta(days=days), SHIPPED.is_working)
    extended = extend(compute(trigger, f"{count}wd", SHIPPED), days, SHIPPED)
    assert extended.last_day == expected
    assert rederive(extended, SHIPPED) == extended


def test_r_402_a_period_that_was_never_extended_is_stored_as_before() -> None:
    plain = compute(date(2025, 3, 3), "5wd", SHIPPED)
    assert b"extended_by" not in canonical.encode(plain)
    extended = extend(plain, 2, SHIPPED)
    assert msgspec.json.decode(canonical.encode(extended), type=Derivation) == extended


def test_an_extension_is_told_in_both_languages() -> None:
    lines = explain(extend(compute(date(2025, 3, 3), "5wd", SHIPPED), 2, SHIPPED), SHIPPED)
    assert any("顺延 2 日" in line.zh and "Extended by 2 calendar days" in line.en for line in lines)
