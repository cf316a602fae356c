"""Clocks for tests that need no waiting."""

from __future__ import annotations

from shared.kernel.clock import VirtualMachineClock


class ImpatientClock(VirtualMachineClock):
    """Nobody has to wait: every sleep moves the clock and returns."""

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)
