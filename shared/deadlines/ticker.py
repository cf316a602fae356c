"""Watches the deadline rows of one service and tells the service what has come due; decides nothing (R-401).

A row is taken up when its due instant has come by legal time. After a grace of machine time, in which every request
that was received before has either been decided or is too old to be, the service gets `DeadlineElapsed`. The key of
that command is made of deadline, due instant and calendar version, so that two tickers fire once. What stays due or
held is asked again at growing intervals, each row by itself: one that is refused, or meets a defect of ours, keeps no
other waiting. The store leaves out legal deadlines of a scope that has parked messages. Where commands also come over
a topic, everything that stood in it after the grace has to be decided first. Nothing is asked while the clock is not
believed.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from shared.commands.service import Service
from shared.deadlines.commands import DeadlineElapsed
from shared.deadlines.model import FIRST_PLACE, DeadlineChange, Place
from shared.deadlines.sending import send
from shared.eventstore.port import PAGE_MAX, EventLog
from shared.kernel.clock import BELIEVED, ClockBelief, LegalClock, MachineClock
from shared.kernel.errors import StoreUnavailable
from shared.kernel.failpoints import failpoint
from shared.kernel.instants import Instant, to_datetime
from shared.kernel.loops import Loop, pause_s
from shared.kernel.waiting import first_of
from shared.telemetry.metrics import measure

# Commands sent at once.
BATCH = 100

# Rows that are looked at in one round, the earliest due instants first. More are an emergency of its own, and alarmed.
WATCHED_MAX = 100_000

# The first time that a deadline which stays due or held is asked again; doubled each time up to the maximum.
ASK_AGAIN_S = 60.0
ASK_AGAIN_MAX_S = 3600.0

# Without any news the rows are looked at again after this long.
IDLE_S = 1.0

WatchKey = tuple[str, str, Instant, str]

_log = logging.getLogger("qizhang.ticker")


class Backlog(Protocol):
    """What had been received at one instant."""

    async def is_decided(self) -> bool:
        """Whether all of it has been decided, by this process or another."""


class Intake(Protocol):
    """What was received and may wait for its decision longer than a request lives."""

    async def backlog(self) -> Backlog:
        """What has been received until now; raises when that cannot be told."""


@dataclass(kw_only=True)
class _Watched:
    """What a ticker knows of a row. `failed`: why it was not taken when it was last asked; `away`: in a row."""

    row: DeadlineChange
    ready_at_s: float
    asked: int = 0
    failed: str = ""
    away: int = 0
    backlog: Backlog | None = None
    backlog_decided: bool = False


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
        belief: ClockBelief = BELIEVED,
    ) -> None:
        super().__init__(f"ticker {service.name}", machine)
        self._service = service
        self._log = log
        self._legal = legal
        self._grace_s = grace_s
        self._ask_again_s = ask_again_s
        self._intake = intake
        self._belief = belief
        self._watched: dict[WatchKey, _Watched] = {}
        self._full = False

    @property
    def failing(self) -> int:
        """How many due deadlines were refused, or met a defect, when they were last asked."""
        return sum(bool(watched.failed) for watched in self._watched.values())

    @property
    def full(self) -> bool:
        """More than WATCHED_MAX deadlines are due or held: the later ones wait."""
        return self._full

    async def tick(self, now: Instant) -> int:
        """One round: send what is due at `now` and ready; returns how many commands were sent.

        Raises StoreUnavailable, and what kept it from telling which deadlines may be asked.
        """
        if self._belief.trouble():
            return 0
        due = await self._all(partial(self._log.due_deadlines, now))
        held = await self._all(self._log.held_deadlines)
        self._watch(due, held)
        self._show(now, due, held)
        ready = [watched for watched in self._watched.values() if watched.ready_at_s <= self.machine.elapsed()]
        # By due instant; what failed before comes last, because it may fail again.
        ready.sort(key=lambda watched: (bool(watched.failed), watched.row.place))
        unknown = None
        if self._intake:
            ready, unknown = await self._after_the_backlog(ready, self._intake)
        sent = 0
        for start in range(0, len(ready), BATCH):
            if self._belief.trouble():
                break
            self.turn()
            sent += await self._send_batch(ready[start : start + BATCH])
        if unknown:
            raise unknown
        return sent

    async def step(self) -> None:
        """One round, and the wait for the next."""
        head = await self._log.head()
        now = self._legal.now()
        if not await self.tick(now):
            await self._wait(head, now)

    async def _all(
        self, page_behind: Callable[[int, Place], Awaitable[Sequence[DeadlineChange]]]
    ) -> list[DeadlineChange]:
        """A whole work list, page by page."""
        rows: list[DeadlineChange] = []
        place = FIRST_PLACE
        while len(rows) < WATCHED_MAX and (page := await page_behind(PAGE_MAX, place)):
            rows += page
            place = page[-1].place
            self.turn()
            if len(page) < PAGE_MAX:
                break
        return rows

    def _watch(self, due: Sequence[DeadlineChange], held: Sequence[DeadlineChange]) -> None:
        """Note what is new and forget what is settled. A held deadline was asked about when it was held."""
        now_s = self.machine.elapsed()
        known = self._watched
        self._watched = {}
        for row, pause in [*((row, self._grace_s) for row in due), *((row, self._ask_again_s) for row in held)]:
            watched = known.get(key := _key(row)) or _Watched(row=row, ready_at_s=now_s + pause)
            watched.row = row
            self._watched[key] = watched
        full = max(len(due), len(held)) >= WATCHED_MAX
        if full and not self._full:
            _log.error("%s: more than %d deadlines are due or held, the later ones wait", self.name, WATCHED_MAX)
        self._full = full

    async def _after_the_backlog(
        self, ready: Sequence[_Watched], intake: Intake
    ) -> tuple[list[_Watched], Exception | None]:
        """Those for which everything has been decided that was received when their grace was over (R-401).

        And why it cannot be told of others, if it cannot.
        """
        unknown: Exception | None = None
        new = [watched for watched in ready if watched.backlog is None and not watched.backlog_decided]
        if new:
            backlog = await intake.backlog()
            for watched in new:
                watched.backlog = backlog
        for backlog in {id(watched.backlog): watched.backlog for watched in ready if watched.backlog}.values():
            try:
                decided = await backlog.is_decided()
            except Exception as error:  # loop edge: of what waits for other records it can be told all the same.
                unknown = error
                continue
            if decided:
                for watched in self._watched.values():
                    if watched.backlog is backlog:
                        watched.backlog, watched.backlog_decided = None, True
        may_be_asked = [watched for watched in ready if watched.backlog_decided]
        waiting = len(ready) - len(may_be_asked)
        measure("ledger_deadline_waiting_for_inbound", waiting, {"service": self._service.name})
        return may_be_asked, unknown

    async def _send_batch(self, batch: Sequence[_Watched]) -> int:
        """Send these at once; returns how many were asked. Raises StoreUnavailable when none could be."""
        results = await asyncio.gather(*(self._send(watched) for watched in batch), return_exceptions=True)
        errors = [result for result in results if isinstance(result, BaseException)]
        for error in errors:
            if not isinstance(error, StoreUnavailable):
                raise error
        if len(errors) == len(batch):
            raise errors[0]
        return len(batch) - len(errors)

    async def _send(self, watched: _Watched) -> None:
        row, now = watched.row, self._legal.now()
        body = DeadlineElapsed(deadline_id=row.deadline_id, due_at=row.due_at)
        failpoint("ticker.before_submit")
        key = (*_key(row)[1:], *self._which_time(watched))
        try:
            watched.failed = await send(self._service.name, self._log, row, body, key, now)
        except StoreUnavailable:
            # It was not asked: the same key again, soon.
            watched.away += 1
            watched.ready_at_s = self.machine.elapsed() + pause_s(watched.away)
            raise
        if not watched.asked and row.status == "armed" and not watched.failed:
            measure("ledger_deadline_lateness_seconds", _seconds_between(row.due_at, now), {"kind": row.kind})
        watched.away = 0
        watched.asked += 1
        pause = min(ASK_AGAIN_MAX_S, self._ask_again_s * 2 ** min(watched.asked - 1, 16))
        watched.ready_at_s = self.machine.elapsed() + pause

    def _which_time(self, watched: _Watched) -> tuple[str, ...]:
        """Nothing for the first time; later the interval of machine time, the same for every ticker."""
        if watched.row.status == "armed" and not watched.asked:
            return ()
        return (f"again-{int(self.machine.now() // self._ask_again_s)}",)

    async def _wait(self, head: int, now: Instant) -> None:
        """Until the next due instant, the end of a grace, growth of the log, or IDLE_S.

        `head` and `now` are what the round has seen; what has changed since then ends the wait at once. Where the work
        lists are long, growth does not, so that rows which stay are not read again with every event.
        """
        next_due_at = await self._log.next_due_at()
        pauses = [IDLE_S, *self._pauses()]
        waits = [self.machine.sleep(min(pauses))]
        if len(self._watched) < PAGE_MAX:
            waits.append(_until_grown(self._log, head))
        if next_due_at is not None and next_due_at > now:
            waits.append(self._legal.wait_until(next_due_at))
        await first_of(*waits)

    def _pauses(self) -> Iterator[float]:
        now_s = self.machine.elapsed()
        return (watched.ready_at_s - now_s for watched in self._watched.values() if watched.ready_at_s > now_s)

    def _show(self, now: Instant, due: Sequence[DeadlineChange], held: Sequence[DeadlineChange]) -> None:
        name = {"service": self._service.name}
        oldest_s = _seconds_between(held[0].due_at, now) if held else 0.0
        measure("ledger_deadline_held", len(held), name)
        measure("ledger_deadline_held_oldest_age_seconds", oldest_s, name)
        measure("ledger_deadline_failing", self.failing, name)
        for kind, count in Counter(row.kind for row in due).items():
            measure("ledger_deadline_overdue_armed", count, {"kind": kind})


def _key(row: DeadlineChange) -> WatchKey:
    return row.tenant, row.deadline_id, row.due_at, row.calendar_version


async def _until_grown(log: EventLog[Any], head: int) -> None:
    await log.wait_beyond(head, IDLE_S)


def _seconds_between(earlier: Instant, later: Instant) -> float:
    """For metrics; both are canonical."""
    return (to_datetime(later) - to_datetime(earlier)).total_seconds()
