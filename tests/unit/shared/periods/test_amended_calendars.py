"""Provisional results and amended calendars (R-012, R-403..R-405), with the two amendments that really happened."""

from __future__ import annotations

from datetime import date

import pytest

from shared.periods import CalendarYear, compute, merge, recompute, rederive
from tests.unit.shared.periods.calendars import (
    LABOUR_DAY_2019_AS_FIRST_PUBLISHED,
    SHIPPED,
    SPRING_FESTIVAL_2020_AS_FIRST_PUBLISHED,
    exception,
    until,
    year,
)

BEFORE_2019 = merge(until(2019), LABOUR_DAY_2019_AS_FIRST_PUBLISHED)
AFTER_2019 = until(2019)
BEFORE_2020 = merge(until(2020), SPRING_FESTIVAL_2020_AS_FIRST_PUBLISHED)
AFTER_2020 = until(2020)

# A notice of 2027 as it might be: New Year's Eve off, the Sunday before it worked.
YEAR_2027 = CalendarYear(
    year=2027,
    days=(
        exception("2026-12-27", "makeup_working_day"),
        exception("2026-12-31", "holiday_block"),
        exception("2027-01-01", "statutory_holiday"),
    ),
    source="test",
)
WITH_2027 = merge(SHIPPED, YEAR_2027)


@pytest.mark.parametrize(
    ("trigger", "spec", "first", "amended"),
    [
        ("2019-04-28", "5wd", "2019-05-06", "2019-05-07"),
        ("2019-04-26", "3wd", "2019-05-02", "2019-04-30"),
        ("2019-04-25", "7d", "2019-05-02", "2019-05-05"),
        ("2019-04-25", "7d!", "2019-05-02", "2019-05-02"),
        ("2019-05-09", "-5wd", "2019-05-02", "2019-04-30"),
    ],
)
def test_r_404_labour_day_2019_moved_inside_running_periods(trigger: str, spec: str, first: str, amended: str) -> None:
    start = date.fromisoformat(trigger)
    assert str(compute(start, spec, BEFORE_2019).last_day) == first
    assert str(compute(start, spec, AFTER_2019).last_day) == amended


@pytest.mark.parametrize(
    ("trigger", "spec", "first", "amended"),
    [
        ("2020-01-21", "5wd", "2020-02-03", "2020-02-05"),
        ("2020-01-23", "1wd", "2020-01-31", "2020-02-03"),
        ("2020-01-24", "7d", "2020-01-31", "2020-02-03"),
        ("2020-01-22", "10pack", "2020-02-10", "2020-02-12"),
    ],
)
def test_r_404_spring_festival_2020_was_extended_inside_running_periods(
    trigger: str, spec: str, first: str, amended: str
) -> None:
    start = date.fromisoformat(trigger)
    assert str(compute(start, spec, BEFORE_2020).last_day) == first
    assert str(compute(start, spec, AFTER_2020).last_day) == amended


def test_r_404_an_amendment_extends_a_running_period() -> None:
    running = compute(date(2020, 1, 21), "5wd", BEFORE_2020)
    extended = recompute(running, AFTER_2020)
    assert (running.last_day, extended.last_day) == (date(2020, 2, 3), date(2020, 2, 5))
    assert extended.calendar_version == AFTER_2020.version
    assert extended.floor is not None
    assert extended.floor.due_at == running.due_at


def test_r_404_an_amendment_does_not_shorten_a_running_period() -> None:
    running = compute(date(2019, 4, 26), "3wd", BEFORE_2019)
    kept = recompute(running, AFTER_2019)
    assert (kept.last_day, kept.due_at, kept.effective_at) == (running.last_day, running.due_at, running.due_at)
    assert kept.calendar_version == AFTER_2019.version
    assert rederive(kept, AFTER_2019) == kept
    assert recompute(kept, AFTER_2019) == kept


def test_r_404_a_kept_end_names_the_calendar_it_came_from_through_later_versions() -> None:
    kept = recompute(compute(date(2019, 4, 26), "3wd", BEFORE_2019), AFTER_2019)
    later = recompute(kept, until(2020))
    assert (later.last_day, later.calendar_version) == (kept.last_day, until(2020).version)
    assert later.floor == kept.floor
    assert later.floor is not None
    assert later.floor.calendar_version == BEFORE_2019.version


def test_r_404_a_backward_period_is_not_shortened_either_and_stays_without_effect() -> None:
    running = compute(date(2019, 5, 7), "-2wd", BEFORE_2019)
    amended = recompute(running, AFTER_2019)
    assert running.last_day == date(2019, 5, 3)
    assert compute(date(2019, 5, 7), "-2wd", AFTER_2019).last_day == date(2019, 5, 5)
    assert (amended.last_day, amended.effective_at) == (date(2019, 5, 5), None)
    assert recompute(amended, BEFORE_2019).last_day == amended.last_day


def test_r_404_what_was_firm_once_stays_the_floor_over_a_provisional_result() -> None:
    shorter = merge(SHIPPED, YEAR_2027)
    firm = compute(date(2026, 12, 21), "3wd", SHIPPED)
    assert (firm.last_day, firm.provisional) == (date(2026, 12, 24), False)
    closed = CalendarYear(
        year=2026,
        days=tuple(sorted([*year(2026).days, exception("2026-12-24", "holiday_block")], key=lambda day: day.date)),
        source="test",
    )
    extended = recompute(firm, merge(SHIPPED, closed))
    assert (extended.last_day, extended.provisional) == (date(2026, 12, 25), True)
    published = recompute(extended, shorter)
    assert (published.last_day, published.provisional) == (date(2026, 12, 24), False)


def test_r_403_a_provisional_result_is_computed_anew_even_when_it_becomes_shorter() -> None:
    estimated = compute(date(2026, 12, 24), "3wd", SHIPPED)
    published = recompute(estimated, WITH_2027)
    assert (estimated.last_day, estimated.provisional) == (date(2026, 12, 29), True)
    assert (published.last_day, published.provisional) == (date(2026, 12, 28), False)
    assert published.floor is None
    assert published == compute(date(2026, 12, 24), "3wd", WITH_2027)


@pytest.mark.parametrize(
    ("trigger", "spec", "provisional"),
    [
        ("2026-12-21", "3wd", False),
        ("2026-12-21", "4wd", True),
        ("2026-12-25", "-3wd", False),
        ("2026-12-28", "-1wd", True),
        ("2027-01-15", "-30wd", True),
        ("2026-12-17", "7d", False),
        ("2026-12-18", "7d", True),
        ("2026-12-19", "7d", True),
        ("2026-12-30", "10d!", False),
        ("2027-02-01", "-2m", False),
        ("2026-12-21", "4pack", False),
        ("2026-12-21", "5pack", True),
        ("2026-12-31", "0d!", False),
        ("2026-12-31", "0d", True),
        ("2003-12-30", "1wd", True),
    ],
)
def test_r_405_a_result_is_provisional_when_it_depends_on_a_day_that_may_still_change(
    trigger: str, spec: str, provisional: bool
) -> None:
    assert compute(date.fromisoformat(trigger), spec, SHIPPED).provisional is provisional


@pytest.mark.parametrize(
    ("window", "provisional"), [(None, False), ("daily 09:00-24:00", False), ("wd 09:00-17:00", True)]
)
def test_r_405_hours_are_provisional_only_inside_a_window_of_working_days(
    window: str | None, provisional: bool
) -> None:
    assert compute("2026-12-28T02:00:00.000Z", "8h", SHIPPED, window=window).provisional is provisional


def test_r_012_a_longer_coverage_makes_the_same_period_firm() -> None:
    estimated = compute(date(2025, 12, 26), "5wd", until(2025))
    assert (estimated.last_day, estimated.provisional) == (date(2026, 1, 2), True)
    published = compute(date(2025, 12, 26), "5wd", until(2026))
    assert (published.last_day, published.provisional) == (date(2026, 1, 5), False)
