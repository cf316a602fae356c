"""Watches this machine's clock: against the database's where it has one, else against a clock that nobody sets.

In between, whatever the clock is set by is seen at once and without I/O, because the time that passes is known from a
clock that nobody sets. Beyond the bound nothing is stamped, asked or decided here (R-409): `trouble` says why. With a
database that has a clock the watch trusts it again as soon as the two agree. Without one a jump is believed when a
person confirms it (`qizhang clock confirm`), or when the clock is put back; until then it stands in the database.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, Self

from msgspec.structs import replace

from shared.eventstore.port import EventLog
from shared.kernel.clock import CLOCK_BOUND_S as CLOCK_BOUND_S
from shared.kernel.clock import LegalClock, MachineClock, SetByHand
from shared.kernel.errors import StoreUnavailable, Trouble
from shared.kernel.instants import Instant, plus_seconds, to_datetime, to_instant
from shared.kernel.loops import Loop
from shared.telemetry.metrics import measure
from shared.timekeeping.doubt import ClockDoubt, newest_recorded_at, remember, remembered

# What a clock without another beside it may be set by: a time server corrects a few seconds at a start.
JUMP_BOUND_S: Final = 10.0

MEASURE_EVERY_S: Final = 1.0

# A measurement holds on for so long while the database is away: two good clocks drift apart by a second in hours.
MEASURED_MAX_AGE_S: Final = 600.0

_log = logging.getLogger("qizhang.clock")


class _Measured(NamedTuple):
    """The clock was ahead of the database's by `least_s` to `most_s` when `at_s` had elapsed and it read `offset_s`."""

    least_s: float
    most_s: float
    offset_s: float
    at_s: float


class ClockWatch(Loop):
    """The watch over the clocks of one service, between `async with` and its end; it is a `ClockBelief`.

    A legal clock that is set by hand has nothing to do with the machine's: then the machine's alone is measured. Beside
    a database with a clock that gates all the same (decision 34), else it is for readiness only and not remembered.
    """

    def __init__(self, service: str, log: EventLog[Any], legal: LegalClock, machine: MachineClock) -> None:
        super().__init__(f"clock of {service}", machine)
        self._service = service
        self._log = log
        self._legal = None if isinstance(legal, SetByHand) else legal
        self._measured: Sequence[_Measured] = ()
        self._base = self._offsets()
        self._doubt: ClockDoubt | None = None
        self._saw_it = False
        self._compared_with_log = False
        # By how much the newest event was recorded after what the database's clock says. That comes of a clock that was
        # set back, so it is looked for at the start, and when the clock is seen to have been.
        self._log_ahead_s = 0.0
        self._database_offset_s: float | None = None

    async def __aenter__(self) -> Self:
        try:
            await self._look()
        except StoreUnavailable:
            _log.warning("%s: the store does not answer yet", self.name)
        return await super().__aenter__()

    @property
    def gates(self) -> bool:
        """Whether acts and deadlines wait for this watch."""
        return self._legal is not None or (self._log.has_clock and not isinstance(self.machine, SetByHand))

    def trouble(self) -> Trouble | None:
        """Why the clock is not believed; None when it is. Costs no I/O."""
        if self._log.has_clock:
            return self._apart()
        if self._doubt:
            return _set(self._doubt.set_from, self._doubt.set_to)
        jump_s = self._jump_s()
        if abs(jump_s) <= JUMP_BOUND_S:
            return None
        now = to_instant(datetime.fromtimestamp(self._readings()[-1], UTC))
        return _set(plus_seconds(now, -jump_s), now)

    async def step(self) -> None:
        """One look, and the wait for the next."""
        await self._look()
        measure("ledger_clock_untrusted", int(self.trouble() is not None), {"service": self._service})
        await self.machine.sleep(MEASURE_EVERY_S)

    async def _look(self) -> None:
        if self._log.has_clock:
            await self._compare()
        elif self._legal:
            await self._look_for_jumps(self._legal)

    def _readings(self) -> list[float]:
        """What the clocks say, in seconds since the epoch."""
        readings = [self.machine.now()]
        if self._legal:
            readings.append(_epoch_s(self._legal.now()))
        return readings

    def _offsets(self) -> list[float]:
        """By how much the clocks are ahead of the one that nobody sets: it changes when they are set."""
        elapsed_s = self.machine.elapsed()
        return [reading - elapsed_s for reading in self._readings()]

    async def _compare(self) -> None:
        """The database answers somewhere between two readings of the clock."""
        before = self._readings()
        database_s = await self._log.now_s()
        after, offsets, at_s = self._readings(), self._offsets(), self.machine.elapsed()
        if self._measured and any(b - a > CLOCK_BOUND_S for a, b in zip(before, after, strict=True)):
            # Such a slow answer tells less than the last one and the time that has passed since.
            return
        self._measured = [
            _Measured(b - database_s, a - database_s, offset, at_s)
            for b, a, offset in zip(before, after, offsets, strict=True)
        ]
        measure("ledger_clock_apart_seconds", max(map(_distance, self._measured)), {"service": self._service})
        if self._legal:
            await self._compare_with_log(database_s - at_s)

    async def _compare_with_log(self, offset_s: float) -> None:
        """Whether the database's clock lies before what is on record, as one that was set back while all was off."""
        before, self._database_offset_s = self._database_offset_s, offset_s
        if before is not None and not self._log_ahead_s and offset_s >= before - CLOCK_BOUND_S:
            return
        newest = await newest_recorded_at(self._log)
        # The database's present: events that are recorded meanwhile are no later.
        database_s = self.machine.elapsed() + offset_s
        ahead_s = _epoch_s(newest) - database_s if newest else 0.0
        self._log_ahead_s = ahead_s if ahead_s > CLOCK_BOUND_S else 0.0

    def _apart(self) -> Trouble | None:
        measured = self._measured
        if not measured or self.machine.elapsed() - measured[0].at_s > MEASURED_MAX_AGE_S:
            return Trouble("本机时钟尚未与数据库核对", "the clock has not been compared with the database's")
        apart_s = max(
            _distance(last._replace(least_s=last.least_s + drift, most_s=last.most_s + drift))
            for last, offset in zip(measured, self._offsets(), strict=True)
            for drift in (offset - last.offset_s,)
        )
        if apart_s > CLOCK_BOUND_S:
            return Trouble(
                f"本机时钟与数据库相差 {apart_s:.1f} 秒", f"the clock is {apart_s:.1f} s away from the database's"
            )
        if self._log_ahead_s:
            return Trouble(
                f"账本最近一条记录晚于数据库时钟 {self._log_ahead_s:.1f} 秒，请校正数据库时钟",
                f"the newest event was recorded {self._log_ahead_s:.1f} s after what the database's clock says; put "
                f"that clock right",
            )
        return None

    def _jump_s(self) -> float:
        """What the clock was set by since it was last believed."""
        jumps = [offset - base for offset, base in zip(self._offsets(), self._base, strict=True)]
        return max(jumps, key=abs)

    async def _look_for_jumps(self, legal: LegalClock) -> None:
        """Bring what is remembered up to what the clock says, and learn what a person has said about it."""
        stored = await remembered(self._log)
        if stored and stored.open:
            if not self._put_back(stored, legal.now()):
                self._doubt = stored
                return
            stored = replace(stored, open=False)
            await remember(self._log, stored)
            self._believe_again("was put back")
        elif stored and self._doubt:
            self._believe_again(f"was confirmed by {stored.confirmed_by}")
        now, jump_s, accepted = legal.now(), self._jump_s(), stored.accepted if stored else None
        if abs(jump_s) > JUMP_BOUND_S:
            self._saw_it = True
            await self._distrust(plus_seconds(now, -jump_s), now, accepted)
        elif not self._compared_with_log:
            newest = await newest_recorded_at(self._log)
            if newest and newest > max(plus_seconds(now, JUMP_BOUND_S), accepted or now):
                await self._distrust(newest, now, accepted)
        self._compared_with_log = True

    def _put_back(self, doubt: ClockDoubt, now: Instant) -> bool:
        """Whether the clock runs on from where it stood before it was set."""
        if self._saw_it:
            return abs(self._jump_s()) <= JUMP_BOUND_S
        # An earlier life of the process has found it: that time does not run backwards is all that can be told.
        return now < doubt.set_to if doubt.set_to > doubt.set_from else now >= doubt.set_from

    async def _distrust(self, set_from: Instant, set_to: Instant, accepted: Instant | None) -> None:
        self._doubt = ClockDoubt(set_from=set_from, set_to=set_to, found_at=set_to, accepted=accepted)
        _log.error(
            "%s was set from %s to %s: nothing is stamped or fired until somebody confirms it",
            self.name,
            set_from,
            set_to,
        )
        await remember(self._log, self._doubt)

    def _believe_again(self, why: str) -> None:
        if not self._saw_it or abs(self._jump_s()) > JUMP_BOUND_S:
            self._base = self._offsets()
        self._doubt, self._saw_it = None, False
        _log.warning("%s %s", self.name, why)


def _distance(measured: _Measured) -> float:
    """How far apart the clocks are at least."""
    return max(measured.least_s, -measured.most_s, 0.0)


def _epoch_s(instant: Instant) -> float:
    return to_datetime(instant).timestamp()


def _set(set_from: Instant, set_to: Instant) -> Trouble:
    return Trouble(
        f"本机时钟由 {set_from} 被改为 {set_to}，须由运维人员核对（qizhang clock confirm）",
        f"the clock was set from {set_from} to {set_to}; somebody has to confirm it (qizhang clock confirm)",
    )
