"""Exact money (R-440): rows, remainders, totals and payment lines with conditions (R-222, R-445)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.domain.drafting.events import ContractDrafted
from services.contracts.domain.pricing.commands import PaymentLineBody, PriceBody, PriceRowBody
from services.contracts.domain.pricing.errors import (
    AmountsDoNotAddUp,
    ConditionOfUnknownItem,
    LineWithoutCondition,
    NameRepeated,
)
from services.contracts.domain.pricing.terms import checked_price, last_row_remainder
from shared.kernel.errors import LedgerError
from shared.kernel.money import cents, discounted
from shared.public_events.terms import PriceRow
from tests.unit.contracts.world import P_MANAGER, draft, empty, line

ITEMS = frozenset({"delivery"})
WHOLE = (line("all", "100000", ("signing", "")),)


@pytest.mark.rule("R-220")
@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"price_total": "100001"}, AmountsDoNotAddUp, "/price_total"),
        (
            {"price_rows": (PriceRowBody(name_zh="服务", list_price="125000", discount="0.8", price="99999"),)},
            AmountsDoNotAddUp,
            "/price_rows/0/price",
        ),
        ({"payment_lines": (line("a", "99999.99", ("signing", "")),)}, AmountsDoNotAddUp, "/payment_lines"),
        ({"payment_lines": (line("all", "100000"),)}, LineWithoutCondition, "/payment_lines/0/conditions"),
        (
            {"payment_lines": (line("all", "100000", ("item_accepted", "nothing")),)},
            ConditionOfUnknownItem,
            "/payment_lines/0/conditions",
        ),
        (
            {"payment_lines": (line("all", "100000", ("warranty_end", "")),)},
            ConditionOfUnknownItem,
            "/payment_lines/0/conditions",
        ),
        (
            {"payment_lines": (line("a", "50000", ("signing", "")), line("a", "50000", ("signing", "")))},
            NameRepeated,
            "/payment_lines",
        ),
    ],
)
def test_r_440_a_draft_whose_price_does_not_hold_together_is_refused(
    changes: dict[str, Any], error: type[LedgerError], field: str
) -> None:
    empty().when(draft(**changes), actor=P_MANAGER).refuses(error, field)


def test_r_445_a_line_can_wait_for_the_end_of_the_warranty_where_there_is_one() -> None:
    lines = (line("most", "95000", ("item_accepted", "tuning-report")), line("rest", "5000", ("warranty_end", "")))
    empty().when(draft("alibaba-25", payment_lines=lines), actor=P_MANAGER).then_types(ContractDrafted)


def test_r_440_the_last_row_carries_the_remainder() -> None:
    """Two rows of 10.10 at 0.95: 9.595 each; 9.60 and the remainder 9.59 make the exact total 19.19."""
    rows = tuple(
        PriceRowBody(name_zh=name, list_price="10.10", discount="0.95", price=price)
        for name, price in (("甲", "9.60"), ("乙", "9.59"))
    )
    body = PriceBody(price_rows=rows, price_total="19.19", payment_lines=(line("all", "19.19", ("signing", "")),))
    assert checked_price(body, "CNY", ITEMS, has_warranty=False).total == Decimal("19.19")


amounts = st.decimals(min_value=Decimal("0.01"), max_value=Decimal("9999999.99"), places=2)
rates = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(1), places=4)


@given(st.lists(st.tuples(amounts, rates), min_size=1, max_size=8))
def test_r_440_property_the_remainder_makes_the_exact_total(pairs: list[tuple[Decimal, Decimal]]) -> None:
    rows = tuple(
        PriceRow(name_zh="服务", list_price=amount, discount=rate, price=discounted(amount, rate, "CNY"))
        for amount, rate in pairs
    )
    prices = [row.price for row in rows[:-1]] + [last_row_remainder(rows, "CNY")]
    assert sum(prices) == cents(sum((amount * rate for amount, rate in pairs), Decimal()))


@given(
    parts=st.lists(amounts, min_size=1, max_size=8),
    error=st.sampled_from([Decimal(0), Decimal("0.01"), Decimal("-0.01")]),
)
def test_r_440_property_a_plan_is_taken_exactly_when_it_adds_up_to_the_price(
    parts: list[Decimal], error: Decimal
) -> None:
    total = sum(parts, Decimal())
    stated = total + error
    row = PriceRowBody(name_zh="服务", list_price=str(stated), price=str(stated))
    lines: tuple[PaymentLineBody, ...] = tuple(
        line(f"l{number}", str(part), ("signing", "")) for number, part in enumerate(parts)
    )
    body = PriceBody(price_rows=(row,), price_total=str(stated), payment_lines=lines)
    if error:
        with pytest.raises(AmountsDoNotAddUp):
            checked_price(body, "CNY", ITEMS, has_warranty=False)
    else:
        assert checked_price(body, "CNY", ITEMS, has_warranty=False).total == total
