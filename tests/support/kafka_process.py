"""A replica of counter and mirror in a process of its own, for tests that kill and stop it.

`python -m tests.support.kafka_process BOOTSTRAP PREFIX COUNTER MIRROR` (the locations of both logs) carries until its
standard input ends. Failpoints are armed from the environment. It says `ready` once it has joined.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.kafka.settings import KafkaSettings
from shared.kernel.failpoints import ENVIRONMENT_VARIABLE, arm_from
from tests.support.kafka import kafka_bus, toys
from tests.support.processes import child

MODULE = "tests.support.kafka_process"


async def main(bootstrap: str, prefix: str, counter: str, mirror: str) -> None:
    arm_from(os.environ.get(ENVIRONMENT_VARIABLE, ""))
    async with toys((counter, mirror)) as logs:
        bus = kafka_bus(KafkaSettings(bootstrap=bootstrap, prefix=prefix))
        await logs.join(bus)
        os.write(1, b"ready\n")
        await asyncio.to_thread(sys.stdin.read)
        await bus.close()


@asynccontextmanager
async def replica(
    settings: KafkaSettings, locations: tuple[str, ...], failpoints: str = "", module: str = MODULE
) -> AsyncIterator[Process]:
    """Such a process, for the length of a block; it is killed at the end."""
    command = (sys.executable, "-m", module, settings.bootstrap, settings.prefix, *locations)
    environment = {**os.environ, ENVIRONMENT_VARIABLE: failpoints}
    async with child(*command, env=environment, stdin=PIPE, stdout=PIPE, stderr=PIPE) as process:
        yield process


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
