"""The edge cases that the sources leave open: one test a row of the table that concerns periods, with alternatives."""

from __future__ import annotations

from datetime import date

import pytest

from shared.kernel.instants import parse_moment, parse_rfc3339
from shared.periods import Derivation, compute
from tests.unit.shared.periods.calendars import SHIPPED


def review(received: str) -> Derivation:
    return compute(parse_moment(received), "5wd", SHIPPED)


def test_a_submission_at_23_50_counts_for_that_day() -> None:
    assert review("2025-09-25T23:50").trigger_day == date(2025, 9, 25)
    assert review("2025-09-25T23:50").last_day == review("2025-09-25T09:00").last_day


@pytest.mark.parametrize(
    ("received", "day_of_trigger", "last_day"),
    [
        ("2025-09-25T23:59:59.999", "2025-09-25", "2025-10-09"),
        ("2025-09-26T00:00:00.000", "2025-09-26", "2025-10-10"),
    ],
)
def test_midnight_belongs_to_the_day_that_begins(received: str, day_of_trigger: str, last_day: str) -> None:
    derivation = review(received)
    assert (str(derivation.trigger_day), str(derivation.last_day)) == (day_of_trigger, last_day)


def test_a_submission_on_a_holiday_counts_from_the_first_working_day_after_the_block() -> None:
    derivation = review("2025-10-03T10:00")
    first_counted = next(step for step in derivation.steps if step.counted)
    assert (first_counted.date, first_counted.n) == (date(2025, 10, 9), 1)


@pytest.mark.rule("R-187")
def test_a_notice_sent_at_23_59_and_received_at_00_03_is_late() -> None:
    due_at = review("2025-09-25T15:00").due_at
    assert parse_moment("2025-10-09T23:59:59.999") < due_at
    assert parse_moment("2025-10-10T00:03") >= due_at
    assert parse_moment("2025-10-10T00:00") >= due_at


def test_a_sender_in_another_time_zone_is_read_in_beijing() -> None:
    derivation = compute(parse_rfc3339("2025-09-25T20:00:00-04:00"), "5wd", SHIPPED)
    assert derivation.trigger_day == date(2025, 9, 26)


def test_the_day_of_receipt_is_not_counted() -> None:
    assert review("2025-09-26T09:00").steps[0].date == date(2025, 9, 27)


def test_the_last_day_on_a_holiday_moves_to_the_next_working_day() -> None:
    assert compute(date(2025, 9, 28), "7d", SHIPPED).last_day == date(2025, 10, 9)
    assert compute(date(2025, 9, 28), "7d!", SHIPPED).last_day == date(2025, 10, 5)


def test_an_adjusted_working_sunday_counts_as_a_working_day_at_the_end() -> None:
    saturday, worked_sunday = date(2025, 9, 27), date(2025, 9, 28)
    assert compute(date(2025, 9, 20), "7d!", SHIPPED).last_day == saturday
    assert compute(date(2025, 9, 20), "7d", SHIPPED).last_day == worked_sunday
    assert compute(date(2025, 9, 21), "7d", SHIPPED).last_day == worked_sunday


def test_no_matching_day_in_the_month_is_the_end_of_the_month() -> None:
    assert compute(date(2025, 1, 31), "1m", SHIPPED).last_day == date(2025, 2, 28)


def test_a_deadline_beyond_the_published_calendar_is_provisional() -> None:
    assert compute(date(2026, 12, 31), "5wd", SHIPPED).provisional


@pytest.mark.parametrize(("cutoff", "due_at"), [("24:00", "16:00"), ("18:00", "10:00"), ("17:00", "09:00")])
def test_24_00_or_close_of_business(cutoff: str, due_at: str) -> None:
    assert compute(date(2025, 9, 25), "5wd", SHIPPED, cutoff).due_at == f"2025-10-09T{due_at}:00.000Z"


@pytest.mark.rule("R-003")
def test_t_plus_n_is_calendar_days_rolled_or_working_days() -> None:
    signed = date(2025, 9, 25)
    assert compute(signed, "3d", SHIPPED).last_day == date(2025, 9, 28)
    assert compute(signed, "10d", SHIPPED).last_day == date(2025, 10, 9)
    assert compute(signed, "10wd", SHIPPED).last_day == date(2025, 10, 15)


def test_the_start_day_of_a_pack_counts_or_not() -> None:
    start = date(2025, 9, 22)
    assert compute(start, "10pack", SHIPPED).last_day == date(2025, 10, 10)
    assert compute(start, "10wd", SHIPPED).last_day == date(2025, 10, 11)


def test_the_warranty_after_a_deemed_acceptance_starts_on_its_date_and_does_not_roll() -> None:
    deemed = review("2025-09-25T15:00").effective_at
    assert deemed is not None
    warranty = compute(deemed, "1m!", SHIPPED)
    assert (warranty.trigger_day, warranty.last_day) == (date(2025, 10, 10), date(2025, 11, 10))
    assert compute(date(2025, 9, 30), "4d!", SHIPPED).last_day == date(2025, 10, 4)
