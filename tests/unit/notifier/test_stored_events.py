"""What the notifier stores: a golden file per event version, read without loss (R-460)."""

from __future__ import annotations

import pytest

from services.notifier.domain.events import NOTIFIER_EVENTS
from services.notifier.service import NOTIFIER
from shared.testing.golden import check_example, without_example
from tests.unit.notifier.every_event import EVERY_EVENT


def test_every_event_has_an_example_and_a_golden_file() -> None:
    assert {type(event) for event in EVERY_EVENT} == set(NOTIFIER_EVENTS)
    assert without_example(NOTIFIER.events) == []


@pytest.mark.parametrize("name", NOTIFIER.events.names())
def test_r_460_a_stored_event_is_read_and_nothing_of_it_is_lost(name: str) -> None:
    check_example(NOTIFIER.events, name)
