"""A derivation can be stored, shown and computed again (R-402), and nothing makes the engine run away."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.instants import plus_seconds
from shared.periods import Derivation, PeriodError, calendar_of, compute, rederive
from tests.unit.shared.periods.calendars import SHIPPED, until

SPECS = ("5wd", "-10wd", "7d", "7d!", "2w", "1m", "1m!", "10pack", "30min", "8h", "0d", "-1m")

FIRST_MS, LAST_MS = (int(datetime(year, 1, 10, tzinfo=UTC).timestamp() * 1000) for year in (2006, 2027))

instants = st.integers(FIRST_MS, LAST_MS).map(
    lambda milliseconds: plus_seconds("1970-01-01T00:00:00.000Z", milliseconds / 1000)
)
derivations = st.builds(
    compute,
    instants,
    st.sampled_from(SPECS),
    st.just(SHIPPED),
    st.sampled_from(("24:00", "18:00")),
    st.sampled_from((None, "wd 09:00-17:00", "daily 09:00-24:00")),
)


@given(derivations)
def test_r_402_a_stored_derivation_is_derived_again_alike(derivation: Derivation) -> None:
    stored = msgspec.json.decode(msgspec.json.encode(derivation), type=Derivation)
    assert stored == derivation
    assert rederive(stored, SHIPPED) == derivation


@given(instants, st.sampled_from(SPECS))
def test_r_408_computing_twice_gives_the_same(trigger: str, spec: str) -> None:
    assert compute(trigger, spec, SHIPPED) == compute(trigger, spec, SHIPPED)


def test_r_402_a_derivation_under_another_calendar_is_another_one() -> None:
    derivation = compute(date(2026, 2, 10), "5wd", SHIPPED)
    assert rederive(derivation, until(2025)) != derivation


def test_a_derivation_names_what_it_was_computed_from() -> None:
    derivation = compute("2025-09-25T15:59:59.999Z", "5wd", SHIPPED, cutoff="18:00", window="wd 09:00-17:00")
    assert (derivation.trigger_day, derivation.trigger_at) == (date(2025, 9, 25), "2025-09-25T15:59:59.999Z")
    assert (derivation.spec, derivation.cutoff, derivation.window) == ("5wd", "18:00", "wd 09:00-17:00")
    assert (derivation.calendar_id, derivation.calendar_version) == ("cn", SHIPPED.version)
    assert derivation.floor is None


def test_a_day_of_trigger_has_no_instant() -> None:
    derivation = compute(date(2025, 9, 25), "5wd", SHIPPED)
    assert derivation.trigger_at is None
    assert derivation.due_at == compute("2025-09-25T07:00:00.000Z", "5wd", SHIPPED).due_at


@pytest.mark.parametrize(
    ("trigger", "spec", "field"),
    [
        (date(2025, 1, 1), "99999d", "period"),
        (date(2025, 1, 1), "99999wd", "period"),
        (date(2025, 1, 1), "-99999wd", "period"),
        (date(2025, 1, 1), "99999y", "period"),
        (date(2025, 1, 1), "99999pack", "period"),
        ("2025-01-01T00:00:00.000Z", "99999h", "period"),
        (date(9999, 12, 31), "5wd", "from"),
        (date(1, 1, 1), "-5wd", "from"),
        ("9999-12-31T23:59:59.999Z", "8h", "from"),
        ("1900-01-01T00:00:00.000Z", "8h", "from"),
    ],
)
def test_what_reaches_too_far_is_refused_with_the_field(trigger: str | date, spec: str, field: str) -> None:
    with pytest.raises(PeriodError) as refused:
        compute(trigger, spec, SHIPPED)
    assert refused.value.field == field


def test_a_window_that_would_take_years_is_refused() -> None:
    with pytest.raises(PeriodError) as refused:
        compute("2025-01-01T00:00:00.000Z", "9000h", SHIPPED, window="wd 09:00-09:30")
    assert refused.value.field == "period"


def test_a_working_day_that_never_comes_ends_the_walk() -> None:
    with pytest.raises(PeriodError):
        compute(date(2025, 1, 1), "3999wd", calendar_of("cn"))


def test_a_datetime_is_no_trigger() -> None:
    with pytest.raises(TypeError, match="datetime"):
        compute(datetime(2025, 9, 25, tzinfo=UTC), "5wd", SHIPPED)
