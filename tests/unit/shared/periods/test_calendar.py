"""Working calendars: kinds of days, versions, coverage, and what no notice can say."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import holidays
import msgspec
import pytest
from msgspec.structs import replace

from shared.periods import CalendarError, CalendarYear, WorkCalendar, calendar_of, check_year, compute, merge
from tests.unit.shared.periods.calendars import ALL_DAYS, SHIPPED, exception, until, with_days, year

LEFT_OUT_BY_THE_LIBRARY = date(2005, 12, 31)
ORACLE = holidays.China(years=range(2004, 2027))


def test_r_002_every_shipped_day_agrees_with_an_independent_library() -> None:
    assert [day for day in ALL_DAYS if SHIPPED.is_working(day) != ORACLE.is_working_day(day)] == []


def test_r_002_every_shipped_day_but_one_agrees_with_the_library_it_was_made_from() -> None:
    differing = [day for day in ALL_DAYS if SHIPPED.is_working(day) != chinese_calendar.is_workday(day)]
    assert differing == [LEFT_OUT_BY_THE_LIBRARY]


def test_r_405_saturday_2005_12_31_was_worked_by_the_notice_of_2006() -> None:
    assert str(compute(date(2005, 12, 30), "1wd", SHIPPED).last_day) == "2005-12-31"
    assert str(compute(date(2005, 12, 30), "2wd", SHIPPED).last_day) == "2006-01-04"


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ("2025-09-26", "working_day"),
        ("2025-09-27", "weekend"),
        ("2025-09-28", "makeup_working_day"),
        ("2025-10-01", "statutory_holiday"),
        ("2025-10-04", "holiday_block"),
        ("2025-10-06", "statutory_holiday"),
        ("2025-10-08", "holiday_block"),
        ("2012-06-23", "statutory_holiday"),
        ("2024-02-09", "working_day"),
        ("2015-09-03", "holiday_block"),
    ],
)
def test_a_day_has_a_kind(day: str, kind: str) -> None:
    assert SHIPPED.kind(date.fromisoformat(day)) == kind


def test_a_year_has_thirteen_statutory_days_since_2025() -> None:
    numbers = {
        number: sum(day.kind == "statutory_holiday" for day in year(number).days) for number in range(2004, 2027)
    }
    fewer_where_two_festivals_meet = {2009: 10, 2020: 10}
    by_law = {number: 10 if number < 2008 else 11 if number < 2025 else 13 for number in numbers}
    assert numbers == by_law | fewer_where_two_festivals_meet


def test_r_012_the_shipped_calendar_covers_2004_to_2026() -> None:
    assert SHIPPED.coverage == (date(2004, 1, 1), date(2026, 12, 31))


def test_r_405_the_days_from_25_december_of_the_last_year_on_are_provisional() -> None:
    assert not SHIPPED.is_provisional(date(2026, 12, 24))
    assert SHIPPED.is_provisional(date(2026, 12, 25))
    assert SHIPPED.is_provisional(date(2027, 3, 1))
    assert SHIPPED.is_provisional(date(2003, 12, 31))
    assert not SHIPPED.is_provisional(date(2025, 12, 31))


def test_r_405_the_next_notice_settles_the_december_before_it() -> None:
    before, after = until(2018), until(2019)
    saturday, monday = date(2018, 12, 29), date(2018, 12, 31)
    assert (before.kind(saturday), before.kind(monday)) == ("weekend", "working_day")
    assert (after.kind(saturday), after.kind(monday)) == ("makeup_working_day", "holiday_block")
    assert before.is_provisional(saturday)
    assert not after.is_provisional(saturday)


def test_beyond_the_coverage_the_week_is_an_estimate() -> None:
    assert SHIPPED.kind(date(2027, 10, 1)) == "working_day"
    assert SHIPPED.kind(date(2027, 10, 2)) == "weekend"


def test_a_calendar_without_years_estimates_everything() -> None:
    empty = calendar_of("cn")
    assert empty.coverage is None
    assert empty.kind(date(2025, 10, 1)) == "working_day"
    assert empty.is_provisional(date(2025, 10, 1))


def test_merging_year_by_year_gives_the_calendar_of_all_years() -> None:
    merged = calendar_of("cn")
    for known in SHIPPED.years:
        merged = merge(merged, known)
    assert merged == SHIPPED


def test_an_amended_year_replaces_the_earlier_one_as_a_whole() -> None:
    without_national_day = with_days(year(2026), without={day.date.isoformat() for day in year(2026).days[-10:]})
    amended = merge(SHIPPED, without_national_day)
    assert amended.version != SHIPPED.version
    assert amended.kind(date(2026, 10, 1)) == "working_day"
    assert merge(amended, year(2026)) == SHIPPED


def test_the_version_depends_on_the_facts_alone() -> None:
    renamed = replace(year(2026), source="elsewhere", notice="another wording", reviewed_by="somebody")
    assert merge(SHIPPED, renamed).version == SHIPPED.version
    assert until(2025).version != SHIPPED.version
    assert SHIPPED.version.startswith("2026-")


def test_a_year_that_leaves_a_gap_is_refused() -> None:
    with pytest.raises(CalendarError, match="2027"):
        merge(SHIPPED, CalendarYear(year=2028, days=(), source="test"))


def test_a_calendar_survives_the_codec() -> None:
    decoded = msgspec.json.decode(msgspec.json.encode(SHIPPED), type=WorkCalendar)
    assert decoded == SHIPPED
    assert decoded.kind(date(2025, 9, 28)) == "makeup_working_day"


@pytest.mark.parametrize(
    ("days", "text"),
    [
        ((exception("2025-05-02", "holiday_block"), exception("2025-05-01", "statutory_holiday")), "out of order"),
        ((exception("2025-05-01", "holiday_block"), exception("2025-05-01", "statutory_holiday")), "twice"),
        ((exception("2026-01-01", "statutory_holiday"),), "neither"),
        ((exception("2024-11-30", "holiday_block"),), "neither"),
        ((exception("2025-05-02", "makeup_working_day"),), "Saturday"),
    ],
)
def test_what_no_notice_can_say_is_refused_with_the_day(days: tuple, text: str) -> None:
    with pytest.raises(CalendarError, match=text) as refused:
        check_year(CalendarYear(year=2025, days=days, source="test"))
    assert refused.value.field.startswith("/days/")
    assert refused.value.day in {day.date for day in days}


def test_every_shipped_year_is_what_a_notice_can_say() -> None:
    for known in SHIPPED.years:
        check_year(known)


def test_a_notice_may_speak_of_the_december_before_it() -> None:
    check_year(CalendarYear(year=2025, days=(exception("2024-12-28", "makeup_working_day"),), source="test"))


def test_the_days_of_a_block_lie_together() -> None:
    blocks = [day for day in ALL_DAYS if SHIPPED.kind(day) == "holiday_block"]
    lonely = [
        day
        for day in blocks
        if SHIPPED.is_working(day - timedelta(days=1)) and SHIPPED.is_working(day + timedelta(days=1))
    ]
    assert lonely == []


@pytest.mark.parametrize("year", [0, 1, -1, 1948, 2200, 10_000, 2**63])
def test_a_year_that_no_notice_can_be_about_is_refused(year: int) -> None:
    with pytest.raises(CalendarError) as refused:
        check_year(CalendarYear(year=year, days=(), source="test"))
    assert refused.value.field == "/year"
