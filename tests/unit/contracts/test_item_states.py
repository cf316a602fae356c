"""The two services that show an item name its state alike, at every moment of every history (section H)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import pytest

from services.acceptance.api import STATES
from services.acceptance.service import ACCEPTANCE
from services.contracts.projections.contract import ItemShown, follow_item
from shared.public_events.submissions import ItemState
from tests.unit.acceptance.histories import histories
from tests.unit.acceptance.samples import Story


def shown(story: Story) -> Iterator[tuple[str, dict[str, tuple[str, bool]], dict[str, tuple[str, bool]]]]:
    """After each event: what it was, and each item's state and flag in acceptance and in contracts."""
    state = ACCEPTANCE.initial()
    items: dict[str, ItemShown] = {}
    for recorded in story.history:
        state = ACCEPTANCE.evolve(state, recorded)
        if recorded.type != "feed.received.v1":
            for message in ACCEPTANCE.to_public(state, recorded):
                name = getattr(message.data, "item", "")
                if name:
                    items[name] = follow_item(items.get(name, ItemShown()), message.data, recorded.effective_at)
        known = getattr(state, "items", {})
        here = {name: (item.state, bool(item.overdue)) for name, item in known.items()}
        there = {name: items.get(name, ItemShown()) for name in known}
        yield recorded.type, here, {name: (item.state, item.overdue) for name, item in there.items()}


@pytest.mark.parametrize("story", histories(), ids=range(len(histories())))
def test_one_state_has_one_name_in_both_services(story: Story) -> None:
    for event, here, there in shown(story):
        assert here == there, event


def test_the_histories_show_every_state() -> None:
    seen = {state for story in histories() for _, here, _ in shown(story) for state, _ in here.values()}
    assert seen == set(get_args(ItemState)) == set(STATES)
