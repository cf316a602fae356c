"""A year is published as firm, so one that no notice can have meant is refused, with what to do (R-002, R-300)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.catalog.calendars.library import years_from_chinesecalendar
from services.catalog.calendars.shipped import shipped_years
from services.catalog.calendars.statutory import doubts
from services.catalog.domain.commands import PublishCalendarYear
from services.catalog.domain.events import CalendarYearSet
from services.catalog.service import CATALOG
from shared.kernel.actors import Actor
from shared.periods import CalendarError, CalendarYear, DayException, check_plausible_year, fixed_days
from shared.periods.calendar import ExceptionKind
from shared.testing.spec import Spec

ADMIN = Actor(issuer="idp", subject="zhao", organisation="provider", grants=("catalog_admin",))


def listed(day: date, kind: ExceptionKind = "statutory_holiday", name: str = "") -> DayException:
    """A day of a notice."""
    return DayException(date=day, kind=kind, name_zh=name)


def year(number: int, *days: DayException, without: tuple[str, ...] = ()) -> CalendarYear:
    """The festivals with fixed dates, but `without`, and other days."""
    festivals = (listed(day) for day in fixed_days(number) if day.isoformat() not in without)
    return CalendarYear(year=number, days=tuple(sorted((*festivals, *days), key=lambda day: day.date)), source="test")


def publish(body: CalendarYear, calendar: str = "cn") -> Spec:
    """The year, sent to the catalogue."""
    return Spec(CATALOG, f"calendar/{calendar}").when(PublishCalendarYear(calendar=calendar, year=body), actor=ADMIN)


def test_a_year_without_a_single_rest_day_is_refused() -> None:
    publish(CalendarYear(year=2027, days=(), source="test")).refuses(CalendarError, "/year/days")


@pytest.mark.parametrize("missing", ["2026-01-01", "2026-05-01", "2025-05-02", "2026-10-01", "2025-10-03"])
def test_a_festival_is_never_a_plain_working_day(missing: str) -> None:
    with pytest.raises(CalendarError, match=f"{missing} is a statutory holiday by law.*list it as") as refused:
        check_plausible_year("cn", year(int(missing[:4]), without=(missing,)))
    assert refused.value.day == date.fromisoformat(missing)
    assert "请列为" in refused.value.detail_zh


def test_a_festival_is_worked_where_the_year_says_so_by_name() -> None:
    worked = listed(date(2026, 10, 1), "makeup_working_day", "国庆节上班")
    assert publish(year(2026, worked, without=("2026-10-01",))).event(CalendarYearSet).year.days
    nameless = listed(date(2026, 10, 1), "makeup_working_day")
    publish(year(2026, nameless, without=("2026-10-01",))).refuses(CalendarError, "/year/days/3/date")


def test_another_weekday_is_no_makeup_day_whatever_its_name() -> None:
    publish(year(2026, listed(date(2026, 3, 2), "makeup_working_day", "上班"))).refuses(
        CalendarError, "/year/days/1/date"
    )


def test_a_year_with_too_many_makeup_days_or_too_few_working_days_is_refused() -> None:
    saturdays = [date(2026, 1, 3) + timedelta(weeks=n) for n in range(16)]
    made_up = year(2026, *(listed(day, "makeup_working_day") for day in saturdays))
    with pytest.raises(CalendarError, match="16 make-up working days are more than the 15"):
        check_plausible_year("cn", made_up)
    mondays = [date(2026, 6, 1) + timedelta(days=n) for n in range(31) if (n % 7) < 5]
    with pytest.raises(CalendarError, match="fewer than the 240"):
        check_plausible_year("company", year(2026, *(listed(day, "holiday_block") for day in mondays)))


@pytest.mark.parametrize("day", ["2025-11-30", "2027-01-01", "2024-12-31"])
def test_a_day_of_another_year_is_refused(day: str) -> None:
    publish(year(2026, listed(date.fromisoformat(day)))).refuses(CalendarError)


def test_where_a_year_differs_from_the_table_of_festivals_the_answer_says_so() -> None:
    told = tuple(doubts(year(2027)))
    command = PublishCalendarYear(calendar="cn", year=year(2027), doubts=told)
    data = Spec(CATALOG, "calendar/cn").when(command, actor=ADMIN).decision.outcome.data
    assert "2027-02-05: 依法应为法定节假日" in data["warning_1"] and "please review" in data["warning_1"]


def test_every_year_that_ships_or_that_a_library_knows_is_plausible() -> None:
    for known in (*shipped_years(), *years_from_chinesecalendar()):
        check_plausible_year("cn", known)
        assert list(doubts(known)) == []
    assert list(doubts(year(2199))) == []
