"""Two clocks behind two ports, because legal time and machine time are two things (design section 4).

Legal time decides receipt and deadlines, and is virtual in tests and in the demo. Machine time measures leases,
expiry, retries and the age of requests. Nothing below the edge holds a clock: what it says arrives as an argument.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any, Protocol

from shared.kernel.errors import Trouble
from shared.kernel.instants import Instant, plus_seconds, to_datetime, to_instant

# A wait is cut into pieces of this length, so that a machine clock that was set is noticed.
WAIT_PIECE_MAX_S = 30.0

_BOOT_CLOCK: int | None = getattr(time, "CLOCK_BOOTTIME", None)


# How far the clocks of the ledger may be apart (design section 4). Receipt is stamped by them, and the grace of
# deadlines allows for it twice.
CLOCK_BOUND_S = 1.0


class LegalClock(Protocol):
    """What time it is in law. `now` may be called from any thread."""

    def now(self) -> Instant:
        """The present instant."""

    async def wait_until(self, instant: Instant) -> None:
        """Return once `instant` has come; at once when it is past."""


class MachineClock(Protocol):
    """Seconds since the epoch, as the machine counts them. `now` may be called from any thread."""

    def now(self) -> float:
        """The present, in seconds since the epoch. Somebody may set it: it says when, never how long."""

    def elapsed(self) -> float:
        """Seconds since some moment; nobody sets it, so it measures ages, graces and freshness."""

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""


class SetByHand:
    """A clock that somebody moves: it has nothing to do with another one, so none can make it wrong."""


class ClockBelief(Protocol):
    """Whether what this machine calls the present is believed; while not, nothing is stamped, asked or decided."""

    def trouble(self) -> Trouble | None:
        """Why not; None when it is. Costs no I/O."""


class _Believed:
    def trouble(self) -> Trouble | None:
        return None


BELIEVED: ClockBelief = _Believed()
"""For clocks that are set by hand."""


class SystemLegalClock:
    """Legal time as the operating system has it."""

    def now(self) -> Instant:
        return to_instant(datetime.now(UTC))

    async def wait_until(self, instant: Instant) -> None:
        while (remaining_s := (to_datetime(instant) - datetime.now(UTC)).total_seconds()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(min(remaining_s, WAIT_PIECE_MAX_S))


class SystemMachineClock:
    """Machine time as the operating system has it."""

    def now(self) -> float:
        return time.time()

    def elapsed(self) -> float:
        # Goes on while the machine sleeps, where the operating system has such a clock.
        return time.monotonic() if _BOOT_CLOCK is None else time.clock_gettime(_BOOT_CLOCK)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Waiters:
    """Who waits for which moment on a clock that is set by hand."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Any, asyncio.Future[None]]] = []

    async def wait(self, moment: Any) -> None:
        future = asyncio.get_running_loop().create_future()
        entry = (moment, future)
        self._waiting.append(entry)
        try:
            await future
        finally:
            self._waiting.remove(entry)

    def wake(self, now: Any) -> None:
        for moment, future in self._waiting:
            if moment <= now and not future.done():
                future.set_result(None)

    def __len__(self) -> int:
        return len(self._waiting)


class VirtualLegalClock(SetByHand):
    """Legal time that stands still until it is set; for tests and the demo. Set it from the loop's thread."""

    def __init__(self, now: Instant) -> None:
        self._now = now
        self._waiters = _Waiters()

    def now(self) -> Instant:
        return self._now

    def set(self, instant: Instant) -> None:
        """Move to `instant` and wake who waited for it; raises ValueError if it lies in the past."""
        if instant < self._now:
            raise ValueError(f"legal time does not run backwards: {self._now} -> {instant}")
        self._now = instant
        self._waiters.wake(instant)

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`."""
        self.set(plus_seconds(self._now, seconds))

    @property
    def waiting(self) -> int:
        """How many wait for a later instant; lets a test wait for a condition instead of sleeping."""
        return len(self._waiters)

    async def wait_until(self, instant: Instant) -> None:
        if instant > self._now:
            await self._waiters.wait(instant)


class VirtualMachineClock(SetByHand):
    """Machine time that stands still until it is advanced; for tests of ages, leases and retries.

    `set` is what a person, or a wrong time server, does to a machine: it says another time, and none has passed.
    """

    def __init__(self, now: float = 1_000_000.0) -> None:
        self._now = now
        self._set_by_s = 0.0
        self._waiters = _Waiters()

    def now(self) -> float:
        return self._now + self._set_by_s

    def elapsed(self) -> float:
        return self._now

    def set(self, now: float) -> None:
        """Say that it is `now`; who sleeps sleeps on."""
        self._set_by_s = now - self._now

    def advance(self, seconds: float) -> None:
        """Move on by `seconds` and wake who slept as long."""
        self._now += seconds
        self._waiters.wake(self._now)

    @property
    def waiting(self) -> int:
        """How many sleep."""
        return len(self._waiters)

    async def sleep(self, seconds: float) -> None:
        if seconds > 0:
            await self._waiters.wait(self._now + seconds)
