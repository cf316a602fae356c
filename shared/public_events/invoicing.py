"""What finance acts on, published by acceptance on `ledger.invoicing.v1`; the key is the contract id (R-440..R-446)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar

from msgspec import Struct

from shared.kernel.ids import Identifier
from shared.kernel.instants import Instant
from shared.kernel.money import Currency
from shared.periods import Derivation
from shared.public_events.envelope import PublicEvent
from shared.public_events.submissions import AcceptedFile, Basis
from shared.public_events.terms import Party

INVOICING_TOPIC = "ledger.invoicing.v1"


class AcceptedItem(Struct, frozen=True, kw_only=True):
    """An accepted item as an invoice request cites it (R-446)."""

    item: Identifier
    name_zh: str
    basis: Basis
    effective_at: Instant
    event_id: str
    content: tuple[AcceptedFile, ...]


class InvoiceRequested(PublicEvent, frozen=True, kw_only=True):
    """Exactly one per payment line and generation (R-442); the content is R-446.

    `request_id` is derived from tenant, contract, line and generation. Amounts are tax-inclusive; net and tax add up.
    `pay_by` is the due date of payment where one is agreed, `pay_by_derivation` how it came about. While `provisional`,
    the year's calendar is not published: `InvoiceDueDateSet` completes it.
    """

    TYPE: ClassVar[str] = "acceptance.invoice_requested.v1"
    TOPIC: ClassVar[str] = INVOICING_TOPIC

    request_id: str
    contract: Identifier
    contract_number: str
    contract_name: str
    line: Identifier
    line_name_zh: str
    generation: int
    price_version: int
    amount: Decimal
    net: Decimal
    tax: Decimal
    tax_rate: Decimal
    currency: Currency
    amount_in_words_zh: str
    seller: Party
    buyer: Party
    basis: tuple[str, ...]
    items: tuple[AcceptedItem, ...]
    pay_by: date | None = None
    provisional: bool = False
    pay_by_derivation: Derivation | None = None


class InvoiceDueDateSet(PublicEvent, frozen=True, kw_only=True):
    """The due date of payment of a request whose date was provisional, under a calendar published since (R-403, R-446).

    It is firm unless `provisional`. Nothing else of the request changes.
    """

    TYPE: ClassVar[str] = "acceptance.invoice_due_date_set.v1"
    TOPIC: ClassVar[str] = INVOICING_TOPIC

    request_id: str
    contract: Identifier
    line: Identifier
    generation: int
    pay_by: date
    old_pay_by: date
    provisional: bool
    pay_by_derivation: Derivation


class InvoiceReversed(PublicEvent, frozen=True, kw_only=True):
    """A joint correction took back what a request rested on (R-443); the line may be requested again."""

    TYPE: ClassVar[str] = "acceptance.invoice_reversed.v1"
    TOPIC: ClassVar[str] = INVOICING_TOPIC

    request_id: str
    contract: Identifier
    line: Identifier
    generation: int
    reason: str


INVOICING_EVENTS: tuple[type[PublicEvent], ...] = (InvoiceRequested, InvoiceDueDateSet, InvoiceReversed)
