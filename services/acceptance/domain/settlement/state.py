"""The payment lines with their requests."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec
from msgspec import Struct

from shared.kernel.instants import Instant
from shared.periods import Derivation
from shared.public_events.terms import Party, PaymentLine


class Request(Struct, frozen=True, kw_only=True):
    """The newest invoice request of a line; reversed ones count for the generation (R-442).

    `pay_by` is how its due date of payment came about, as far as one is agreed.
    """

    request_id: str
    generation: int
    active: bool
    pay_by: Derivation | None = None


class Settlement(Struct, frozen=True, kw_only=True):
    """The payment lines with their requests; it owns the price version (R-444)."""

    number: str
    name: str
    customer: Party
    provider: Party
    currency: str
    tax_rate: Decimal
    price_version: int
    price_total: Decimal
    signed_at: Instant
    lines: tuple[PaymentLine, ...]
    requests: Mapping[str, Request] = msgspec.field(default_factory=dict)
