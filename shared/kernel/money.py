"""Exact money (R-440): decimals with two places and an ISO 4217 code, never floats; rounding is half up."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from msgspec import Meta, Struct

from shared.kernel.ids import END

CENT = Decimal("0.01")

Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}" + END, description="ISO 4217")]


class Money(Struct, frozen=True, kw_only=True):
    """An amount in a currency; tax-inclusive unless a field says otherwise."""

    amount: Decimal
    currency: Currency = "CNY"


def cents(amount: Decimal) -> Decimal:
    """The amount with exactly two places, half up."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def is_exact(amount: Decimal) -> bool:
    """Whether the amount is finite and has no more than two places, so that storing it loses nothing."""
    return amount.is_finite() and amount == cents(amount)


def discounted(list_price: Decimal, discount: Decimal) -> Decimal:
    """list x discount to the cent (R-220, R-440)."""
    return cents(list_price * discount)


def net_of_tax(gross: Decimal, rate: Decimal) -> tuple[Decimal, Decimal]:
    """Split a tax-inclusive amount into (net, tax) so that both add up to it exactly."""
    net = cents(gross / (1 + rate))
    return net, gross - net
