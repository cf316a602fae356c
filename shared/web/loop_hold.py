"""How long one piece of work has held the event loop: nobody else is answered, stamped or probed meanwhile (R-409).

A tick that comes late was kept waiting. Of its lateness only what this thread has computed counts, so that a machine
without a free core is not taken for a request that costs too much.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Final

from aiohttp import web

from shared.telemetry.metrics import measure
from shared.web.probes import Check, Trouble, note

TICK_S: Final = 0.05
# No request holds the loop as long as this; larger bodies are decoded in threads (`off_the_loop`).
HOLD_MAX_S: Final = 0.5
# So long the longest hold is told, by metric and readiness.
REMEMBERED_S: Final = 15.0

Seconds = Callable[[], float]


class HoldWatch:
    """Watches the loop that serves an application; `elapsed` and `computed` are clocks of this thread, for tests."""

    def __init__(self, elapsed: Seconds = time.monotonic, computed: Seconds = time.thread_time) -> None:
        self._elapsed = elapsed
        self._computed = computed
        self._longest_s = 0.0
        self._seen_at_s = 0.0
        self._begin()

    @property
    def longest_s(self) -> float:
        """The longest hold of the last REMEMBERED_S."""
        return self._longest_s

    async def watching(self, app: web.Application) -> AsyncIterator[None]:
        """Watch while the application runs (`app.cleanup_ctx`)."""
        task = asyncio.create_task(self._watch(), name="event loop hold")
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _watch(self) -> None:
        self._begin()
        while True:
            await asyncio.sleep(TICK_S)
            self.tick()

    def tick(self) -> None:
        """A tick has come: whatever it is late by and was computed meanwhile held the loop."""
        late_s = self._elapsed() - self._last_s - TICK_S
        self._saw(max(0.0, min(late_s, self._computed() - self._computed_s)))
        self._begin()

    def _begin(self) -> None:
        self._last_s, self._computed_s = self._elapsed(), self._computed()

    def _saw(self, held_s: float) -> None:
        now_s = self._elapsed()
        if held_s >= self._longest_s or now_s - self._seen_at_s > REMEMBERED_S:
            self._longest_s, self._seen_at_s = held_s, now_s
            measure("ledger_event_loop_hold_seconds", held_s, {})

    def check(self) -> Check:
        """Readiness notes that the loop was held for longer than HOLD_MAX_S, and goes on serving."""
        return note("event_loop", self._trouble)

    def _trouble(self) -> Trouble | None:
        held_s = self._longest_s
        if held_s <= HOLD_MAX_S:
            return None
        return Trouble(
            f"最近 {REMEMBERED_S:.0f} 秒内事件循环曾被占用 {held_s:.1f} 秒",
            f"the event loop was held for {held_s:.1f} s within the last {REMEMBERED_S:.0f} s",
        )
