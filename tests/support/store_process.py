"""A process of its own that writes to a log, for tests that race processes and kill them.

`python -m tests.support.store_process work LOCATION` does some of everything, in the same order under the same keys
each time; `... race LOCATION NUMBER COMMANDS` writes as one of several. Failpoints are armed from the environment. What
was acknowledged is printed, a line each.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

from shared.eventstore.log import open_log
from shared.eventstore.port import Document, EventLog
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock
from shared.kernel.failpoints import ENVIRONMENT_VARIABLE, arm_from
from tests.support.toy_service import NOW, TOY, Add, command, envelope

STEPS = 6
IN_FLIGHT = 16


async def work(log: EventLog[Any]) -> None:
    """STEPS times: a command, a received message, a document. Repeating any of it changes nothing."""
    for n in range(1, STEPS + 1):
        await log.submit(command(Add(amount=n), f"work-{n}"))
        acknowledge(f"command {n}")
        await log.receive(envelope(n))
        acknowledge(f"message {n}")
        if await log.get_position("view") == n - 1:
            body = str(n).encode()
            await log.put_documents("view", [Document(tenant="t1", key="only", body=body)], n - 1, n)
        acknowledge(f"document {n}")


async def race(log: EventLog[Any], number: int, commands: int) -> None:
    """Commands on two counters that all racing processes share, some in flight at a time."""
    waiting = iter(range(commands))

    async def client() -> None:
        for n in waiting:
            result = await log.submit(command(Add(amount=1), f"{number}-{n}", counter=f"c{n % 2}"))
            acknowledge(" ".join(result.event_ids))

    await asyncio.gather(*(client() for _ in range(IN_FLIGHT)))


def acknowledge(line: str) -> None:
    """Tell the parent at once; a killed process flushes nothing."""
    os.write(1, f"{line}\n".encode())


async def main(mode: str, location: str, *more: str) -> None:
    arm_from(os.environ.get(ENVIRONMENT_VARIABLE, ""))
    log = await open_log(TOY, location, VirtualLegalClock(NOW), SystemMachineClock())
    if mode == "work":
        await work(log)
    else:
        await race(log, int(more[0]), int(more[1]))
    await log.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
