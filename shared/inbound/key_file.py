"""The registered keys of a process: a file that is read again, so that keys change without a restart."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from shared.inbound.keys import SenderRegistry, senders_from_file
from shared.kernel.clock import MachineClock
from shared.kernel.loops import Loop

READ_EVERY_S: Final = 10.0


class KeyFile(Loop):
    """Knows the senders of a file, between `async with` and its end; raises ConfigError when made from a bad one.

    While the file cannot be used, what it said last holds on, and readiness tells of the failure.
    """

    def __init__(self, path: Path, machine: MachineClock) -> None:
        super().__init__(f"registered keys in {path.name}", machine)
        self._path = path
        self._senders = senders_from_file(path)

    def senders(self) -> SenderRegistry:
        """The registry as it was last read."""
        return self._senders

    async def step(self) -> None:
        """Wait, then read the file."""
        await self.machine.sleep(READ_EVERY_S)
        self._senders = await asyncio.to_thread(senders_from_file, self._path)
