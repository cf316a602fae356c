"""What people are told: every day and why, in both languages, line for line."""

from __future__ import annotations

from datetime import date

import pytest

from shared.periods import Derivation, compute, merge, recompute
from shared.periods.explain import explain
from tests.unit.shared.periods.calendars import LABOUR_DAY_2019_AS_FIRST_PUBLISHED, SHIPPED, until


def told(derivation: Derivation) -> tuple[str, str]:
    lines = explain(derivation, SHIPPED)
    return "\n".join(line.zh for line in lines), "\n".join(line.en for line in lines)


def test_every_day_is_told_with_its_number_and_the_name_of_the_holiday() -> None:
    zh, en = told(compute("2025-09-25T07:00:00.000Z", "5wd", SHIPPED))
    assert "自 2025-09-25 15:00 起 5 个工作日，当日不计" in zh
    assert "2025-09-28 周日    2  调休上班日（国庆节）" in zh
    assert "2025-10-06 Mon    -  statutory holiday (Mid-autumn Festival)" in en
    assert "Last day: 2025-10-09 Thu, until 24:00" in en
    assert "到期：2025-10-10 00:00 = 2025-10-09T16:00:00.000Z" in zh


@pytest.mark.parametrize("spec", ["5wd", "-10wd", "7d", "7d!", "1m", "10pack", "8h", "0d", "-1m"])
def test_both_languages_say_as_much(spec: str) -> None:
    lines = explain(compute("2025-09-25T07:00:00.000Z", spec, SHIPPED), SHIPPED)
    assert all(line.zh and line.en for line in lines)
    assert spec in lines[0].zh
    assert spec in lines[0].en


def test_a_provisional_result_says_which_days_are_not_certain() -> None:
    zh, en = told(compute(date(2026, 12, 21), "5wd", SHIPPED))
    assert "2026-12-25 周五    4  工作日 *" in zh
    assert "2026-12-24 Thu    3  working day\n" in en
    assert "Provisional" in en
    assert "*" not in told(compute(date(2026, 12, 21), "14d!", SHIPPED))[0]


def test_a_window_is_told_where_it_counts_and_where_it_does_not() -> None:
    trigger, window = "2025-09-25T07:00:00.000Z", "wd 09:00-17:00"
    assert "runs only inside the window" in told(compute(trigger, "8h", SHIPPED, window=window))[1]
    assert "R-135" in told(compute(trigger, "5wd", SHIPPED, window=window))[1]


def test_an_end_that_was_kept_names_the_calendar_it_comes_from() -> None:
    before = merge(until(2019), LABOUR_DAY_2019_AS_FIRST_PUBLISHED)
    kept = recompute(compute(date(2019, 4, 26), "3wd", before), until(2019))
    assert f"保留日历 {before.version} 的结果" in told(kept)[0]


def test_a_trigger_is_shown_as_exactly_as_it_is() -> None:
    assert "2025-09-25 23:59:59.999" in told(compute("2025-09-25T15:59:59.999Z", "30min", SHIPPED))[1]
