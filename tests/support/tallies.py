"""A log of counters with the toy view over it, for the tests of projections."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.kernel.clock import VirtualLegalClock
from shared.projections.runner import Projections
from tests.support.clocks import ImpatientClock
from tests.support.toy_ledger import COUNTER, START, TALLIES, TENANT, Add, toy_command

Step = tuple[int, int]
"""Which counter, and what is added to it; counter 0 is another tenant's."""


@asynccontextmanager
async def counter_log() -> AsyncIterator[EventLog[Any]]:
    log = await open_log(COUNTER, "memory:", VirtualLegalClock(START), ImpatientClock())
    try:
        yield log
    finally:
        await log.close()


async def play(log: EventLog[Any], history: Sequence[Step]) -> None:
    for scope, amount in history:
        key = str(await log.head())
        tenant = TENANT if scope else "others"
        await log.submit(toy_command(f"counter/c{scope}", Add(amount=amount), key, tenant=tenant))


async def live(log: EventLog[Any], batch: int = 500) -> Projections:
    """A runner that has caught up and stands still."""
    projections = Projections("counter", log, [TALLIES], ImpatientClock(), batch=batch)
    await projections.catch_up()
    return projections
