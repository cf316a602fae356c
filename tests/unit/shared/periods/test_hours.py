"""Hours and minutes (R-009): elapsed time, or time inside a window, against a clock that runs minute by minute."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.kernel.instants import BEIJING, parse_moment, to_instant
from shared.periods import PeriodError, compute, parse_window
from tests.unit.shared.periods import brute_force
from tests.unit.shared.periods.calendars import SHIPPED

WINDOWS = ("wd 09:00-17:00", "wd 09:00-12:00,14:00-17:00", "mon-fri-except-holidays 09:00-18:00", "daily 09:00-24:00")

MINUTES_OF_THREE_WEEKS = 21 * 24 * 60

moments = st.integers(0, MINUTES_OF_THREE_WEEKS).map(
    lambda minutes: datetime(2025, 9, 20, tzinfo=BEIJING) + timedelta(minutes=minutes)
)


def due(start: str, spec: str, window: str | None = None) -> str:
    return compute(parse_moment(start), spec, SHIPPED, window=window).due_at


@pytest.mark.parametrize(
    ("start", "spec", "window", "expected"),
    [
        ("2025-09-26T16:50", "30min", None, "2025-09-26T17:20"),
        ("2025-09-26T23:59:59.999", "30min", None, "2025-09-27T00:29:59.999"),
        ("2025-09-26T16:50", "30min", "wd 09:00-17:00", "2025-09-28T09:20"),
        ("2025-09-26T16:50", "30min", "mon-fri-except-holidays 09:00-18:00", "2025-09-26T17:20"),
        ("2025-09-26T17:50", "30min", "mon-fri-except-holidays 09:00-18:00", "2025-09-29T09:20"),
        ("2025-09-30T16:00", "2h", "wd 09:00-17:00", "2025-10-09T10:00"),
        ("2025-09-26T11:30", "1h", "wd 09:00-12:00,14:00-17:00", "2025-09-26T14:30"),
        ("2025-09-26T23:30", "1h", "daily 09:00-24:00", "2025-09-27T09:30"),
        ("2025-10-01T03:00", "8h", "daily 09:00-24:00", "2025-10-01T17:00"),
    ],
)
def test_r_009_the_clock_runs_only_inside_the_window(start: str, spec: str, window: str | None, expected: str) -> None:
    assert due(start, spec, window) == parse_moment(expected)


def test_r_281_a_period_used_up_at_the_closing_time_ends_there() -> None:
    assert due("2025-09-26T09:00", "8h", "wd 09:00-17:00") == parse_moment("2025-09-26T17:00")
    assert due("2025-09-26T23:00", "1h", "daily 09:00-24:00") == parse_moment("2025-09-27T00:00")


def test_r_281_a_start_at_the_closing_time_waits_for_the_next_opening() -> None:
    assert due("2025-09-26T17:00", "1h", "wd 09:00-17:00") == parse_moment("2025-09-28T10:00")


@given(moments, st.integers(1, 1200), st.sampled_from(WINDOWS))
@settings(max_examples=40)
def test_r_009_every_windowed_clock_agrees_with_one_that_runs_minute_by_minute(
    start: datetime, minutes: int, text: str
) -> None:
    window = parse_window(text)
    open_minutes = {n for each in window.intervals for n in range(each.opens, each.closes)}

    def is_open(moment: datetime) -> bool:
        return moment.hour * 60 + moment.minute in open_minutes and window.is_open_on(moment.date(), SHIPPED)

    expected = brute_force.minutes_in_window(start, minutes, is_open)
    assert compute(to_instant(start), f"{minutes}min", SHIPPED, window=window).due_at == to_instant(expected)


@given(moments, st.integers(1, 500))
def test_r_009_without_a_window_hours_elapse(start: datetime, hours: int) -> None:
    assert compute(to_instant(start), f"{hours}h", SHIPPED).due_at == to_instant(start + timedelta(hours=hours))


def test_hours_have_no_last_day_and_list_the_days_on_which_the_clock_ran() -> None:
    derivation = compute(parse_moment("2025-09-26T18:30"), "9h", SHIPPED, window="wd 09:00-17:00")
    assert derivation.last_day is None
    assert derivation.effective_at == derivation.due_at
    assert [(step.date.day, step.n, step.why) for step in derivation.steps] == [
        (26, None, "start_day"),
        (27, None, "weekend"),
        (28, 1, "makeup_working_day"),
        (29, 2, "working_day"),
    ]


def test_an_adjusted_weekend_is_a_weekend_for_monday_to_friday() -> None:
    window = "mon-fri-except-holidays 09:00-18:00"
    derivation = compute(parse_moment("2025-09-26T17:00"), "2h", SHIPPED, window=window)
    assert [step.why for step in derivation.steps] == ["working_day", "weekend", "weekend", "working_day"]


def test_days_alone_do_not_start_a_clock() -> None:
    with pytest.raises(PeriodError) as refused:
        compute(datetime(2025, 9, 26, tzinfo=BEIJING).date(), "8h", SHIPPED)
    assert refused.value.field == "from"


def test_r_135_a_window_changes_nothing_for_days() -> None:
    trigger = parse_moment("2025-09-25T23:50")
    plain, windowed = (compute(trigger, "5wd", SHIPPED, window=window) for window in (None, "wd 09:00-17:00"))
    assert windowed.due_at == plain.due_at
    assert windowed.window == "wd 09:00-17:00"
