"""Events of the payment lines: opened at signing, requested once, re-planned as a whole (section M)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar

from services.acceptance.domain.base import SettlementEvent
from shared.kernel.ids import Identifier
from shared.kernel.money import Currency
from shared.messages.events import Event
from shared.periods import Derivation
from shared.public_events.invoicing import AcceptedItem
from shared.public_events.terms import Party, PaymentLine


class SettlementOpened(SettlementEvent, frozen=True, kw_only=True):
    """The payment lines as signed; from here on they are owned by this stream (R-444)."""

    TOPIC: ClassVar[str] = "acceptance.settlement_opened.v1"

    number: str
    name: str
    customer: Party
    provider: Party
    currency: Currency
    tax_rate: Decimal
    price_version: int
    price_total: Decimal
    lines: tuple[PaymentLine, ...]


class InvoiceRequested(SettlementEvent, frozen=True, kw_only=True):
    """Exactly one per line and generation (R-442), complete as R-446 wants it.

    `pay_by_derivation` is how the due date came about; one that is provisional is completed by `InvoiceDueDateSet`.
    """

    TOPIC: ClassVar[str] = "acceptance.invoice_requested.v1"

    request_id: str
    contract_number: str
    contract_name: str
    seller: Party
    buyer: Party
    line: PaymentLine
    generation: int
    price_version: int
    net: Decimal
    tax: Decimal
    tax_rate: Decimal
    currency: Currency
    amount_in_words_zh: str
    basis: tuple[str, ...]
    items: tuple[AcceptedItem, ...]
    pay_by: date | None = None
    pay_by_derivation: Derivation | None = None


class InvoiceDueDateSet(SettlementEvent, frozen=True, kw_only=True):
    """A provisional due date of payment under a newer calendar (R-403, R-446); nothing else of the request changes."""

    TOPIC: ClassVar[str] = "acceptance.invoice_due_date_set.v1"

    request_id: str
    seller: Party
    buyer: Party
    line: Identifier
    generation: int
    pay_by: date
    pay_by_derivation: Derivation
    old_pay_by: date


class InvoiceReversed(SettlementEvent, frozen=True, kw_only=True):
    """A joint correction took back what the request rested on (R-443); the line is open again, one generation later."""

    TOPIC: ClassVar[str] = "acceptance.invoice_reversed.v1"

    request_id: str
    seller: Party
    buyer: Party
    line: Identifier
    generation: int
    reason: str


class RePlanApplied(SettlementEvent, frozen=True, kw_only=True):
    """A price change was applied as a whole (R-444): the lines as they stand now."""

    TOPIC: ClassVar[str] = "acceptance.re_plan_applied.v1"

    change: Identifier
    price_version: int
    price_total: Decimal
    lines: tuple[PaymentLine, ...]


class RePlanRefused(SettlementEvent, frozen=True, kw_only=True):
    """A price change was refused as a whole (R-444)."""

    TOPIC: ClassVar[str] = "acceptance.re_plan_refused.v1"

    change: Identifier
    price_version: int
    rule: str
    reason: str


EVENTS: tuple[type[Event], ...] = (
    SettlementOpened,
    InvoiceRequested,
    InvoiceDueDateSet,
    InvoiceReversed,
    RePlanApplied,
    RePlanRefused,
)
