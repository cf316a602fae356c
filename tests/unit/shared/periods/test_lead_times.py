"""Counting backwards: notices ahead of time (R-007), the earliest effect of a change (T-27), days of reminders."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.periods import PeriodError, compute, end_day, first_day_allowed, latest_act, working_days_before
from tests.unit.shared.periods.calendars import SHIPPED

ONE_DAY = timedelta(days=1)

days = st.dates(date(2006, 1, 10), date(2026, 9, 30))
counts = st.integers(1, 20)


def test_r_007_the_nth_working_day_before_is_the_latest_day_for_the_act() -> None:
    start_of_service = date(2025, 10, 10)
    assert latest_act(start_of_service, "-10wd", SHIPPED) == date(2025, 9, 19)


@given(days, counts)
def test_r_007_between_working_days_the_forward_count_from_the_act_gives_the_day_again(day: date, count: int) -> None:
    if SHIPPED.is_working(day):
        act = latest_act(day, f"-{count}wd", SHIPPED)
        assert compute(act, f"{count}wd", SHIPPED).last_day == day


def test_r_007_on_rest_days_the_forward_count_is_not_equivalent() -> None:
    holiday = date(2025, 10, 3)
    act = latest_act(holiday, "-5wd", SHIPPED)
    assert act == date(2025, 9, 25)
    assert compute(act, "5wd", SHIPPED).last_day == date(2025, 10, 9)


@pytest.mark.parametrize(
    ("complete", "earliest"),
    [
        ("2025-09-08", "2025-09-15"),
        ("2025-09-06", "2025-09-15"),
        ("2025-09-25", "2025-10-09"),
        ("2025-09-28", "2025-10-11"),
        ("2025-10-03", "2025-10-15"),
    ],
)
def test_t_27_the_earliest_effect_of_a_change(complete: str, earliest: str) -> None:
    assert str(first_day_allowed(date.fromisoformat(complete), "-5wd", SHIPPED)) == earliest


@given(days, counts)
def test_t_27_the_earliest_effect_is_a_working_day_and_no_earlier_one_would_do(complete: date, count: int) -> None:
    spec = f"-{count}wd"
    earliest = first_day_allowed(complete, spec, SHIPPED)
    assert SHIPPED.is_working(earliest)
    assert latest_act(earliest, spec, SHIPPED) >= complete
    between = [complete + n * ONE_DAY for n in range(1, (earliest - complete).days)]
    assert not any(SHIPPED.is_working(day) and latest_act(day, spec, SHIPPED) >= complete for day in between)


@pytest.mark.parametrize(
    ("count", "expected"), [(0, "2025-10-09"), (1, "2025-09-30"), (3, "2025-09-28"), (4, "2025-09-26")]
)
def test_reminders_go_out_on_working_days_before_the_end(count: int, expected: str) -> None:
    assert str(working_days_before(date(2025, 10, 9), count, SHIPPED)) == expected


def test_a_period_that_ends_on_a_rest_day_is_reminded_of_on_the_working_day_before() -> None:
    sunday = date(2025, 9, 21)
    assert working_days_before(sunday, 0, SHIPPED) == date(2025, 9, 19)
    assert working_days_before(sunday, 1, SHIPPED) == date(2025, 9, 18)


@given(days, counts)
def test_a_reminder_before_a_working_day_is_the_backward_count(day: date, count: int) -> None:
    if SHIPPED.is_working(day):
        assert working_days_before(day, count, SHIPPED) == latest_act(day, f"-{count}wd", SHIPPED)


def test_the_day_on_which_a_period_ends() -> None:
    trigger = "2025-09-25T07:00:00.000Z"
    assert end_day(compute(trigger, "5wd", SHIPPED)) == date(2025, 10, 9)
    assert end_day(compute(trigger, "9h", SHIPPED)) == date(2025, 9, 25)
    assert end_day(compute(trigger, "10h", SHIPPED)) == date(2025, 9, 26)


def test_a_lead_time_in_hours_is_refused() -> None:
    with pytest.raises(PeriodError) as refused:
        latest_act(date(2025, 9, 25), "8h", SHIPPED)
    assert refused.value.field in {"period", "from"}
