"""From a published catalogue document and what the parties fill in to the terms of a contract (R-014, R-020).

The terms are a whole snapshot: everything that a later deadline or guard needs stands in them, and nothing is looked up
in the catalogue again.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import UNSET, UnsetType

from services.contracts.domain.catalogue.document import ServiceDocument, of_editions
from services.contracts.domain.drafting.commands import DraftBody, PartyBody
from services.contracts.domain.drafting.errors import PartiesNotDistinct
from services.contracts.domain.drafting.terms.deliverables import deliverable_terms
from services.contracts.domain.drafting.terms.itemising import itemise
from services.contracts.domain.drafting.terms.milestones import milestone_terms
from services.contracts.domain.drafting.terms.naming import filled
from services.contracts.domain.drafting.terms.parameters import Plan, with_parameters
from services.contracts.domain.pricing.terms import checked_price
from services.contracts.domain.selection.commands import SelectionBody
from services.contracts.domain.selection.terms.choosing import check_choices, check_listed, chosen_editions, packs_of
from shared.kernel.actors import Side
from shared.public_events.terms import AfterCareTerm, OpenReading, OrderedQuantity, Party, SelectionTerm, Terms


def draft_terms(
    contract: str, version: int, body: DraftBody, document: ServiceDocument, revision: int, sha256: str
) -> Terms:
    """The terms of a draft, with every refusal that they can meet.

    `document` is revision `revision` of the service, `sha256` the hash of its content.
    """
    if body.customer.organisation == body.provider.organisation:
        raise PartiesNotDistinct(field="/provider/organisation")
    document = filled(document, body.name)
    chosen = chosen_editions(body.editions, document)
    check_choices(chosen, document)
    if body.selection is not None:
        check_listed(body.selection, document)
    deliverables = deliverable_terms(of_editions(document.deliverables, chosen), body.conditions)
    packs = packs_of(body.selection, chosen, document)
    itemised = itemise(of_editions(document.acceptance, chosen), deliverables, packs)
    milestones, joint = milestone_terms(of_editions(document.milestones, chosen), deliverables, itemised)
    items = (*itemised.items, *joint)
    plan = with_parameters(
        Plan(items=items, milestones=milestones, after_care=_after_care(document, chosen)), body.parameters
    )
    price = checked_price(
        body, body.currency, frozenset(item.item_id for item in items), has_warranty=bool(plan.after_care)
    )
    return Terms(
        contract=contract,
        version=version,
        number=body.number,
        name=body.name,
        catalog_service=body.catalog_service,
        catalog_revision=revision,
        catalog_sha256=sha256,
        editions=tuple(edition.id for edition in document.editions if edition.id in chosen),
        selection=_selection(body.selection),
        after_contracts=body.after_contracts or UNSET,
        customer=_party("customer", body.customer),
        provider=_party("provider", body.provider),
        calendar=body.calendar,
        cutoff=body.cutoff,
        currency=body.currency,
        tax_rate=Decimal(body.tax_rate),
        price_rows=price.rows,
        price_total=price.total,
        payment_lines=price.lines,
        deliverables=deliverables,
        items=plan.items,
        milestones=plan.milestones,
        after_care=plan.after_care,
    )


def _party(side: Side, body: PartyBody) -> Party:
    return Party(side=side, organisation=body.organisation, name=body.name, tax_id=body.tax_id)


def _selection(body: SelectionBody | None) -> SelectionTerm | UnsetType:
    if body is None or body.selection_sha256 is None:
        return UNSET
    return SelectionTerm(
        selection_sha256=body.selection_sha256,
        options=_quantities(body.options),
        quantities=_quantities(body.quantities),
        chosen_items=body.chosen_items,
        readings=tuple(OpenReading(of=name, reading=body.readings[name]) for name in sorted(body.readings)),
        start_on=body.start_on,
        start_agreed=body.start_agreed,
    )


def _quantities(stated: dict[str, str]) -> tuple[OrderedQuantity, ...]:
    return tuple(OrderedQuantity(of=name, quantity=Decimal(stated[name])) for name in sorted(stated))


def _after_care(document: ServiceDocument, chosen: frozenset[str]) -> tuple[AfterCareTerm, ...]:
    """Warranties (R-246); they run by the calendar and do not roll (R-011)."""
    return tuple(
        AfterCareTerm(
            care_id="warranty",
            name_zh=entry.name_zh,
            kind="warranty",
            period=f"{text}!" if entry.period and (text := entry.period.text()) else "",
            needs_trial_run_end=entry.starts == "acceptance_and_trial_run_end",
        )
        for entry in of_editions(document.after_care, chosen)
        if entry.kind == "warranty"
    )
