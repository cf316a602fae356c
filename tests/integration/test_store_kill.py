"""kill -9 at every failpoint of the store: nothing acknowledged is lost, nothing is done twice (R-461).

The process repeats its work under the same keys after each kill, as its clients would.
"""

from __future__ import annotations

from typing import Any

import pytest

from shared.eventstore.port import EventLog
from shared.kernel.failpoints import FAILPOINTS, KILLED_EXIT_CODE
from tests.support.logs import DURABLE, Backend, location_of, opened
from tests.support.processes import run_process
from tests.support.store_process import STEPS, work
from tests.support.toy_service import CounterChanged

POINTS = [name for name in FAILPOINTS if name.startswith(("writer.", "documents."))]
ONCE = ["store.migrated_before_commit"]


@pytest.mark.parametrize("backend", DURABLE)
@pytest.mark.parametrize("point", [f"{name}:4" for name in POINTS] + ONCE)
async def test_a_killed_writer_loses_nothing_and_doubles_nothing(
    point: str, backend: Backend, request: pytest.FixtureRequest
) -> None:
    location = location_of(backend, request)
    killed = await run_process("work", location, failpoints=f"{point}=kill")
    assert killed.code == KILLED_EXIT_CODE, killed.errors
    async with opened(location) as log:
        await check_acknowledged(log, killed.lines)
        await work(log)
        await check_whole(log)


async def check_acknowledged(log: EventLog[Any], lines: list[str]) -> None:
    """What the process had been told is in the log."""
    done = {kind: max((int(n) for n in numbers), default=0) for kind, numbers in by_kind(lines).items()}
    state, _ = await log.state("t1", "counter/c1")
    assert state.total >= sum(range(done["command"] + 1))
    assert state.echoed >= sum(range(done["message"] + 1))
    assert await log.get_position("view") >= done["document"]


def by_kind(lines: list[str]) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {"command": [], "message": [], "document": []}
    for kind, number in map(str.split, lines):
        kinds[kind].append(number)
    return kinds


async def check_whole(log: EventLog[Any]) -> None:
    """After the repetition everything has happened exactly once."""
    every = list(range(1, STEPS + 1))
    state, _ = await log.state("t1", "counter/c1")
    assert (state.total, state.echoed) == (sum(every), sum(every))
    assert [recorded.position for recorded in await log.read(0)] == list(range(1, 3 * STEPS + 1))
    assert [row.envelope.n for row in await log.outbox(0)] == every
    assert await log.feed_heads("other", CounterChanged.TOPIC) == {("t1", "c1"): STEPS}
    assert (await log.get_document("view", "t1", "only"), await log.get_position("view")) == (
        str(STEPS).encode(),
        STEPS,
    )
