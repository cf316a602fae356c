"""When a cluster is at rest, and which of its processes answers what."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec import structs

from services.demo import cluster_world
from services.demo.cluster_world import ClusterWorld
from services.hosting.embedded import NotSettled
from services.hosting.parts import PARTS
from services.hosting.status import ServiceStatus
from shared.kernel.clock_file import FileLegalClock

ADDRESSES = {part.name: f"http://{part.name}" for part in PARTS}


def look(head: int, **busy: Any) -> list[ServiceStatus]:
    """One look at one process: idle, if nothing else is said."""
    idle = ServiceStatus(
        service="acceptance",
        legal_now="2025-10-15T00:00:00.000Z",
        head=head,
        followed={"views": head},
        outbox_waiting=0,
        records_behind=0,
        next_due_at=None,
        deadlines_held=0,
        messages_parked=0,
    )
    return [structs.replace(idle, **busy)]


class Scripted(ClusterWorld):
    """A cluster that is seen as scripted."""

    def __init__(self, folder: Path, looks: Iterable[list[ServiceStatus]]) -> None:
        super().__init__(ADDRESSES, FileLegalClock(folder / "legal-clock"), lambda person, tenant: "", cast(Any, None))
        self.looks = iter(looks)

    async def _statuses(self) -> list[ServiceStatus]:
        return next(self.looks)


async def test_a_cluster_is_at_rest_when_two_looks_find_it_idle_at_the_same_heads(tmp_path: Path) -> None:
    due = "2025-10-16T01:00:00.000Z"
    rested = look(5, next_due_at=due) + look(5)
    world = Scripted(tmp_path, [look(5, outbox_waiting=1), rested, rested, look(9)])
    assert await world.settle() == due
    assert next(world.looks) == look(9)


async def test_what_grew_between_two_idle_looks_was_not_at_rest(tmp_path: Path) -> None:
    """A message was between two processes when both looked idle."""
    world = Scripted(tmp_path, [look(5), look(6), look(6), look(9)])
    await world.settle()
    assert next(world.looks) == look(9)


async def test_a_busy_look_between_two_idle_ones_begins_anew(tmp_path: Path) -> None:
    world = Scripted(tmp_path, [look(5), look(5, records_behind=1), look(5), look(5), look(9)])
    await world.settle()
    assert next(world.looks) == look(9)


async def test_a_cluster_that_does_not_come_to_rest_says_who_is_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_world, "SETTLE_TIMEOUT_S", 0.05)
    busy = look(5, followed={"views": 4})
    world = Scripted(tmp_path, iter(lambda: busy, None))
    with pytest.raises(NotSettled, match="'views': 4"):
        await world.settle()


def test_each_path_is_asked_for_at_the_service_that_has_it(tmp_path: Path) -> None:
    world = Scripted(tmp_path, [])
    assert world.address("/contracts?cursor=x") == "http://contracts/contracts?cursor=x"
    assert world.address("/contracts/C-1/items/delivery/submissions").startswith("http://acceptance/")
    for part in PARTS:
        for path in (re.sub(r"[{}]", "", route.path) for route in part.routes):
            assert world.address(path) == ADDRESSES[part.name] + path
    with pytest.raises(LookupError, match="no service has /nowhere"):
        world.address("/nowhere")
