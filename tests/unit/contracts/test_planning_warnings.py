"""What planning should see although nothing forbids it: a prepayment that the service has and the contract has not."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from services.catalog.exporting import entry_document
from services.contracts.domain.catalogue.document import read_document
from services.contracts.domain.drafting.terms.planning import planning_warnings
from shared.messages import canonical
from shared.public_events.terms import PaymentCondition, Terms
from tests.unit.contracts.test_drafting_from_selections import CASES, entry, terms_of

PREPAID = {service for service, _ in CASES if any(found.kind == "prepaid" for found in entry(service).payment)}


def paid_on_acceptance(terms: Terms) -> Terms:
    """The same terms with every line paid when the first item is accepted."""
    condition = PaymentCondition(kind="item_accepted", item=terms.items[0].item_id)
    lines = tuple(replace(line, conditions=(condition,)) for line in terms.payment_lines)
    return replace(terms, payment_lines=lines)


def warned(service: str, terms: Terms) -> list[str]:
    document = read_document(canonical.encode(entry_document(entry(service))))
    return [warning.rule for warning in planning_warnings(terms, document) if warning.rule == "R-223"]


def test_seven_services_are_prepaid() -> None:
    assert {"alibaba-2", "alibaba-11", "alibaba-12", "alibaba-13"} <= PREPAID
    assert len(PREPAID) == 7


@pytest.mark.parametrize(("service", "editions"), CASES)
def test_r_223_a_prepaid_service_without_a_line_on_signing_is_told_at_planning(
    service: str, editions: tuple[str, ...]
) -> None:
    terms = terms_of(service, editions)
    assert warned(service, terms) == []
    if terms.items:
        assert warned(service, paid_on_acceptance(terms)) == (["R-223"] if service in PREPAID else [])


@pytest.mark.parametrize(("offset", "is_short"), [("5d", False), ("4d", True)])
def test_r_115_a_review_that_just_fits_before_its_milestone_is_not_told(offset: str, is_short: bool) -> None:
    """Five working days are five days at the fewest."""
    terms = terms_of("alibaba-25", ())
    item = next(item for item in terms.items if item.review_period == "5wd")
    milestone = replace(terms.milestones[0], offset=offset, items=(item.item_id,), met_when="accepted")
    document = read_document(canonical.encode(entry_document(entry("alibaba-25"))))
    found = planning_warnings(replace(terms, milestones=(milestone,)), document)
    assert [warning.about for warning in found if warning.rule == "R-115"] == [milestone.milestone_id] * is_short
