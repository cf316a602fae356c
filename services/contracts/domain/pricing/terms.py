"""Price sheet and payment plan as exact money (R-220, R-222, R-440): read from texts, checked as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from decimal import Decimal

from msgspec import Struct

from services.contracts.domain.pricing.commands import PaymentLineBody, PriceBody, PriceRowBody
from services.contracts.domain.pricing.errors import (
    AmountsDoNotAddUp,
    ConditionOfUnknownItem,
    LineWithoutCondition,
    NameRepeated,
)
from shared.kernel.errors import told
from shared.kernel.money import MoneyNotPossible, cents, discounted, is_exact, rounded
from shared.public_events.terms import PaymentCondition, PaymentLine, PriceRow


class Price(Struct, frozen=True, kw_only=True):
    """A price that adds up: rows, total, and the payment plan over the total."""

    rows: tuple[PriceRow, ...]
    total: Decimal
    lines: tuple[PaymentLine, ...]


def checked_price(
    body: PriceBody, currency: str, items: Collection[str], *, has_warranty: bool, field: str = ""
) -> Price:
    """The price that a body states, refused unless it adds up and every line waits for something that exists.

    `field` is the path in front of the fields that a refusal names (`/re_plan`).
    """
    total = cents(Decimal(body.price_total))
    price = Price(
        rows=tuple(_row(row) for row in body.price_rows),
        total=total,
        lines=tuple(_line(line) for line in body.payment_lines),
    )
    _check_units(price, currency, field)
    _check_rows(price, currency, field)
    _check_lines(price, field)
    for index, line in enumerate(price.lines):
        _check_conditions(line, f"{field}/payment_lines/{index}/conditions", items, has_warranty)
    return price


def _row(row: PriceRowBody) -> PriceRow:
    return PriceRow(
        name_zh=row.name_zh,
        list_price=cents(Decimal(row.list_price)),
        discount=Decimal(row.discount),
        price=cents(Decimal(row.price)),
    )


def _line(line: PaymentLineBody) -> PaymentLine:
    return PaymentLine(
        line_id=line.line_id,
        name_zh=line.name_zh,
        amount=cents(Decimal(line.amount)),
        conditions=tuple(PaymentCondition(kind=condition.kind, item=condition.item) for condition in line.conditions),
        pay_within=line.pay_within,
    )


def last_row_remainder(rows: tuple[PriceRow, ...], currency: str) -> Decimal:
    """What is left for the last row when the exact total is rounded once and every other row by itself (R-440)."""
    exact = sum((row.list_price * row.discount for row in rows), Decimal())
    rest = (discounted(row.list_price, row.discount, currency) for row in rows[:-1])
    return rounded(exact, currency) - sum(rest, Decimal())


def _check_units(price: Price, currency: str, field: str) -> None:
    """Every amount can be paid in its currency: there is no half a yen (R-440)."""
    amounts = [(f"price_rows/{index}/list_price", row.list_price) for index, row in enumerate(price.rows)]
    amounts += [(f"price_rows/{index}/price", row.price) for index, row in enumerate(price.rows)]
    amounts += [(f"payment_lines/{index}/amount", line.amount) for index, line in enumerate(price.lines)]
    for name, amount in (*amounts, ("price_total", price.total)):
        if not is_exact(amount, currency):
            raise MoneyNotPossible(
                f"{amount} {currency} has more places than the currency; write {rounded(amount, currency):f}",
                f"{amount} {currency} 的小数位数超出该币种的最小单位；请填写 {rounded(amount, currency):f}",
                field=f"{field}/{name}",
            )


def _check_rows(price: Price, currency: str, field: str) -> None:
    """price = list price x discount to the cent; the last row may carry the remainder instead."""
    last = len(price.rows) - 1
    for index, row in enumerate(price.rows):
        allowed = {discounted(row.list_price, row.discount, currency)}
        if index == last:
            allowed.add(last_row_remainder(price.rows, currency))
        if row.price not in allowed:
            raise AmountsDoNotAddUp(
                f"{row.list_price} x {row.discount} = {min(allowed)} ≠ {row.price}",
                field=f"{field}/price_rows/{index}/price",
            )
    _check_sum((row.price for row in price.rows), price.total, "price rows", f"{field}/price_total")


def _check_lines(price: Price, field: str) -> None:
    for name, count in Counter(line.line_id for line in price.lines).items():
        if count > 1:
            raise NameRepeated(name, field=f"{field}/payment_lines")
    amounts = (line.amount for line in price.lines)
    _check_sum(amounts, price.total, "payment lines", f"{field}/payment_lines")


def _check_sum(amounts: Iterable[Decimal], total: Decimal, what: str, field: str) -> None:
    found = sum(amounts, Decimal())
    if found != total:
        raise AmountsDoNotAddUp(
            f"the {what} add up to {found}, the total is {total}", zh=f"合计为 {found}，总价为 {total}", field=field
        )


def _check_conditions(line: PaymentLine, field: str, items: Collection[str], has_warranty: bool) -> None:
    if not line.conditions:
        raise LineWithoutCondition(line.line_id, field=field)
    for condition in line.conditions:
        known = {
            "signing": condition.item == "",
            "item_accepted": condition.item in items,
            "warranty_end": condition.item == "" and has_warranty,
        }
        if not known[condition.kind]:
            raise ConditionOfUnknownItem(f"{condition.kind} {condition.item}".strip(), field=field, known=told(items))
