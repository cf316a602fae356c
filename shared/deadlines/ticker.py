"""Watches the deadline rows of one service and tells the service what has come due; decides nothing (R-401).

A row is taken up when its due instant has come by legal time. After a grace of machine time, in which every request
that was received before has either been decided or is too old to be, the service gets `DeadlineElapsed`. The key of
that command is made of deadline, due instant and calendar version, so that two tickers fire once. What stays due or
held is asked again at growing intervals. The store leaves out legal deadlines of a scope that has parked messages.
Where commands also come over a topic, everything that stood in it after the grace has to be decided first.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from shared.commands.service import Service
from shared.deadlines.commands import DeadlineElapsed
from shared.deadlines.model import DeadlineChange
from shared.deadlines.sending import send
from shared.eventstore.port import EventLog
from shared.kernel.clock import LegalClock, MachineClock
from shared.kernel.failpoints import failpoint
from shared.kernel.instants import Instant, to_datetime
from shared.kernel.loops import Loop
from shared.kernel.waiting import first_of
from shared.telemetry.metrics import measure

# Commands sent at once, and rows looked at in one round.
BATCH = 100
SCAN_MAX = 1000

# The first time that a deadline which stays due or held is asked again; doubled each time up to the maximum.
ASK_AGAIN_S = 60.0
ASK_AGAIN_MAX_S = 3600.0

# Without any news the rows are looked at again after this long.
IDLE_S = 1.0

WatchKey = tuple[str, str, Instant, str]


class Backlog(Protocol):
    """What had been received at one instant."""

    async def is_decided(self) -> bool:
        """Whether all of it has been decided, by this process or another."""


class Intake(Protocol):
    """What was received and may wait for its decision longer than a request lives."""

    async def backlog(self) -> Backlog:
        """What has been received until now; raises when that cannot be told."""


class Ticker(Loop):
    """The ticker of one service, between `async with` and its end. `grace_s` is at least the life of a request.

    `intake` is where commands come from besides HTTP.
    """

    def __init__(
        self,
        service: Service[Any],
        log: EventLog[Any],
        legal: LegalClock,
        machine: MachineClock,
        *,
        grace_s: float,
        ask_again_s: float = ASK_AGAIN_S,
        intake: Intake | None = None,
    ) -> None:
        super().__init__(f"ticker {service.name}", machine)
        self._service = service
        self._log = log
        self._legal = legal
        self._grace_s = grace_s
        self._ask_again_s = ask_again_s
        self._intake = intake
        # What each ready deadline waits for; None once that has been decided.
        self._backlogs: dict[WatchKey, Backlog | None] = {}
        self._asked: Counter[WatchKey] = Counter()
        self._ready_at_s: dict[WatchKey, float] = {}

    async def tick(self, now: Instant) -> int:
        """One round: send what is due at `now` and ready; returns how many commands were sent."""
        due = await self._log.due_deadlines(now, SCAN_MAX)
        held = await self._log.held_deadlines(SCAN_MAX)
        self._show(now, due, held)
        self._watch(due, held)
        ready = [row for row in (*due, *held) if self._ready_at_s[_key(row)] <= self.machine.now()]
        if self._intake:
            ready = await self._after_the_backlog(ready, self._intake)
        await asyncio.gather(*(self._send(row) for row in ready[:BATCH]))
        return len(ready[:BATCH])

    async def _after_the_backlog(self, ready: Sequence[DeadlineChange], intake: Intake) -> list[DeadlineChange]:
        """Those for which everything has been decided that was received when their grace was over (R-401)."""
        backlogs = self._backlogs
        if new := [_key(row) for row in ready if _key(row) not in backlogs]:
            backlogs |= dict.fromkeys(new, await intake.backlog())
        for backlog in {id(backlog): backlog for backlog in backlogs.values() if backlog}.values():
            if await backlog.is_decided():
                backlogs |= {key: None for key, waited_for in backlogs.items() if waited_for is backlog}
        decided = [row for row in ready if backlogs[_key(row)] is None]
        waiting = len(ready) - len(decided)
        measure("ledger_deadline_waiting_for_inbound", waiting, {"service": self._service.name})
        return decided

    async def step(self) -> None:
        """One round, and the wait for the next."""
        head = await self._log.head()
        now = self._legal.now()
        if not await self.tick(now):
            await self._wait(head, now)

    def _watch(self, due: Iterable[DeadlineChange], held: Iterable[DeadlineChange]) -> None:
        """Note what is new and forget what is settled. A held deadline was asked about when it was held."""
        now_s = self.machine.now()
        ready_at_s = {_key(row): now_s + self._grace_s for row in due}
        ready_at_s.update({_key(row): now_s + self._ask_again_s for row in held})
        known = self._ready_at_s
        self._ready_at_s = {key: known.get(key, at_s) for key, at_s in ready_at_s.items()}
        self._backlogs = {key: backlog for key, backlog in self._backlogs.items() if key in ready_at_s}
        self._asked = Counter({key: times for key, times in self._asked.items() if key in ready_at_s})

    async def _send(self, row: DeadlineChange) -> None:
        key = _key(row)
        body = DeadlineElapsed(deadline_id=row.deadline_id, due_at=row.due_at)
        failpoint("ticker.before_submit")
        await send(
            self._service.name,
            self._log,
            row,
            body,
            (*key[1:], *self._which_time(key, row)),
            self._legal.now(),
        )
        if not self._asked[key] and row.status == "armed":
            late_s = _seconds_between(row.due_at, self._legal.now())
            measure("ledger_deadline_lateness_seconds", late_s, {"kind": row.kind})
        self._asked[key] += 1
        pause_s = min(ASK_AGAIN_MAX_S, self._ask_again_s * 2 ** min(self._asked[key] - 1, 16))
        self._ready_at_s[key] = self.machine.now() + pause_s

    def _which_time(self, key: WatchKey, row: DeadlineChange) -> tuple[str, ...]:
        """Nothing for the first time; later the interval of machine time, the same for every ticker."""
        if row.status == "armed" and not self._asked[key]:
            return ()
        return (f"again-{int(self.machine.now() // self._ask_again_s)}",)

    async def _wait(self, head: int, now: Instant) -> None:
        """Until the next due instant, the end of a grace, growth of the log, or IDLE_S.

        `head` and `now` are what the round has seen; what has changed since then ends the wait at once.
        """
        next_due_at = await self._log.next_due_at()
        now_s = self.machine.now()
        pauses = [at_s - now_s for at_s in self._ready_at_s.values() if at_s > now_s]
        waits = [self._log.wait_beyond(head, IDLE_S), self.machine.sleep(min([IDLE_S, *pauses]))]
        if next_due_at is not None and next_due_at > now:
            waits.append(self._legal.wait_until(next_due_at))
        await first_of(*waits)

    def _show(self, now: Instant, due: Sequence[DeadlineChange], held: Sequence[DeadlineChange]) -> None:
        name = {"service": self._service.name}
        oldest_s = max((_seconds_between(row.due_at, now) for row in held), default=0.0)
        measure("ledger_deadline_held", len(held), name)
        measure("ledger_deadline_held_oldest_age_seconds", oldest_s, name)
        for kind, count in Counter(row.kind for row in due).items():
            measure("ledger_deadline_overdue_armed", count, {"kind": kind})


def _key(row: DeadlineChange) -> WatchKey:
    return row.tenant, row.deadline_id, row.due_at, row.calendar_version


def _seconds_between(earlier: Instant, later: Instant) -> float:
    return (to_datetime(later) - to_datetime(earlier)).total_seconds()
