"""One service at work: its log, its views, its ticker and what the HTTP edge needs of it.

The embedded ledger runs four of these in one process; a process of the cluster runs one. Nothing here knows which.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from shared.commands.legal_time import REQUEST_LIFE_MAX_S
from shared.deadlines.recompute import Recomputation
from shared.deadlines.ticker import ASK_AGAIN_S, Intake, Ticker
from shared.eventstore.port import EventLog
from shared.kernel.clock import BELIEVED, ClockBelief
from shared.kernel.errors import LedgerError, Trouble
from shared.kernel.instants import Instant
from shared.kernel.loops import Loop
from shared.part import Part
from shared.projections.reader import ViewReader
from shared.projections.runner import Projections
from shared.timekeeping.watch import CLOCK_BOUND_S, ClockWatch
from shared.web.edge import Clocks, ServedService
from shared.web.probes import Check, clock_check, lag_check, loop_check, note, store_check
from shared.web.sealing import Sealer, sealer_of

# Every request that was received before a due instant has been decided, or is too old to be, when this is over.
GRACE_S = REQUEST_LIFE_MAX_S + 2 * CLOCK_BOUND_S


# Scopes that hold their deadlines are counted up to here.
HELD_COUNTED_MAX = 1000


class ServiceRuntime:
    """The loops of one service over its log, between `async with` and its end; the log is closed by who opened it.

    `grace_s` is how long a due deadline waits for requests that were received before it; `intake` is where commands
    come from besides HTTP. `belief` says whether the clock is believed: who fires, sends or stamps asks before.
    """

    def __init__(
        self,
        part: Part,
        log: EventLog[Any],
        clocks: Clocks,
        *,
        grace_s: float,
        ask_again_s: float = ASK_AGAIN_S,
        intake: Intake | None = None,
    ) -> None:
        self.part = part
        self.log = log
        self._clock = ClockWatch(part.name, log, clocks.legal, clocks.machine)
        self.belief: ClockBelief = self._clock if self._clock.gates else BELIEVED
        self.projections = Projections(part.name, log, part.views, clocks.machine)
        self.reader = ViewReader(log, self.projections)
        self._deadlines: tuple[Ticker, Recomputation] | None = None
        if part.deadlines:
            self._deadlines = (
                Ticker(
                    part.service,
                    log,
                    clocks.legal,
                    clocks.machine,
                    grace_s=grace_s,
                    ask_again_s=ask_again_s,
                    intake=intake,
                    belief=self.belief,
                ),
                Recomputation(part.service, log, clocks.legal, clocks.machine, belief=self.belief),
            )
        self._sealer: Sealer | None = None
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._running.enter_async_context(self._clock)
        self._sealer = await sealer_of(self.log)
        await self._running.enter_async_context(self.projections)
        if self._deadlines:
            ticker, recomputation = self._deadlines
            await self._running.enter_async_context(recomputation)
            await self._running.enter_async_context(ticker)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._running.aclose()

    def served(self, master_key: bytes = b"") -> ServedService:
        """The service as the HTTP edge takes it, once it runs; `master_key` is what its secrets derive from, if any."""
        if self._sealer is None:
            raise RuntimeError(f"{self.part.name} does not run")
        return ServedService(
            name=self.part.name,
            routes=self.part.routes,
            log=self.log,
            reader=self.reader,
            sealer=self._sealer,
            belief=self.belief,
            master_key=master_key,
        )

    @property
    def loops(self) -> tuple[Loop, ...]:
        """What has to turn for this service to be alive."""
        return (self._clock, self.projections, *(self._deadlines or ()))

    def checks(self) -> tuple[Check, ...]:
        """What has to hold for this service to be ready."""
        name = self.part.name
        return (
            store_check(name, self.log),
            clock_check(name, self._clock),
            lag_check(name, self._lag_events),
            *self._notes(),
        )

    def _notes(self) -> tuple[Check, ...]:
        """What keeps single deadlines from firing, and this process from firing any."""
        name = self.part.name

        def broken() -> Trouble | None:
            if not (broken := self.projections.broken):
                return None
            return Trouble(f"{broken} 份视图数据异常，须重新生成", f"{broken} documents are broken: mend, then rebuild")

        always = (
            Check(name=f"{name}.held", trouble=self._held, vital=False),
            note(f"{name}.documents", broken),
            replace(loop_check(f"{name}.projections", self.projections), vital=False),
        )
        if self._deadlines is None:
            return always
        ticker, recomputation = self._deadlines

        def failing() -> Trouble | None:
            if ticker.full:
                return Trouble("到期期限过多，较晚的须等待", "too many deadlines are due, the later ones wait")
            if failing := ticker.failing:
                return Trouble(f"{failing} 项到期期限无法处理", f"{failing} due deadlines cannot be carried out")
            return None

        def stale() -> Trouble | None:
            if stale := recomputation.failing:
                return Trouble(f"{stale} 项期限无法重新计算", f"{stale} deadlines cannot be recomputed")
            return None

        return (
            *always,
            note(f"{name}.deadlines", failing),
            note(f"{name}.calendars", stale),
            *(replace(loop_check(f"{name}.{what}", loop), vital=False) for what, loop in self._named_loops()),
        )

    async def _held(self) -> Trouble | None:
        """What was received and could not be recorded, an act or a message, holds what depends on it (R-401)."""
        scopes = len(await self.log.parked_scopes(HELD_COUNTED_MAX))
        if not scopes:
            return None
        return Trouble(
            f"{scopes} 处有未能登记的操作或消息，相关期限暂停（qizhang bus parked）",
            f"what could not be recorded holds the deadlines of {scopes} scopes (qizhang bus parked)",
        )

    def _named_loops(self) -> tuple[tuple[str, Loop], ...]:
        return (("ticker", self._deadlines[0]), ("recomputation", self._deadlines[1])) if self._deadlines else ()

    @property
    def outdated(self) -> asyncio.Event:
        """Set when a newer build has written to the log, or the log went back: this process must stop (R-460)."""
        return self.projections.outdated

    @property
    def outdated_by(self) -> LedgerError | None:
        """What `outdated` was set for."""
        return self.projections.outdated_by

    async def worked_through(self, position: int, now: Instant) -> bool:
        """Wait until views and calendars have followed the log to `position`; whether no deadline is due at `now`."""
        await self.projections.reached(position)
        if self._deadlines is None:
            return True
        _, recomputation = self._deadlines
        await recomputation.reached(position)
        return not await self.log.due_deadlines(now, 1)

    def followed(self) -> dict[str, int]:
        """How far each of those is that follow the log: the slowest view, and the calendars of open deadlines."""
        positions = {"views": self.projections.position}
        if self._deadlines:
            positions["calendars"] = self._deadlines[1].seen
        return positions

    async def next_due_at(self) -> Instant | None:
        """When the next deadline comes due; None where none is armed."""
        return await self.log.next_due_at() if self._deadlines else None

    async def _lag_events(self) -> int:
        return await self.log.head() - self.projections.position
