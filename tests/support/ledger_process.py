"""A process of its own that runs the toy ledger whole: two services, bus, ticker, view; to be killed at failpoints.

`python -m tests.support.ledger_process FOLDER` does the same work under the same keys each time it is started, and ends
when every timer has lapsed and everything is delivered. Failpoints are armed from the environment.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from shared.bus.inprocess import InProcessBus
from shared.deadlines.ticker import Ticker
from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock
from shared.kernel.failpoints import ENVIRONMENT_VARIABLE, arm_from
from shared.projections.runner import Projections
from tests.support.toy_ledger import COUNTER, MIRROR, START, TALLIES, Add, StartTimer, toy_command

KEYS = ("c1", "c2", "c3")
ADDITIONS = 4
LATER_S = 30 * 86400.0


async def work(counter: EventLog[Any], mirror: EventLog[Any], bus: InProcessBus, legal: VirtualLegalClock) -> None:
    """Commands, timers, a month of silence, and everything that follows."""
    for key in KEYS:
        for n in range(1, ADDITIONS + 1):
            await counter.submit(toy_command(f"counter/{key}", Add(amount=n), f"add {key} {n}"))
        for legal_effect in (True, False):
            body = StartTimer(deadline_id=f"{key} {legal_effect}", legal_effect=legal_effect)
            await counter.submit(toy_command(f"counter/{key}", body, f"start {key} {legal_effect}"))
    legal.advance(LATER_S)
    while await counter.next_due_at() or await counter.held_deadlines(1):
        head = await counter.head()
        await bus.delivered("counter", head)
        await bus.delivered("mirror", await mirror.head())
        await counter.wait_beyond(head, timeout_s=0.1)
    await bus.delivered("counter", await counter.head())


async def main(folder: Path) -> None:
    arm_from(os.environ.get(ENVIRONMENT_VARIABLE, ""))
    legal, machine = VirtualLegalClock(START), SystemMachineClock()
    async with AsyncExitStack() as stack:
        logs: list[EventLog[Any]] = []
        for service in (COUNTER, MIRROR):
            log = await open_log(service, f"sqlite:///{folder}/{service.name}.db", legal, machine)
            stack.push_async_callback(log.close)
            logs.append(log)
        counter, mirror = logs
        bus = InProcessBus(machine)
        stack.push_async_callback(bus.close)
        await bus.join(COUNTER, counter)
        await bus.join(MIRROR, mirror)
        projections = await stack.enter_async_context(Projections("counter", counter, [TALLIES], machine))
        # A held deadline of an earlier life is asked about again at once.
        ticker = Ticker(COUNTER, counter, legal, machine, grace_s=0.001, ask_again_s=0.05)
        await stack.enter_async_context(ticker)
        await work(counter, mirror, bus, legal)
        await projections.reached(await counter.head())


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
