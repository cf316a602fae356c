"""What was selected of a service, as the draft of a contract states it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from services.contracts.domain.base import LIST_MAX, Body
from shared.catalogue.selection.request import SelectionRequest
from shared.kernel.ids import Sha256
from shared.kernel.instants import Day
from shared.kernel.money import QuantityText
from shared.kernel.texts import Name


class SelectionBody(Body, frozen=True, kw_only=True):
    """The selection that the catalogue found valid, as its answer gives it in `draft.selection` (R-014, R-042).

    Quantities are texts, as amounts are. It is composed again from the pinned revision, so nothing of it is taken on
    trust (R-335): `request` is the question with the facts that were stated in it, without it what stands beside it is
    all that was wanted. A `selection_sha256` that is given has to come out again.
    """

    selection_sha256: Sha256 | None = None
    request: SelectionRequest | None = None
    options: Annotated[dict[Name, QuantityText], Meta(max_length=LIST_MAX)] = msgspec.field(default_factory=dict)
    quantities: Annotated[dict[Name, QuantityText], Meta(max_length=LIST_MAX)] = msgspec.field(default_factory=dict)
    chosen_items: Annotated[tuple[Name, ...], Meta(max_length=LIST_MAX)] = ()
    readings: Annotated[dict[Name, Name], Meta(max_length=LIST_MAX)] = msgspec.field(default_factory=dict)
    start_on: Day | None = None
    start_agreed: bool = False
