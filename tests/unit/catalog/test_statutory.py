"""Which days are statutory holidays, by the law of the year (R-300)."""

from __future__ import annotations

from datetime import date

import holidays
import pytest

from services.catalog.calendars.statutory import statutory_days
from shared.periods import CalendarError

FESTIVALS = {"元旦", "春节", "农历除夕", "清明节", "劳动节", "端午节", "中秋节", "国庆节"}


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (
            2007,
            "01-01 02-18 02-19 02-20 05-01 05-02 05-03 10-01 10-02 10-03",
        ),
        (
            2010,
            "01-01 02-13 02-14 02-15 04-05 05-01 06-16 09-22 10-01 10-02 10-03",
        ),
        (
            2014,
            "01-01 01-31 02-01 02-02 04-05 05-01 06-02 09-08 10-01 10-02 10-03",
        ),
        (
            2025,
            "01-01 01-28 01-29 01-30 01-31 04-04 05-01 05-02 05-31 10-01 10-02 10-03 10-06",
        ),
    ],
)
def test_the_statutory_days_of_each_revision_of_the_law(year: int, days: str) -> None:
    assert sorted(statutory_days(year)) == [date.fromisoformat(f"{year}-{day}") for day in days.split()]


def test_the_moving_festivals_agree_with_an_independent_library() -> None:
    for year in range(2004, 2051):
        library = holidays.China(years=year, observed=False, language="zh_CN")
        assert set(statutory_days(year)) == {day for day, name in library.items() if FESTIVALS & set(name.split("; "))}


def test_a_decree_for_one_year_is_no_statutory_holiday() -> None:
    assert date(2015, 9, 3) not in statutory_days(2015)


def test_a_year_beyond_the_table_is_refused() -> None:
    with pytest.raises(CalendarError, match="2051"):
        statutory_days(2051)
