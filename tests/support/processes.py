"""Starts a process of a test, `tests.support.store_process` if nothing else is said, and listens to it."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass

from shared.kernel.failpoints import ENVIRONMENT_VARIABLE

MODULE = "tests.support.store_process"
PROCESS_MAX_S = 60


@dataclass(frozen=True)
class Ended:
    """How a process ended, and what it had acknowledged."""

    code: int | None
    lines: list[str]
    errors: str


async def run_process(*arguments: str, failpoints: str = "", module: str = MODULE) -> Ended:
    """Run a process to its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        env={**os.environ, ENVIRONMENT_VARIABLE: failpoints},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PROCESS_MAX_S):
            output, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Ended(process.returncode, output.decode().splitlines(), errors.decode())
