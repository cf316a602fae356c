"""Follows the calendars that a service knows, and has its open deadlines computed anew (R-403, R-404).

It sends `RecomputeDeadline` for every row that was computed with another version, in batches; what the new version
means for a deadline is the service's decision. A deadline does not fire with an old version while a newer one is
known: the service itself looks again when it is told that the deadline has elapsed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

from shared.commands.service import Service
from shared.deadlines.commands import RecomputeDeadline
from shared.deadlines.model import FIRST_PLACE, DeadlineChange
from shared.deadlines.sending import send
from shared.eventstore.port import EventLog
from shared.kernel.actors import CATALOG_TENANT
from shared.kernel.clock import BELIEVED, ClockBelief, LegalClock, MachineClock
from shared.kernel.errors import StoreUnavailable
from shared.kernel.instants import beijing_date
from shared.kernel.loops import Loop
from shared.kernel.waiting import Signal
from shared.periods.calendar import WorkCalendar
from shared.public_events.scopes import calendar_scope
from shared.telemetry.metrics import measure

BATCH = 100
IDLE_S = 5.0

# When deadlines are asked about again that were refused or met a defect of ours; doubled each time up to the maximum.
RETRY_FIRST_S = 60.0
RETRY_MAX_S = 3600.0

# The calendars that deadlines are computed with.
CALENDARS = ("cn",)

_log = logging.getLogger("qizhang.recompute")


class _NotTaken(NamedTuple):
    """So many rows were not taken, the `times`-th time; they are asked about again at `again_at_s`."""

    times: int = 0
    rows: int = 0
    again_at_s: float = 0.0


class Recomputation(Loop):
    """Keeps the open deadlines of one service on the newest calendar, between `async with` and its end."""

    def __init__(
        self,
        service: Service[Any],
        log: EventLog[Any],
        legal: LegalClock,
        machine: MachineClock,
        *,
        calendars: Sequence[str] = CALENDARS,
        belief: ClockBelief = BELIEVED,
    ) -> None:
        super().__init__(f"recomputation {service.name}", machine)
        self._service = service
        self._log = log
        self._legal = legal
        self._calendars = tuple(calendars)
        self._belief = belief
        self._done: dict[str, str] = {}
        self._not_taken: dict[tuple[str, str], _NotTaken] = {}
        self._seen = -1
        self._progress = Signal()

    @property
    def failing(self) -> int:
        """How many deadlines could not be put on the newest version when they were last asked about."""
        return sum(failed.rows for failed in self._not_taken.values())

    async def catch_up(self) -> int:
        """Bring every open deadline to the newest version that the log knows; returns how many commands were sent.

        Nothing is sent while the clock is not believed. Raises StoreUnavailable.
        """
        sent = 0
        for calendar_id in self._calendars:
            calendar = await self._calendar(calendar_id)
            if calendar is None or self._belief.trouble():
                continue
            self._show(calendar)
            if self._done.get(calendar_id) != calendar.version or self._due_again(calendar):
                sent += await self._recompute(calendar_id, calendar.version)
                self._done[calendar_id] = calendar.version
        return sent

    def _due_again(self, calendar: WorkCalendar) -> bool:
        failed = self._not_taken.get((calendar.id, calendar.version))
        return failed is not None and failed.again_at_s <= self.machine.elapsed()

    async def step(self) -> None:
        """Catch up, then wait for the log to grow."""
        head = await self._log.head()
        await self.catch_up()
        self._seen = head
        self._progress.notify()
        await self._log.wait_beyond(head, IDLE_S)

    @property
    def seen(self) -> int:
        """Up to where the calendars that the log holds have been worked through."""
        return self._seen

    async def reached(self, position: int) -> None:
        """Wait until every calendar that the log holds up to `position` has been worked through."""
        await self._progress.until(lambda: self._seen >= position)

    async def _calendar(self, calendar_id: str) -> WorkCalendar | None:
        """What the service's own state of the calendar says; every service keeps it as `state.calendar`."""
        state, position = await self._log.state(CATALOG_TENANT, calendar_scope(calendar_id))
        if not position:
            return None
        calendar: WorkCalendar = state.calendar
        return calendar

    def _show(self, calendar: WorkCalendar) -> None:
        """How far the calendar reaches: a deadline beyond its end is provisional (R-403)."""
        if calendar.coverage:
            days = (calendar.coverage[1] - beijing_date(self._legal.now())).days
            measure("ledger_calendar_horizon_days", days, {"calendar": calendar.id})

    async def _recompute(self, calendar_id: str, version: str) -> int:
        """Ask about every row with another version once; returns how many were asked. Raises StoreUnavailable."""
        asked = failed = 0
        again = self._not_taken.get((calendar_id, version), _NotTaken())
        place = FIRST_PLACE
        while page := await self._log.stale_deadlines(calendar_id, version, BATCH, place):
            self.turn()
            place = page[-1].place
            results = await asyncio.gather(
                *(self._send(row, version, again.times) for row in page), return_exceptions=True
            )
            errors = [result for result in results if isinstance(result, BaseException)]
            for error in errors:
                # A store that is away for one row only is a failure of that row.
                if len(errors) == len(page) or not isinstance(error, StoreUnavailable):
                    raise error
            asked += len(page)
            failed += sum(map(bool, results))
        self._note_failed(calendar_id, version, failed)
        return asked

    async def _send(self, row: DeadlineChange, version: str, times: int) -> str:
        key = (row.deadline_id, row.due_at, version, *((f"again-{times}",) if times else ()))
        body = RecomputeDeadline(deadline_id=row.deadline_id)
        return await send(self._service.name, self._log, row, body, key, self._legal.now())

    def _note_failed(self, calendar_id: str, version: str, failed: int) -> None:
        """What was not taken is asked about again, after a pause that doubles; the rest is done."""
        times = self._not_taken.pop((calendar_id, version), _NotTaken()).times + 1
        if failed:
            pause = min(RETRY_MAX_S, RETRY_FIRST_S * 2 ** min(times - 1, 16))
            self._not_taken[calendar_id, version] = _NotTaken(times, failed, self.machine.elapsed() + pause)
            _log.error("%d deadlines could not be put on %s %s", failed, calendar_id, version)
        measure("ledger_deadline_recompute_failing", self.failing, {"service": self._service.name})
