"""Windows as text, and the two notions of a day that live side by side (R-015)."""

from __future__ import annotations

from datetime import date

import pytest

from shared.periods import PeriodError, parse_window
from tests.unit.shared.periods.calendars import SHIPPED

MAKEUP_SUNDAY = date(2025, 9, 28)
HOLIDAY_TUESDAY = date(2025, 10, 7)


@pytest.mark.rule("R-295")
@pytest.mark.parametrize(
    "text",
    [
        "wd 09:00-17:00",
        "wd 09:00-12:00,14:00-17:00",
        "mon-fri-except-holidays 09:00-18:00",
        "daily 09:00-24:00",
        "daily 00:00-24:00",
        "wd 09:00-12:00,12:00-13:00",
    ],
)
def test_a_window_is_read_and_printed_alike(text: str) -> None:
    assert parse_window(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "wd",
        "wd ",
        "wd 9:00-17:00",
        "wd 09:00",
        "weekly 09:00-17:00",
        "wd  09:00-17:00",
        "wd 17:00-09:00",
        "wd 09:00-09:00",
        "wd 09:00-12:00,11:00-17:00",
        "wd 14:00-17:00,09:00-12:00",
        "wd 09:00-25:00",
        "wd " + ",".join(f"{hour:02d}:00-{hour:02d}:30" for hour in range(9)),
    ],
)
def test_anything_else_is_refused_with_the_field(text: str) -> None:
    with pytest.raises(PeriodError) as refused:
        parse_window(text)
    assert refused.value.field == "window"
    assert refused.value.detail_zh


def test_r_015_an_adjusted_sunday_is_open_for_working_days_and_closed_for_monday_to_friday() -> None:
    assert parse_window("wd 09:00-17:00").is_open_on(MAKEUP_SUNDAY, SHIPPED)
    assert not parse_window("mon-fri-except-holidays 09:00-18:00").is_open_on(MAKEUP_SUNDAY, SHIPPED)
    assert parse_window("daily 09:00-24:00").is_open_on(MAKEUP_SUNDAY, SHIPPED)


@pytest.mark.parametrize("text", ["wd 09:00-17:00", "mon-fri-except-holidays 09:00-18:00"])
def test_r_015_a_weekday_inside_a_holiday_block_is_closed_for_both(text: str) -> None:
    assert not parse_window(text).is_open_on(HOLIDAY_TUESDAY, SHIPPED)
