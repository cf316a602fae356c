"""A price as people state it: price sheet and payment plan."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from services.contracts.domain.base import LIST_MAX, Body
from shared.kernel.ids import Identifier
from shared.kernel.money import AmountText, DiscountText, PositiveAmountText
from shared.kernel.texts import Line, Name
from shared.periods import DaysForward
from shared.public_events.terms import ConditionKind


class PriceRowBody(Body, frozen=True, kw_only=True):
    """A row of the price sheet (R-220): price = list price x discount, to the cent."""

    name_zh: Name
    list_price: AmountText
    discount: DiscountText = "1"
    price: AmountText


class ConditionBody(Body, frozen=True, kw_only=True):
    """What a payment line waits for (R-222, R-445); `item` names the acceptance item for item_accepted."""

    kind: ConditionKind
    item: Line = ""


class PaymentLineBody(Body, frozen=True, kw_only=True):
    """A line of the payment plan; one without a condition is refused (R-222)."""

    line_id: Identifier
    name_zh: Name
    amount: PositiveAmountText
    conditions: Annotated[tuple[ConditionBody, ...], Meta(max_length=LIST_MAX)] = ()
    pay_within: DaysForward | None = None


class PriceBody(Body, frozen=True, kw_only=True):
    """Price sheet and payment plan; rows and lines add up to the total (R-440)."""

    price_rows: Annotated[tuple[PriceRowBody, ...], Meta(min_length=1, max_length=LIST_MAX)]
    price_total: AmountText
    payment_lines: Annotated[tuple[PaymentLineBody, ...], Meta(min_length=1, max_length=LIST_MAX)]
