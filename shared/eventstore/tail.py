"""Who waits for the log to grow, and who tells them: this process's writer at once, other processes by a probe.

Growth that this process makes wakes its waiters in the same turn of the loop. Growth that others make is looked for
while somebody waits: the newest position in PostgreSQL, where replicas write, or SQLite's `data_version`, where nobody
else does but now and then a command beside a running ledger. Nobody looks on his own: right after a write everybody
waits anew, and a look each would cost more than the work that the write made.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from shared.kernel.errors import StoreUnavailable
from shared.kernel.waiting import ended

# How soon the growth that another process makes is noticed: another replica's, and that of a command on one machine.
PROBE_INTERVAL_S = 0.05
PROBE_INTERVAL_ALONE_S = 0.25


class Tail:
    """The newest position that this process knows of. Used on one event loop."""

    def __init__(self, probe: Callable[[], Awaitable[int]], interval_s: float = PROBE_INTERVAL_S) -> None:
        self._probe = probe
        self._interval_s = interval_s
        self._position = 0
        self._waiting: set[tuple[int, asyncio.Future[None]]] = set()
        self._probing: asyncio.Task[None] | None = None

    @property
    def position(self) -> int:
        """The newest known position."""
        return self._position

    def grown(self, position: int) -> None:
        """The log has an event at this position."""
        if position <= self._position:
            return
        self._position = position
        for beyond, future in list(self._waiting):
            if position > beyond and not future.done():
                future.set_result(None)

    async def wait_beyond(self, position: int, timeout_s: float) -> int:
        """The newest known position once it is beyond `position`; `position` itself when the time is over."""
        if self._position > position:
            return self._position
        waiter = (position, asyncio.get_running_loop().create_future())
        self._waiting.add(waiter)
        if self._probing is None:
            self._probing = asyncio.create_task(self._probe_while_waiting())
        try:
            async with asyncio.timeout(timeout_s):
                await waiter[1]
        except TimeoutError:
            return position
        finally:
            self._waiting.discard(waiter)
        return self._position

    async def close(self) -> None:
        """Stop looking."""
        if self._probing is not None:
            await ended(self._probing)

    async def _probe_while_waiting(self) -> None:
        try:
            while self._waiting:
                # A store that cannot be reached now is looked at again after the same pause.
                with contextlib.suppress(StoreUnavailable):
                    self.grown(await self._probe())
                await asyncio.sleep(self._interval_s)
        finally:
            self._probing = None
