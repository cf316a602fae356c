"""What the catalogue stores: a golden file per event version, read without loss (R-460)."""

from __future__ import annotations

import pytest

from services.catalog.domain.events import CATALOG_PRIVATE_EVENTS
from services.catalog.service import CATALOG
from shared.testing.golden import check_example, without_example
from tests.unit.catalog.every_event import EVERY_EVENT


def test_every_event_has_an_example_and_a_golden_file() -> None:
    assert {type(event) for event in EVERY_EVENT} == set(CATALOG_PRIVATE_EVENTS)
    assert without_example(CATALOG.events) == []


@pytest.mark.parametrize("name", CATALOG.events.names())
def test_r_460_a_stored_event_is_read_and_nothing_of_it_is_lost(name: str) -> None:
    check_example(CATALOG.events, name)
