"""What a customer asks for, and what the catalogue answers: the two shapes of a selection."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from shared.kernel.ids import Sha256

ITEMS_MAX = 60
NAMES_MAX = 200

Names = Annotated[tuple[str, ...], Meta(max_length=NAMES_MAX)]
Quantities = Annotated[dict[str, Decimal], Meta(max_length=NAMES_MAX)]
# A quantity is below this; a longer exponent is no quantity of anything that is sold.
QUANTITY_LIMIT = 10**12
Severity = Literal["violation", "warning"]


class WantedService(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One service: ids of editions and options, quantities by the inputs of its quantity rules.

    `conditions` are ids of conditional deliverables whose condition holds (R-043); `chosen_items` are the items of the
    feature matrix that an edition "on demand" takes (R-042).
    """

    service: str
    revision: Annotated[int, Meta(ge=1)] | None = None
    editions: Names = ()
    options: Quantities = {}
    quantities: Quantities = {}
    conditions: Names = ()
    chosen_items: Names = ()

    def __post_init__(self) -> None:
        """Refuse what is no quantity; msgspec reports the message with the path of the service."""
        for name, quantity in (*self.options.items(), *self.quantities.items()):
            if not quantity.is_finite() or not 0 <= quantity < QUANTITY_LIMIT:
                raise ValueError(f"{name}: a quantity is a number from 0 to below {QUANTITY_LIMIT}")


class SelectionRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A selection: services, what the customer has already, and the days of application and start.

    `bought` names services (`alibaba-12`) or editions (`alibaba-10:consulting`) of earlier orders, `accepted` accepted
    deliverables (`alibaba-12:conversion-plan`). `start_agreed`: the provider agreed to an early start (R-062).
    """

    services: Annotated[tuple[WantedService, ...], Meta(min_length=1, max_length=ITEMS_MAX)]
    owned_products: Names = ()
    bought: Names = ()
    accepted: Names = ()
    applied_on: datetime.date | None = None
    start_on: datetime.date | None = None
    start_agreed: bool = False
    bulk_resources: bool = False


class Finding(Struct, frozen=True, kw_only=True):
    """A violated rule, or a warning, at the service (and the id inside it) that it is about."""

    severity: Severity
    rule: str
    service: str
    field: str
    text_en: str
    text_zh: str


class Pack(Struct, frozen=True, kw_only=True):
    """How many units are bought, with the arithmetic shown."""

    rule: str
    id: str
    units: int
    arithmetic: str


class DeliverableDue(Struct, frozen=True, kw_only=True):
    """A deliverable of the selection; `alternatives` are the others of its group, one is enough (R-044)."""

    id: str
    name_zh: str
    name_en: str
    aliases: tuple[str, ...]
    blocking: bool
    required: bool
    alternatives: tuple[str, ...] = ()


class DayCounted(Struct, frozen=True, kw_only=True):
    """One day of the lead time, counted backwards from the start (R-007)."""

    date: datetime.date
    counted: bool
    n: int | None
    why: str


class StartPlan(Struct, frozen=True, kw_only=True):
    """The earliest start after an application, with each day that was counted."""

    rule: str
    applied_on: datetime.date
    lead_time: str
    earliest_start: datetime.date
    provisional: bool = False
    days: tuple[DayCounted, ...] = ()


class ResolvedService(Struct, frozen=True, kw_only=True):
    """A service as it would be ordered; revision and content hash are what a draft pins (R-014, R-020)."""

    service: str
    name_zh: str
    name_en: str
    revision: int
    content_sha256: Sha256
    editions: tuple[str, ...]
    options: dict[str, Decimal]
    quantities: dict[str, Decimal]
    packs: tuple[Pack, ...]
    deliverables: tuple[DeliverableDue, ...]
    acceptance: tuple[dict[str, Any], ...]
    start: StartPlan | None


class Selection(Struct, frozen=True, kw_only=True):
    """The answer. `selection_sha256` is over the request and the pinned content; `valid` means no violation."""

    selection_sha256: Sha256
    valid: bool
    items: tuple[ResolvedService, ...]
    earliest_start: datetime.date | None
    violations: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
