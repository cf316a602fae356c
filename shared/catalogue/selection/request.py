"""What a customer asks for: services with editions and quantities, what he has already, and the days that are known."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

from shared.catalogue.format.vocabulary import DayTime
from shared.kernel.admission import NotAdmitted, admitted_by
from shared.kernel.instants import Day
from shared.kernel.texts import Name

ITEMS_MAX = 60
NAMES_MAX = 200

# A quantity is below this; a longer exponent is no quantity of anything that is sold.
QUANTITY_LIMIT = 10**12


class QuantityNotPossible(NotAdmitted):
    """A quantity that nobody can order."""

    code = "QUANTITY_NOT_POSSIBLE"
    title_en = "The quantity is not possible"
    title_zh = "数量不成立"


def check_quantity(quantity: Decimal) -> None:
    """A number from 0 to below `QUANTITY_LIMIT`; raises QuantityNotPossible."""
    if not quantity.is_finite() or not 0 <= quantity < QUANTITY_LIMIT:
        raise QuantityNotPossible(
            f"a quantity is a number from 0 to below {QUANTITY_LIMIT}", f"数量须为 0 以上、{QUANTITY_LIMIT} 以下的数"
        )


Names = Annotated[tuple[Name, ...], Meta(max_length=NAMES_MAX)]
Quantities = Annotated[dict[Name, Annotated[Decimal, admitted_by(check_quantity)]], Meta(max_length=NAMES_MAX)]
Days = Annotated[dict[Name, Day], Meta(max_length=NAMES_MAX)]


class Readings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the source leaves a rule open [OPEN], the parties may read it otherwise than the default.

    `started_terabyte`: a part of a terabyte is a pack, or none (R-031). `at_limit`: exactly 100 tables or G are above
    the example application, or within (R-032). `after_event`: the items after the event of a custom package (R-042).
    """

    started_terabyte: Literal["up", "down"] = "up"
    at_limit: Literal["above", "within"] = "above"
    after_event: Literal["included", "excluded"] = "included"


class Booking(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A visit of an option that is requested by the day (R-057): when it was requested, on which day, at what hours."""

    option: Name
    requested_on: Day
    day: Day
    hours: DayTime | None = None


class WantedService(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One service: ids of editions and options, and quantities.

    A quantity is named by an input of a quantity rule, a limit, or a chosen edition that is bought by the pack (how
    many packs; as many as the arithmetic asks for when it is left out). `conditions` are conditional deliverables whose
    condition holds, by id, name or alias (R-043, R-046); `chosen_items` are the items of the feature matrix that an
    edition "on demand" takes (R-042). `prepared` says on which day a preparation was done (R-060), `review` what the
    provider's review of the application came to (R-055).
    """

    service: Name
    revision: Annotated[int, Meta(ge=1)] | None = None
    editions: Names = ()
    options: Quantities = {}
    quantities: Quantities = {}
    conditions: Names = ()
    chosen_items: Names = ()
    bookings: Annotated[tuple[Booking, ...], Meta(max_length=NAMES_MAX)] = ()
    prepared: Days = {}
    review: Literal["accepted", "declined"] | None = None
    readings: Readings = Readings()


class SelectionRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A selection: services, what the customer has already, and the days that are known.

    `bought` names services (`alibaba-12`) or editions (`alibaba-10:consulting`) of earlier orders, `accepted` accepted
    deliverables (`alibaba-12:conversion-plan`). `start_agreed`: the provider agreed to an early start (R-062).
    `assessed_on`, `proposed_on`, `signed_on` and `paid_on` are the days of assessment, proposal, contract and payment
    (R-056, R-058).
    """

    services: Annotated[tuple[WantedService, ...], Meta(min_length=1, max_length=ITEMS_MAX)]
    owned_products: Names = ()
    bought: Names = ()
    accepted: Names = ()
    applied_on: Day | None = None
    start_on: Day | None = None
    start_agreed: bool = False
    bulk_resources: bool = False
    assessed_on: Day | None = None
    proposed_on: Day | None = None
    signed_on: Day | None = None
    paid_on: Day | None = None
