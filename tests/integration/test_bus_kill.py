"""kill -9 of a whole ledger at every failpoint: what it had begun is finished by its next life, once (R-461)."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from shared.deadlines.model import DeadlineLapsed
from shared.deadlines.verify import deadline_differences
from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock
from shared.kernel.failpoints import KILLED_EXIT_CODE
from shared.projections.verify import differences
from tests.support.ledger_process import ADDITIONS, KEYS
from tests.support.processes import run_process
from tests.support.toy_ledger import COUNTER, MIRROR, START, TALLIES, TENANT, Added

PROCESS = "tests.support.ledger_process"
POINTS = (
    "writer.under_lock:9",
    "writer.decided:14",
    "writer.inserted_before_commit:19",
    "writer.after_commit_before_reply:24",
    "documents.before_commit:3",
    "documents.after_commit:3",
    "ticker.before_submit:2",
    "bus.before_position_saved:1",
)


@asynccontextmanager
async def opened(service: Any, folder: Path) -> AsyncIterator[EventLog[Any]]:
    location = f"sqlite:///{folder}/{service.name}.db"
    log = await open_log(service, location, VirtualLegalClock(START), SystemMachineClock())
    try:
        yield log
    finally:
        await log.close()


@pytest.mark.parametrize("point", POINTS)
async def test_the_next_life_finishes_what_a_killed_ledger_had_begun(point: str, tmp_path: Path) -> None:
    killed = await run_process(str(tmp_path), failpoints=f"{point}=kill", module=PROCESS)
    assert killed.code == KILLED_EXIT_CODE, killed.errors
    finished = await run_process(str(tmp_path), module=PROCESS)
    assert finished.code == 0, finished.errors
    async with opened(COUNTER, tmp_path) as counter, opened(MIRROR, tmp_path) as mirror:
        await check_counter(counter)
        for key in KEYS:
            state, _ = await mirror.state(TENANT, f"counter/{key}")
            assert state.totals == (1, 3, 6, 10)
        assert await mirror.parked(1) == [] == await counter.parked(1)


async def check_counter(counter: EventLog[Any]) -> None:
    """Every command once, every timer lapsed once, the view and the rows as the log says."""
    events = await counter.read(0)
    assert Counter(event.scope for event in events if isinstance(event.data, Added)) == {
        f"counter/{key}": ADDITIONS for key in KEYS
    }
    lapsed = [event.data.deadline.deadline_id for event in events if isinstance(event.data, DeadlineLapsed)]
    assert sorted(lapsed) == sorted(f"{key} {legal_effect}" for key in KEYS for legal_effect in (True, False))
    assert await differences(counter, TALLIES) == []
    assert [found for found in await deadline_differences(counter, COUNTER) if found.what.startswith("row")] == []
