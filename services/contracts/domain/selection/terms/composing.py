"""What was selected is a fact, not the drafter's word (R-335): it is composed again from the pinned revisions.

The same rules as in the catalogue (R-020..R-062), over what contracts itself has received of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from services.contracts.domain.catalogue.errors import ServiceNotArrived, ServiceNotPublished
from services.contracts.domain.facts import CatalogueEntry, calendar_of, catalogue_entry
from services.contracts.domain.selection.commands import SelectionBody
from services.contracts.domain.selection.errors import NotInTheCatalogue, SelectionDiffers, SelectionNotValid
from shared.catalogue.selection.answer import DraftPart, Selection
from shared.catalogue.selection.case import Revision, shown_revision
from shared.catalogue.selection.composing import SELECTION_CALENDAR, compose, needed_revisions
from shared.catalogue.selection.request import Readings, SelectionRequest, WantedService
from shared.commands.service import Facts

# How many violations a refusal tells; the catalogue tells all of them.
TOLD_MAX = 5


def request_of(
    service: str, editions: tuple[str, ...], conditions: Mapping[str, bool], stated: SelectionBody | None
) -> SelectionRequest:
    """The question whose answer was drafted from: as it was asked, or what the draft itself says.

    Raises NotInTheCatalogue for a reading that no rule leaves open.
    """
    selection = stated or SelectionBody()
    if selection.request is not None:
        return selection.request
    try:
        readings = msgspec.convert(selection.readings, Readings)
    except msgspec.ValidationError as error:
        raise NotInTheCatalogue(str(error), field="/selection/readings") from error
    wanted = WantedService(
        service=service,
        editions=editions,
        options={name: Decimal(quantity) for name, quantity in selection.options.items()},
        quantities={name: Decimal(quantity) for name, quantity in selection.quantities.items()},
        conditions=tuple(name for name, holds in sorted(conditions.items()) if holds),
        chosen_items=selection.chosen_items,
        readings=readings,
    )
    return SelectionRequest(services=(wanted,), start_on=selection.start_on, start_agreed=selection.start_agreed)


def wanted_of(request: SelectionRequest, service: str, editions: tuple[str, ...]) -> WantedService:
    """What the request wants of the service that is drafted; raises SelectionDiffers where it does not."""
    of_service = [wanted for wanted in request.services if wanted.service == service]
    if editions:
        of_service = [wanted for wanted in of_service if not wanted.editions or set(wanted.editions) == set(editions)]
    if not of_service:
        raise SelectionDiffers(
            f"the request does not want {service} like this",
            zh=f"选购请求中没有这样的 {service}",
            field="/selection/request",
        )
    return of_service[0]


def composed(request: SelectionRequest, entry: CatalogueEntry, facts: Facts) -> Selection:
    """The selection as the catalogue gives it now; the service that is drafted stands at its pinned revision."""
    revisions: dict[str, Revision] = {}
    for service, number in needed_revisions(request):
        found = entry if service == entry.service.id and number in (None, entry.revision) else None
        try:
            found = found or catalogue_entry(facts, service, number)
        except (ServiceNotArrived, ServiceNotPublished):
            # The composition says so itself, as a violation of R-020.
            continue
        revisions[shown_revision(service, number)] = Revision(
            service=found.service, revision=found.revision, content_sha256=found.content_sha256
        )
    return compose(request, revisions, calendar_of(facts, SELECTION_CALENDAR))


def checked(
    selection: Selection,
    wanted: WantedService,
    entry: CatalogueEntry,
    stated: SelectionBody | None,
    conditions: Mapping[str, bool],
) -> DraftPart:
    """What the contract pins of a valid selection; raises SelectionNotValid and SelectionDiffers."""
    if not selection.valid:
        rules = sorted({finding.rule for finding in selection.violations})
        told = (f"{finding.rule} {finding.text_zh} / {finding.text_en}" for finding in selection.violations[:TOLD_MAX])
        raise SelectionNotValid("; ".join(told), field="/selection", rules=",".join(rules))
    stated = stated or SelectionBody()
    if stated.selection_sha256 not in (None, selection.selection_sha256):
        raise SelectionDiffers(
            f"the selection is {selection.selection_sha256}",
            zh=f"该选购组合的哈希为 {selection.selection_sha256}",
            field="/selection/selection_sha256",
        )
    parts = (item.draft for item in selection.items if item.draft is not None and item.service == wanted.service)
    part = next((part for part in parts if not wanted.editions or set(part.editions) == set(wanted.editions)), None)
    if part is None or part.catalog_revision != entry.revision:
        raise SelectionDiffers(
            f"the draft pins revision {entry.revision}",
            zh=f"草稿所用目录版本为 {entry.revision}",
            field="/catalog_revision",
        )
    _check_stated(stated, part, conditions)
    return part


def _check_stated(stated: SelectionBody, part: DraftPart, conditions: Mapping[str, bool]) -> None:
    """What stands beside the request says the same, or nothing."""
    given = part.selection
    true = {name for name, holds in conditions.items() if holds}
    pairs: tuple[tuple[str, object, object], ...] = (
        ("/conditions", true, set(part.conditions)),
        ("/selection/options", _numbers(stated.options), _numbers(given.options)),
        ("/selection/quantities", _numbers(stated.quantities), _numbers(given.quantities)),
        ("/selection/chosen_items", set(stated.chosen_items), set(given.chosen_items)),
        ("/selection/readings", stated.readings, given.readings),
        ("/selection/start_on", stated.start_on, given.start_on),
        ("/selection/start_agreed", stated.start_agreed, given.start_agreed),
    )
    for field, said, right in pairs:
        if said and said != right:
            raise SelectionDiffers(f"the selection gives {right}", zh=f"选购组合得出 {right}", field=field)


def _numbers(stated: dict[str, str]) -> dict[str, Decimal]:
    return {name: Decimal(quantity) for name, quantity in stated.items()}
