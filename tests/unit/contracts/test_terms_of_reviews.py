"""How an item is reviewed comes from the catalogue into the terms, and for no other service than the book says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.catalog.exporting import entry_document
from services.contracts.domain.catalogue.document import of_editions, read_document
from shared.messages import canonical
from shared.public_events.terms import ItemTerm
from tests.unit.contracts.test_drafting_from_selections import CASES, entry, items_of, terms_of


def services_where(holds: Callable[[ItemTerm], bool]) -> set[int]:
    """The numbers of the Alibaba services with an item of which it holds; no other provider has one."""
    found = {service for service, editions in CASES for item in terms_of(service, editions).items if holds(item)}
    assert all(service.startswith("alibaba-") for service in found)
    return {int(service.removeprefix("alibaba-")) for service in found}


def test_r_190_use_accepts_in_two_services() -> None:
    assert services_where(lambda item: item.use_is_acceptance) == {25, 27}


def test_r_192_silence_in_a_re_review_passes_in_three() -> None:
    assert services_where(lambda item: item.re_review_silence_passes) == {14, 15, 16}


def test_r_186_any_feedback_of_anybody_stops_silence_where_a_reply_is_enough() -> None:
    assert services_where(lambda item: item.any_person_stops_silence) == {1, 6, 14, 15, 16, 18}
    assert services_where(lambda item: item.neutral_reply_stops) == {1, 6, 14, 15, 16, 18}


def test_r_170_discrepancies_are_counted_in_two_services() -> None:
    assert services_where(lambda item: item.discrepancies) == {25, 27}


def test_r_011_a_warranty_runs_by_the_calendar_and_is_not_rolled() -> None:
    (care,) = terms_of("alibaba-25", ()).after_care
    assert (care.kind, care.period, care.needs_trial_run_end) == ("warranty", "1m!", True)


@pytest.mark.parametrize(("service", "editions"), CASES)
def test_r_152_every_criterion_of_the_catalogue_stands_with_an_item(service: str, editions: tuple[str, ...]) -> None:
    document = read_document(canonical.encode(entry_document(entry(service))))
    items = items_of(service, *editions)
    for source in of_editions(document.acceptance, frozenset(editions)):
        stated = tuple(criterion.text_zh or criterion.text_en for criterion in source.criteria)
        own = [item for name, item in items.items() if name == source.id or name.startswith(f"{source.id}.")]
        assert all(item.criteria == stated for item in own)
