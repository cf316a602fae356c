"""Exact money (R-440): decimals with two places and an ISO 4217 code, never floats; rounding is half up.

Amounts and rates arrive as texts, never as JSON numbers. A currency without a minor unit is kept with two places too,
which are zeros.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Final

from msgspec import Meta

from shared.kernel.admission import NotAdmitted, admitted_by
from shared.kernel.currencies import MINOR_UNITS, MINOR_UNITS_USUAL, minor_units
from shared.kernel.ids import END

CENT = Decimal("0.01")

# Ten thousand billion less a cent: above any contract, and sums of a list of them stay exact.
AMOUNT_DIGITS_MAX: Final = 13


class MoneyNotPossible(NotAdmitted):
    """An amount, rate or currency that no invoice could say (R-440)."""

    code = "MONEY_NOT_POSSIBLE"
    rule = "R-440"
    title_en = "The amount, rate or currency is not possible"
    title_zh = "金额、税率、折扣或币种不成立"


def check_currency(code: str) -> None:
    """A currency that payments are made in; raises MoneyNotPossible."""
    if code not in MINOR_UNITS:
        raise MoneyNotPossible(
            f"{code} is no currency of ISO 4217; write one like CNY, USD or JPY",
            f"{code} 不是 ISO 4217 的币种；请填写 CNY、USD、JPY 等",
        )


def check_positive(text: str) -> None:
    """An amount that can be requested; raises MoneyNotPossible."""
    if not Decimal(text):
        raise MoneyNotPossible("an amount to be requested is greater than zero", "申请开票的金额须大于零")


def check_tax_rate(text: str) -> None:
    """A rate in [0, 1); raises MoneyNotPossible."""
    if Decimal(text) >= 1:
        raise MoneyNotPossible(
            f"a tax rate of {text} is not below 1; write 0.06 for 6 %", f"税率 {text} 须小于 1；6% 请填写 0.06"
        )


def check_discount(text: str) -> None:
    """A discount in (0, 1]; raises MoneyNotPossible."""
    if not 0 < Decimal(text) <= 1:
        raise MoneyNotPossible(
            f"a discount of {text} is not above 0 and at most 1; write 0.85 for 15 % off",
            f"折扣 {text} 须大于 0 且不超过 1；八五折请填写 0.85",
        )


_AMOUNT = rf"^[0-9]{{1,{AMOUNT_DIGITS_MAX}}}(\.[0-9]{{1,2}})?" + END
_RATE = r"^[01](\.[0-9]{1,6})?" + END

Currency = Annotated[str, admitted_by(check_currency, pattern=r"^[A-Z]{3}" + END, description="ISO 4217")]
AmountText = Annotated[str, Meta(pattern=_AMOUNT, description="A decimal amount as text, at most two places")]
PositiveAmountText = Annotated[
    str, admitted_by(check_positive, pattern=_AMOUNT, description="A decimal amount as text, greater than zero")
]
TaxRateText = Annotated[
    str, admitted_by(check_tax_rate, pattern=_RATE, description="A rate in [0, 1) as text, 0.06 for 6 %")
]
DiscountText = Annotated[
    str, admitted_by(check_discount, pattern=_RATE, description="A discount in (0, 1] as text, 0.85 for 15 % off")
]
QuantityText = Annotated[
    str, Meta(pattern=r"^[0-9]{1,12}(\.[0-9]{1,6})?" + END, description="A quantity as text, at most six places")
]


def cents(amount: Decimal) -> Decimal:
    """The amount with exactly two places, half up."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def is_exact(amount: Decimal, currency: str) -> bool:
    """Whether the amount is finite and has no more places than its currency, so that it can be paid as it stands."""
    return amount.is_finite() and amount == rounded(amount, currency)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The amount in whole minor units of its currency, half up, written with two places; those are the finest kept."""
    places = min(minor_units(currency), MINOR_UNITS_USUAL)
    return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP).quantize(CENT)


def discounted(list_price: Decimal, discount: Decimal, currency: str) -> Decimal:
    """list x discount to the cent (R-220, R-440), or to the smallest unit of the currency."""
    return rounded(list_price * discount, currency)


def net_of_tax(gross: Decimal, rate: Decimal, currency: str) -> tuple[Decimal, Decimal]:
    """Split a tax-inclusive amount into (net, tax) so that both add up to it exactly."""
    net = rounded(gross / (1 + rate), currency)
    return net, gross - net
