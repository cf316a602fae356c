"""Period specs and cut-offs: one spelling for each meaning, and an answer with field and remedy for everything else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.periods import PeriodError, PeriodSpec, parse_cutoff, parse_spec
from shared.periods.spec import CALENDAR_UNITS, PERIOD_PATTERN

SPELLINGS = {
    "5wd": PeriodSpec(count=5, unit="wd"),
    "-10wd": PeriodSpec(count=10, unit="wd", backward=True),
    "7d": PeriodSpec(count=7, unit="d", rolled=True),
    "7d!": PeriodSpec(count=7, unit="d"),
    "-1m": PeriodSpec(count=1, unit="m", backward=True),
    "2w": PeriodSpec(count=2, unit="w", rolled=True),
    "1m": PeriodSpec(count=1, unit="m", rolled=True),
    "1m!": PeriodSpec(count=1, unit="m"),
    "1q": PeriodSpec(count=1, unit="q", rolled=True),
    "2y!": PeriodSpec(count=2, unit="y"),
    "10pack": PeriodSpec(count=10, unit="pack"),
    "30min": PeriodSpec(count=30, unit="min"),
    "8h": PeriodSpec(count=8, unit="h"),
    "0d": PeriodSpec(count=0, unit="d", rolled=True),
    "0d!": PeriodSpec(count=0, unit="d"),
}

MALFORMED = [
    "", "5", "wd", "5 wd", " 5wd", "5WD", "05wd", "0wd", "-0d", "+5wd", "5.5d", "5wd!", "-7d!", "10pack!", "-10pack",
    "-8h", "8h!", "5wk", "100000d", "５wd", "5wd\n", "5工作日",
]  # fmt: skip


@pytest.mark.parametrize(("text", "spec"), SPELLINGS.items())
def test_each_spelling_is_read(text: str, spec: PeriodSpec) -> None:
    assert parse_spec(text) == spec
    assert spec.text == text


@pytest.mark.parametrize("text", MALFORMED)
def test_anything_else_is_refused_with_the_field_and_a_remedy_in_both_languages(text: str) -> None:
    with pytest.raises(PeriodError) as refused:
        parse_spec(text)
    assert refused.value.field == "period"
    assert "5wd" in refused.value.detail
    assert "期间" in refused.value.detail_zh


@given(st.from_regex(re.compile(PERIOD_PATTERN), fullmatch=True))
def test_text_and_value_are_two_forms_of_the_same(text: str) -> None:
    spec = parse_spec(text)
    assert spec.text == text
    assert spec.rolled == (spec.unit in CALENDAR_UNITS and not spec.backward and not text.endswith("!"))


@pytest.mark.parametrize(("text", "minutes"), [("24:00", 1440), ("18:00", 1080), ("00:01", 1), ("09:30", 570)])
def test_a_cutoff_is_a_minute_of_the_last_day(text: str, minutes: int) -> None:
    assert parse_cutoff(text) == minutes


@pytest.mark.parametrize("text", ["", "00:00", "24:01", "25:00", "9:00", "18", "18:60", "18:00:00", "６:00"])
def test_a_cutoff_that_is_no_minute_of_the_day_is_refused(text: str) -> None:
    with pytest.raises(PeriodError) as refused:
        parse_cutoff(text)
    assert refused.value.field == "cutoff"
