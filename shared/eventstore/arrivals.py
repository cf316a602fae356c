"""An act about something that has not arrived here waits a little for it: lag decides nothing (design section 4).

A contract reaches acceptance some milliseconds after the second signature, and a caller may be faster than that. What
is still unknown after the wait is answered NotArrivedYet, and nothing is stored: the same key is decided later.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from shared.kernel.clock import MachineClock
from shared.kernel.errors import NotArrivedYet

Value = TypeVar("Value")

# How long an act waits here, looking again after each pause. Together far below the life of a request.
PAUSES_S: Final = (0.02, 0.04, 0.08, 0.16, 0.3, 0.6, 0.8)
ARRIVAL_WAIT_S: Final = sum(PAUSES_S)

# So many acts wait at once; those beyond are told at once to come back, so that made-up names keep nobody waiting.
WAITING_MAX: Final = 512


class Arrivals:
    """Decides acts again while what they are about may be on its way."""

    def __init__(self, machine: MachineClock) -> None:
        self._machine = machine
        self._waiting = 0

    async def decided(self, decide: Callable[[], Awaitable[Value]]) -> Value:
        """What `decide` answers; raises NotArrivedYet when it still does after ARRIVAL_WAIT_S.

        Every act that is answered so has waited as long, whatever exists here: nothing is told by the time (R-424).
        """
        try:
            return await decide()
        except NotArrivedYet:
            if self._waiting >= WAITING_MAX:
                raise
        self._waiting += 1
        try:
            for pause_s in PAUSES_S[:-1]:
                await self._machine.sleep(pause_s)
                try:
                    return await decide()
                except NotArrivedYet:
                    continue
            await self._machine.sleep(PAUSES_S[-1])
            return await decide()
        finally:
            self._waiting -= 1
