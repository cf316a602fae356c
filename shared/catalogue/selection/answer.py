"""What the catalogue answers: the services as they would be ordered, each violated rule, and what to draft from."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any, Literal

from msgspec import Struct

from shared.catalogue.format.vocabulary import Support
from shared.catalogue.selection.request import SelectionRequest
from shared.kernel.ids import Sha256

Severity = Literal["violation", "warning"]


class Finding(Struct, frozen=True, kw_only=True):
    """A violated rule (the selection is refused), or a warning (advice, or something that is still to be done).

    `field` is the place in the request (`services[0].editions`), `about` the id or name that it is about.
    """

    severity: Severity
    rule: str
    service: str
    field: str
    about: str
    text_en: str
    text_zh: str


class Pack(Struct, frozen=True, kw_only=True):
    """How many units are bought, with the arithmetic shown."""

    rule: str
    id: str
    units: int
    arithmetic: str


class ScopeItem(Struct, frozen=True, kw_only=True):
    """A row of the feature matrix as the chosen editions have it (R-041), and whether it is part of the order."""

    phase_zh: str | None
    item_zh: str
    support: Support | None
    text_zh: str | None
    included: bool


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
    """The earliest start after an application, with each day that was counted.

    `latest_application_on` is the latest day of an application for that start (R-007), null without a lead time.
    """

    rule: str
    applied_on: datetime.date
    lead_time: str
    earliest_start: datetime.date
    latest_application_on: datetime.date | None = None
    provisional: bool = False
    days: tuple[DayCounted, ...] = ()


class OrderedParameters(Struct, frozen=True, kw_only=True):
    """What a contract pins of its selection beside revision and editions (R-014, R-042); quantities as plain digits.

    `readings` are those that differ from the default; `start_agreed` is the consent to a start before the earliest one
    (R-062), which both sides sign with the contract. `request` is the question as it was asked: from it a contract
    finds out again that the selection holds (R-335).
    """

    selection_sha256: Sha256
    options: dict[str, str]
    quantities: dict[str, str]
    chosen_items: tuple[str, ...]
    readings: dict[str, str]
    start_on: datetime.date | None
    start_agreed: bool
    request: SelectionRequest


class DraftPart(Struct, frozen=True, kw_only=True):
    """The members of `POST /contracts` that make a draft the contract of this selection (R-014)."""

    catalog_service: str
    catalog_revision: int
    editions: tuple[str, ...]
    conditions: dict[str, bool]
    selection: OrderedParameters


class ResolvedService(Struct, frozen=True, kw_only=True):
    """A service as it would be ordered; revision and content hash are what a draft pins (R-014, R-020).

    `draft` is null while the selection violates a rule: nothing is drafted from what is refused.
    """

    service: str
    name_zh: str
    name_en: str
    revision: int
    content_sha256: Sha256
    editions: tuple[str, ...]
    options: dict[str, Decimal]
    quantities: dict[str, Decimal]
    packs: tuple[Pack, ...]
    scope: tuple[ScopeItem, ...]
    deliverables: tuple[DeliverableDue, ...]
    acceptance: tuple[dict[str, Any], ...]
    start: StartPlan | None
    draft: DraftPart | None


class Selection(Struct, frozen=True, kw_only=True):
    """The answer; `valid` means that no rule is violated.

    `selection_sha256` is over the request, the pinned content of each service and the version of the calendar, so the
    same hash is the same answer.
    """

    selection_sha256: Sha256
    valid: bool
    items: tuple[ResolvedService, ...]
    earliest_start: datetime.date | None
    calendar_version: str
    violations: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
