"""Legal time from a file, so that all processes of a cluster share one clock that somebody moves by hand.

A facility for demos and tests. Machine time stays real: leases, tokens and retries know nothing of it.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from shared.kernel.clock import SetByHand
from shared.kernel.instants import Instant, to_datetime

# Who waits for an instant looks at the file so often; a jump is noticed this soon.
LOOK_EVERY_S = 0.02


class FileLegalClock(SetByHand):
    """The instant that stands in `path`. It is read anew each time, so no process lags behind another.

    Raises OSError when the file cannot be read, ValueError when what stands there is no instant.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> Instant:
        instant = self._path.read_text(encoding="ascii").strip()
        to_datetime(instant)
        return instant

    async def wait_until(self, instant: Instant) -> None:
        while self.now() < instant:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_EVERY_S)

    def set(self, instant: Instant) -> None:
        """Move every process to `instant`, or begin there; raises ValueError if it lies in the past.

        Readers find the old instant or the new one, never half of one. Only one may move the clock.
        """
        if self._path.exists() and instant < (now := self.now()):
            raise ValueError(f"legal time does not run backwards: {now} -> {instant}")
        written = self._path.with_suffix(".new")
        written.write_text(f"{instant}\n", encoding="ascii")
        os.replace(written, self._path)
