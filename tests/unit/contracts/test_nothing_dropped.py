"""Every kind of fact that the catalogue has for a service goes somewhere: nothing is dropped on the way (R-335)."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import Struct

from services.contracts.domain.catalogue import document
from shared.catalogue.format import acceptance, model

GOLDEN = Path(__file__).parents[2] / "golden" / "not_carried_out.json"

# Composed again by the rules of the catalogue, whenever a contract is drafted.
COMPOSED = {"lead_time", "bulk_lead_time", "prerequisites", "quantity_rules", "delivery_modes"}
# Refused by name as long as the ledger does not carry it out: the names begin like this.
REFUSED = {
    "modules": "sessions",
    "sla": "sla",
    "service_periods": "service_period.",
    "completion": "completion.",
    "procedure": "period.",
    "from_": "period.",
    "recurrence": "recurring_deliverables",
    "implementation_period": "implementation_period",
    "time_based_completion": "time_completion.",
    "alternative_completion": "alternative_completion",
}
# Has neither a time nor a state: agreed by the pinned revision, which is an annex of the contract.
AGREED = {
    "aliases",
    "cancellation",
    "category",
    "category_zh",
    "channels",
    "condition_zh",
    "exclusions",
    "form_templates",
    "format_zh",
    "notes",
    "organisation_units",
    "phases",
    "raci",
    "roles",
    "summary_en",
    "windows",
}
# What names, groups or prints a fact, and is none itself.
LABELS = {
    "text_zh",
    "text_en",
    "id",
    "provider",
    "name_en",
    "name_zh",
    "sources",
    "source",
    "group",
    "template",
    "phase_zh",
    "rule",
}

READ: tuple[tuple[type[Struct], type[Struct]], ...] = (
    (model.Service, document.ServiceDocument),
    (model.Milestone, document.Milestone),
    (model.Deliverable, document.Deliverable),
    (acceptance.Acceptance, document.Acceptance),
    (acceptance.Objection, document.Objection),
    (model.Payment, document.Payment),
)


@pytest.mark.parametrize(("printed", "read"), READ, ids=[printed.__name__ for printed, _ in READ])
def test_r_335_every_field_of_the_catalogue_is_carried_composed_refused_or_agreed(
    printed: type[Struct], read: type[Struct]
) -> None:
    """A field that is added to the format fails here until somebody says where it goes."""
    left = set(printed.__struct_fields__) - set(read.__struct_fields__) - COMPOSED - REFUSED.keys() - AGREED - LABELS
    assert left == set()


def test_r_335_what_contracts_reads_of_an_entry_the_catalogue_has() -> None:
    for printed, read in READ:
        assert set(read.__struct_fields__) <= set(printed.__struct_fields__)


def test_r_335_every_refusal_that_stands_for_a_field_is_one_that_some_service_meets() -> None:
    met = GOLDEN.read_text("utf-8")
    assert [name for name in REFUSED.values() if f'"{name}' not in met] == []
