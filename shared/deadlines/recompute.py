"""Follows the calendars that a service knows, and has its open deadlines computed anew (R-403, R-404).

It sends `RecomputeDeadline` for every row that was computed with another version, in batches; what the new version
means for a deadline is the service's decision. A deadline does not fire with an old version while a newer one is
known: the service itself looks again when it is told that the deadline has elapsed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from shared.commands.service import Service
from shared.deadlines.commands import RecomputeDeadline
from shared.deadlines.sending import send
from shared.eventstore.port import EventLog
from shared.kernel.actors import CATALOG_TENANT
from shared.kernel.clock import LegalClock, MachineClock
from shared.kernel.instants import beijing_date
from shared.kernel.loops import Loop
from shared.kernel.waiting import Signal
from shared.periods.calendar import WorkCalendar
from shared.public_events.scopes import calendar_scope
from shared.telemetry.metrics import measure

BATCH = 100
IDLE_S = 5.0

# The calendars that deadlines are computed with.
CALENDARS = ("cn",)

_log = logging.getLogger("qizhang.recompute")


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
    ) -> None:
        super().__init__(f"recomputation {service.name}", machine)
        self._service = service
        self._log = log
        self._legal = legal
        self._calendars = tuple(calendars)
        self._done: dict[str, str] = {}
        self._seen = -1
        self._progress = Signal()

    async def catch_up(self) -> int:
        """Bring every open deadline to the newest version that the log knows; returns how many commands were sent."""
        sent = 0
        for calendar_id in self._calendars:
            calendar = await self._calendar(calendar_id)
            if calendar is None:
                continue
            self._show(calendar)
            if self._done.get(calendar_id) != calendar.version:
                sent += await self._recompute(calendar_id, calendar.version)
                self._done[calendar_id] = calendar.version
        return sent

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
        asked: set[tuple[str, str]] = set()
        while True:
            self.turn()
            rows = await self._log.stale_deadlines(calendar_id, version, len(asked) + BATCH)
            fresh = [row for row in rows if (row.tenant, row.deadline_id) not in asked]
            if not fresh:
                if rows:
                    _log.warning("%d deadlines stay with an old version of %s", len(rows), calendar_id)
                return len(asked)
            now = self._legal.now()
            await asyncio.gather(
                *(
                    send(
                        self._service.name,
                        self._log,
                        row,
                        RecomputeDeadline(deadline_id=row.deadline_id),
                        (row.deadline_id, row.due_at, version),
                        now,
                    )
                    for row in fresh
                )
            )
            asked.update((row.tenant, row.deadline_id) for row in fresh)
