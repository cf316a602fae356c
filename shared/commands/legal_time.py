"""Legal time under the lock: what a batch is decided and recorded at, as long as the machine's clock is the database's.

The edge asks a watch that measures every second, and a clock may be set in between, or on the machine of a process that
was stopped meanwhile. Here nothing lies between the look and the record: an event is never recorded later than the
database's clock plus the bound (R-409). A legal clock that is set by hand has nothing to do with the machine's: then
the machine's alone is compared, because a process whose clock is wrong should not be at work.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, NamedTuple

from shared.eventstore.store import BEGINNING, Known
from shared.kernel.clock import CLOCK_BOUND_S, LegalClock, MachineClock, SetByHand
from shared.kernel.errors import ClockUntrusted
from shared.kernel.instants import Instant, to_datetime

# A process that was not given the processor measures a distance that is none; it looks again so often.
LOOKS_MAX: Final = 3


# A request that waited longer than this, from its receipt to the lock, was not received. The grace of
# deadlines is at least as long.
REQUEST_LIFE_MAX_S: Final = 30.0


class Presumed(NamedTuple):
    """Legal time and the machine's before the lock is taken, and the bounds of the database's clock under it."""

    now: Instant
    machine_s: float
    from_s: float
    to_s: float


class LegalTime:
    """The legal clock of a log, and the machine's beside it."""

    def __init__(self, legal: LegalClock, machine: MachineClock) -> None:
        self._legal = legal
        self._machine = machine
        self._legal_is_real = not isinstance(legal, SetByHand)
        self._bounded = self._legal_is_real or not isinstance(machine, SetByHand)

    def now(self, known: Known, database_s: Callable[[], float]) -> Instant:
        """The present, just after `known` was read under the lock; `database_s` asks the database's clock once more.

        Raises ClockUntrusted when the clocks are apart by more than CLOCK_BOUND_S, and when the log's newest event was
        recorded later than the database's clock plus the bound: what follows could only be recorded as late.
        """
        if self._bounded and known.has_clock:
            self._check_machine(known, database_s)
            if self._legal_is_real:
                self._check_newest(known)
        return self._legal.now()

    def presumed(self, newest_recorded_at: Instant, oldest_received_s: float) -> Presumed:
        """The present before anything is read, and between which readings of the database's clock that will do.

        The bounds are those of `now`, and of a request's life (`oldest_received_s`, infinite for none).
        """
        machine_s = self._machine.now()
        from_s, to_s = -math.inf, oldest_received_s + REQUEST_LIFE_MAX_S
        if self._bounded:
            from_s, to_s = machine_s - CLOCK_BOUND_S, min(machine_s + CLOCK_BOUND_S, to_s)
            if self._legal_is_real:
                from_s = max(from_s, to_datetime(newest_recorded_at).timestamp() - CLOCK_BOUND_S)
        return Presumed(self._legal.now(), machine_s, from_s, to_s)

    def _check_newest(self, known: Known) -> None:
        if known.recorded_at == BEGINNING:
            return
        ahead_s = to_datetime(known.recorded_at).timestamp() - known.machine_s
        if ahead_s > CLOCK_BOUND_S:
            raise ClockUntrusted(f"the newest event was recorded {ahead_s:.1f} s ahead of the database's clock")

    def _check_machine(self, known: Known, database_s: Callable[[], float]) -> None:
        # The database has read its clock before we read ours: an answer that took its time looks like a clock ahead.
        apart_s = self._machine.now() - known.machine_s
        for _ in range(LOOKS_MAX):
            if abs(apart_s) <= CLOCK_BOUND_S:
                return
            before_s = self._machine.now()
            there_s = database_s()
            after_s = self._machine.now()
            apart_s = max(before_s - there_s, there_s - after_s, 0.0)
        if apart_s > CLOCK_BOUND_S:
            raise ClockUntrusted(f"the clock is {apart_s:.1f} s away from the database's")
