"""Processes that tests start; whatever a test does, they have ended behind it, and so have their pipes."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from shared.kernel.failpoints import ENVIRONMENT_VARIABLE

MODULE = "tests.support.store_process"
PROCESS_MAX_S = 60


@dataclass(frozen=True)
class Ended:
    """How a process ended, and what it had acknowledged."""

    code: int | None
    lines: list[str]
    errors: str


@asynccontextmanager
async def child(*command: str, **settings: Any) -> AsyncIterator[Process]:
    """A process for the length of a block, at the end of which it is killed if it has not ended.

    What it has written and nobody has read is read: a pipe that is left open is collected in a later test, which then
    fails for it.
    """
    process = await asyncio.create_subprocess_exec(*command, **settings)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def run_process(*arguments: str, failpoints: str = "", module: str = MODULE) -> Ended:
    """Run a module to its end, `tests.support.store_process` if nothing else is said."""
    environment = {**os.environ, ENVIRONMENT_VARIABLE: failpoints}
    command = (sys.executable, "-m", module, *arguments)
    async with child(*command, env=environment, stdout=PIPE, stderr=PIPE) as process, asyncio.timeout(PROCESS_MAX_S):
        output, errors = await process.communicate()
    return Ended(process.returncode, output.decode().splitlines(), errors.decode())
