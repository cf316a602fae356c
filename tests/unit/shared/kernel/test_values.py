"""Instants, ids and money: canonical forms, and what no form lets through (R-001, R-407, R-440)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.ids import Identifier, Sha256, derived_id
from shared.kernel.instants import (
    Instant,
    beijing_date,
    beijing_text,
    parse_moment,
    parse_rfc3339,
    plus_seconds,
    start_of_day,
    to_datetime,
    to_instant,
)
from shared.kernel.money import Currency, discounted, is_exact, net_of_tax

YEARS = (datetime(1992, 1, 1), datetime(2999, 1, 1))  # noqa: DTZ001 - the strategy adds the zone
MOMENTS = st.datetimes(*YEARS, timezones=st.just(UTC))
AMOUNTS = st.decimals(min_value=Decimal("0.01"), max_value=Decimal("1e12"), places=2)


@given(MOMENTS, MOMENTS)
def test_r_407_canonical_text_compares_like_time(one: datetime, other: datetime) -> None:
    one, other = (moment.replace(microsecond=moment.microsecond // 1000 * 1000) for moment in (one, other))
    assert (to_instant(one) < to_instant(other)) == (one < other)
    assert to_datetime(to_instant(one)) == one


@given(MOMENTS)
def test_r_001_a_beijing_day_begins_at_16_utc_of_the_day_before(moment: datetime) -> None:
    day = beijing_date(to_instant(moment))
    assert start_of_day(day) <= to_instant(moment) < start_of_day(day + timedelta(days=1))
    assert start_of_day(day).endswith("T16:00:00.000Z")


def test_r_407_24_00_of_a_day_is_00_00_of_the_next() -> None:
    assert start_of_day(date(2025, 10, 10)) == "2025-10-09T16:00:00.000Z"
    assert beijing_text("2025-10-09T16:00:00.000Z") == "2025-10-10T00:00:00.000+08:00"


def test_microseconds_are_cut_so_that_no_instant_moves_forward() -> None:
    assert to_instant(datetime(2026, 1, 1, 0, 0, 0, 999_999, tzinfo=UTC)) == "2026-01-01T00:00:00.999Z"


def test_a_moment_without_an_offset_is_no_instant() -> None:
    with pytest.raises(ValueError, match="no instant"):
        parse_rfc3339("2026-01-01T00:00:00")
    assert parse_moment("2026-01-01T00:00:00") == "2025-12-31T16:00:00.000Z"


def test_seconds_are_added_exactly() -> None:
    assert plus_seconds("2026-01-01T00:00:00.000Z", -0.001) == "2025-12-31T23:59:59.999Z"


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (Identifier, "C1\n"),
        (Identifier, ""),
        (Identifier, "a/b"),
        (Identifier, "-a"),
        (Sha256, "0" * 64 + "\n"),
        (Sha256, "A" * 64),
        (Currency, "CNY\n"),
        (Currency, "cny"),
        (Instant, "2026-01-01T00:00:00.000Z\n"),
        (Instant, "2026-01-01T00:00:00Z"),
        (Instant, "２０２６-01-01T00:00:00.000Z"),
        (Instant, "2026-13-01T00:00:00.000Z"),
    ],
)
def test_a_form_lets_nothing_else_through(form: object, text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(text, form)


@given(st.lists(st.text(), min_size=1), st.lists(st.text(), min_size=1))
def test_no_two_lists_of_parts_share_an_id(one: list[str], other: list[str]) -> None:
    assert (derived_id(*one) == derived_id(*other)) == (one == other)


@given(AMOUNTS, st.decimals(min_value=0, max_value=1, places=4))
def test_r_440_net_and_tax_add_up_to_the_gross_amount(gross: Decimal, rate: Decimal) -> None:
    net, tax = net_of_tax(gross, rate, "CNY")
    assert net + tax == gross
    assert is_exact(net, "CNY")
    assert is_exact(tax, "CNY")


def test_r_440_a_discounted_price_is_rounded_half_up_to_the_cent() -> None:
    assert discounted(Decimal("100.01"), Decimal("0.5"), "CNY") == Decimal("50.01")
    assert discounted(Decimal("0.10"), Decimal("0.85"), "CNY") == Decimal("0.09")


@pytest.mark.parametrize("amount", ["1.001", "NaN", "Infinity"])
def test_r_440_an_amount_that_storing_would_change_is_not_exact(amount: str) -> None:
    assert not is_exact(Decimal(amount), "CNY")
