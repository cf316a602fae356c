"""Counting days, weeks, months, working days and packs, against an oracle written on its own and two libraries."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import chinese_calendar
import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.instants import start_of_day
from shared.periods import Derivation, compute
from tests.unit.shared.periods import brute_force
from tests.unit.shared.periods.calendars import SHIPPED

is_workday = cache(chinese_calendar.is_workday)
ORACLE = holidays.China(years=range(2004, 2027))
YEAR_2025 = [date(2025, 1, 1) + timedelta(days=n) for n in range(365)]

days = st.dates(date(2006, 6, 1), date(2026, 6, 30))
counts = st.integers(1, 60)


def last_day(trigger: date, spec: str) -> date:
    derivation = compute(trigger, spec, SHIPPED)
    assert derivation.last_day is not None
    return derivation.last_day


def test_r_004_every_short_working_day_period_of_a_year_agrees_with_the_brute_force() -> None:
    for trigger in YEAR_2025:
        for count in range(1, 13):
            expected = brute_force.working_days_after(trigger, count, is_workday)
            assert last_day(trigger, f"{count}wd") == expected


@given(days, counts)
def test_r_004_the_nth_working_day_agrees_with_an_independent_library(trigger: date, count: int) -> None:
    assert last_day(trigger, f"{count}wd") == ORACLE.get_nth_working_day(trigger, count)


@given(days, counts)
def test_r_007_every_backward_period_agrees_with_the_brute_force(trigger: date, count: int) -> None:
    expected = brute_force.working_days_back(trigger, count, ORACLE.is_working_day)
    assert last_day(trigger, f"-{count}wd") == expected


@given(days, counts)
def test_r_010_a_pack_agrees_with_the_brute_force(start: date, count: int) -> None:
    assert last_day(start, f"{count}pack") == brute_force.pack_end(start, count, ORACLE.is_working_day)


def test_r_005_every_calendar_day_period_of_a_year_agrees_with_the_brute_force() -> None:
    for trigger in YEAR_2025:
        for count in (1, 3, 7, 30):
            nominal = trigger + timedelta(days=count)
            assert last_day(trigger, f"{count}d") == brute_force.rolled(nominal, is_workday)
            assert last_day(trigger, f"{count}d!") == nominal


@given(days, st.integers(1, 30))
def test_r_006_months_agree_with_the_brute_force(trigger: date, months: int) -> None:
    expected = brute_force.months_later(trigger, months)
    if expected.year < 2026:
        assert last_day(trigger, f"{months}m!") == expected
        assert last_day(trigger, f"{months}m") == brute_force.rolled(expected, ORACLE.is_working_day)


@pytest.mark.parametrize(
    ("trigger", "spec", "expected"),
    [
        ("2025-01-31", "1m!", "2025-02-28"),
        ("2024-01-31", "1m!", "2024-02-29"),
        ("2024-02-29", "1y!", "2025-02-28"),
        ("2025-11-30", "3m!", "2026-02-28"),
        ("2025-08-31", "1q!", "2025-11-30"),
        ("2025-12-31", "2m!", "2026-02-28"),
        ("2025-03-31", "-1m", "2025-02-28"),
        ("2025-01-15", "-1m", "2024-12-15"),
    ],
)
def test_r_006_a_day_number_that_does_not_exist_is_the_end_of_the_month(trigger: str, spec: str, expected: str) -> None:
    assert last_day(date.fromisoformat(trigger), spec) == date.fromisoformat(expected)


@given(days, st.integers(1, 20))
def test_weeks_are_seven_days_and_quarters_three_months(trigger: date, count: int) -> None:
    assert compute(trigger, f"{count}w!", SHIPPED).steps == compute(trigger, f"{7 * count}d!", SHIPPED).steps
    assert last_day(trigger, f"{count}q!") == last_day(trigger, f"{3 * count}m!")


@given(days, counts)
def test_r_004_the_day_of_the_trigger_is_not_counted(trigger: date, count: int) -> None:
    for spec in (f"{count}wd", f"{count}d", f"{count}d!", f"-{count}wd"):
        assert trigger not in {step.date for step in compute(trigger, spec, SHIPPED).steps}


@given(days, counts)
def test_a_working_day_period_ends_on_a_working_day_and_a_longer_one_later(trigger: date, count: int) -> None:
    end = last_day(trigger, f"{count}wd")
    assert SHIPPED.is_working(end)
    assert last_day(trigger, f"{count + 1}wd") > end
    assert last_day(trigger, f"-{count + 1}wd") < last_day(trigger, f"-{count}wd") < trigger
    assert last_day(trigger, f"{count + 1}d") >= last_day(trigger, f"{count}d") >= last_day(trigger, f"{count}d!")


@given(days, days, counts)
def test_a_later_trigger_never_ends_earlier(one: date, other: date, count: int) -> None:
    earlier, later = sorted((one, other))
    for spec in (f"{count}wd", f"{count}d", f"{count}m", f"-{count}wd", f"{count}pack"):
        assert last_day(earlier, spec) <= last_day(later, spec)


@given(days, counts)
def test_the_steps_are_every_day_from_the_first_to_the_last(trigger: date, count: int) -> None:
    for spec in (f"{count}wd", f"{count}d", f"{count}d!", f"{count}pack", f"-{count}wd", f"-{count}d"):
        derivation = compute(trigger, spec, SHIPPED)
        dates = [step.date for step in derivation.steps]
        direction = timedelta(days=-1 if spec.startswith("-") else 1)
        assert dates == [dates[0] + n * direction for n in range(len(dates))]
        assert dates[-1] == derivation.last_day
        assert [step.n for step in derivation.steps if step.counted] == list(range(1, count + 1))
        assert all((step.n is None) != step.counted for step in derivation.steps)


def test_r_005_a_rest_day_at_the_end_shows_where_the_period_moves() -> None:
    derivation = compute(date(2025, 9, 28), "7d", SHIPPED)
    assert [(step.date.day, step.counted, step.n, step.why) for step in derivation.steps[5:]] == [
        (4, True, 6, "calendar_day"),
        (5, True, 7, "calendar_day"),
        (6, False, None, "statutory_holiday"),
        (7, False, None, "holiday_block"),
        (8, False, None, "holiday_block"),
        (9, False, None, "rolled"),
    ]


def test_r_010_the_start_day_of_a_pack_is_day_one_when_it_is_a_working_day() -> None:
    sunday_worked = compute(date(2025, 9, 28), "10pack", SHIPPED)
    assert (sunday_worked.steps[0].n, sunday_worked.steps[0].why) == (1, "start_day")
    saturday = compute(date(2025, 9, 27), "10pack", SHIPPED)
    assert (saturday.steps[0].n, saturday.steps[0].why) == (None, "weekend")
    assert sunday_worked.last_day == saturday.last_day == date(2025, 10, 16)


def test_the_trigger_day_itself_is_a_period_of_no_days() -> None:
    sunday = date(2025, 9, 21)
    assert last_day(sunday, "0d!") == sunday
    assert last_day(sunday, "0d") == date(2025, 9, 22)
    assert compute(sunday, "0d!", SHIPPED).due_at == start_of_day(date(2025, 9, 22))


def ends(derivation: Derivation) -> tuple[date | None, str, str | None]:
    return derivation.last_day, derivation.due_at, derivation.effective_at


def test_r_005_the_last_day_ends_at_24_00_or_at_the_cutoff() -> None:
    friday = date(2025, 9, 26)
    assert ends(compute(friday, "1wd", SHIPPED)) == (
        date(2025, 9, 28), "2025-09-28T16:00:00.000Z", "2025-09-28T16:00:00.000Z",
    )  # fmt: skip
    assert ends(compute(friday, "1wd", SHIPPED, cutoff="18:00")) == (
        date(2025, 9, 28), "2025-09-28T10:00:00.000Z", "2025-09-28T10:00:00.000Z",
    )  # fmt: skip


def test_r_007_a_backward_period_takes_no_effect_of_its_own() -> None:
    derivation = compute(date(2025, 10, 10), "-2wd", SHIPPED)
    assert ends(derivation) == (date(2025, 9, 30), "2025-09-30T16:00:00.000Z", None)


def test_r_013_effect_begins_when_the_period_ends_and_triggers_what_follows() -> None:
    review = compute(date(2025, 9, 25), "5wd", SHIPPED)
    assert review.effective_at == review.due_at == start_of_day(date(2025, 10, 10))
    follow_up = compute(review.due_at, "1wd", SHIPPED)
    assert follow_up.trigger_day == date(2025, 10, 10)
    assert follow_up.last_day == date(2025, 10, 11)
