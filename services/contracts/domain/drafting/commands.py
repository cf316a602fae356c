"""What a contract is drafted from, and drafted anew."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from services.contracts.domain.base import LIST_MAX, Body
from services.contracts.domain.pricing.commands import PriceBody
from services.contracts.domain.roles.commands import RoleBody
from services.contracts.domain.selection.commands import SelectionBody
from shared.kernel.admission import admitted_by
from shared.kernel.ids import Identifier
from shared.kernel.lists import each_once
from shared.kernel.money import Currency, TaxRateText
from shared.kernel.texts import Line, Name
from shared.periods import CutoffText

# Each contract that another one rests on is read when it is drafted and signed.
AFTER_MAX = 10


class PartyBody(Body, frozen=True, kw_only=True):
    """One side: its organisation as the tokens name it, its legal name and tax number (R-446)."""

    organisation: Identifier
    name: Name
    tax_id: Annotated[Line, Meta(max_length=64)] = ""


class DraftBody(PriceBody, frozen=True, kw_only=True):
    """What a contract is drafted from: a published revision of a catalogue service, and what fills it (R-014).

    `catalog_revision` None pins the newest one. `parameters` override numbers of the catalogue: `<item>.review_period`,
    `<item>.response_period`, `<item>.re_review_period`, `<item>.discussion_period`, `<care>.period` (period texts),
    `<item>.re_review_silence_passes`, `<item>.neutral_reply_stops` (true or false), `<milestone>.offset` (a period
    from T). `conditions` says for conditional deliverables whether their condition holds (R-043). `after_contracts`
    names contracts of the same parties on which this one rests: what is not sold alone (R-026), or waits for a
    deliverable that is accepted there (R-027).
    """

    number: Name
    name: Name
    catalog_service: Identifier
    catalog_revision: Annotated[int, Meta(ge=1)] | None = None
    editions: Annotated[tuple[Name, ...], admitted_by(each_once(), max_length=LIST_MAX)] = ()
    selection: SelectionBody | None = None
    after_contracts: Annotated[tuple[Identifier, ...], admitted_by(each_once(), max_length=AFTER_MAX)] = ()
    customer: PartyBody
    provider: PartyBody
    roles: Annotated[tuple[RoleBody, ...], Meta(max_length=LIST_MAX)] = ()
    parameters: Annotated[dict[Name, Line], Meta(max_length=LIST_MAX)] = msgspec.field(default_factory=dict)
    conditions: Annotated[dict[Name, bool], Meta(max_length=LIST_MAX)] = msgspec.field(default_factory=dict)
    calendar: Identifier = "cn"
    cutoff: CutoffText = "24:00"
    currency: Currency = "CNY"
    tax_rate: TaxRateText = "0.06"


class DraftContract(DraftBody, frozen=True, kw_only=True):
    """Draft a contract under an id that the caller chooses."""

    contract: Identifier


class ReviseDraft(DraftBody, frozen=True, kw_only=True):
    """The whole draft anew; signatures over the earlier content are void (R-425)."""
