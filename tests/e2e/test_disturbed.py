"""A bus that delays, repeats and lets contracts overtake one another changes nothing in what readers see."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.demo.checks import Checks
from services.demo.player import Player
from services.demo.playing import SCENARIOS, Scenario, stage
from services.demo.story import Story
from shared.bus.inprocess import InProcessBus
from shared.bus.port import Bus
from shared.kernel.clock import MachineClock
from shared.testing.disturbed_bus import DisturbedBus

# Where something stood in the log of a service depends on what arrived first; nothing else may.
PLACES = frozenset({"position", "arrival", "sort_key", "version"})


async def final_documents(scenario: Scenario, folder: Path, bus: Callable[[MachineClock], Bus]) -> Any:
    """Everything that can be read of a contract after its scenario."""
    checks = Checks(lambda line: None)
    async with stage(folder, scenario.begins, bus=bus) as player:
        await scenario.play(Story(scenario.contract, player, checks, lambda line: None))
        assert checks.failures == []
        return await _read(player, f"/contracts/{scenario.contract}")


async def _read(player: Player, contract: str) -> Any:
    items = await player.read_all("auditor", f"{contract}/items")
    timeline = await player.read_all("auditor", f"{contract}/timeline")
    return without_places(
        {
            "contract": await player.read("auditor", contract),
            "items": [await player.read("auditor", f"{contract}/items/{found['item']}") for found in items],
            "settlement": await player.read("auditor", f"{contract}/settlement"),
            "requests": await player.read_all("finance", "/invoice-requests"),
            "timeline": sorted((without_places(entry) for entry in timeline), key=repr),
        }
    )


def without_places(value: Any) -> Any:
    """A document without the members that name a place in a log."""
    if isinstance(value, dict):
        return {key: without_places(found) for key, found in value.items() if key not in PLACES}
    return [without_places(found) for found in value] if isinstance(value, list) else value


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
async def test_r_461_a_disturbed_bus_ends_in_the_same_documents(scenario: Scenario, seed: int, tmp_path: Path) -> None:
    expected = await final_documents(scenario, tmp_path / "calm", InProcessBus)
    disturbed = await final_documents(
        scenario, tmp_path / "disturbed", lambda machine: DisturbedBus(InProcessBus(machine, early_retry_s=0.001), seed)
    )
    assert disturbed == expected
