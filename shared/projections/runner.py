"""Keeps all views of one service at the head of its log: pages are read once and folded into every view.

A view whose functions fail stands still, with an alarm, and the others go on; it is tried again after a pause.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from shared.eventstore.port import EventLog
from shared.kernel.clock import MachineClock
from shared.kernel.errors import LedgerError, LogUnintelligible, LogWentBack
from shared.kernel.loops import Loop, pause_s
from shared.kernel.waiting import Signal
from shared.projections.fold import ViewFold
from shared.projections.generations import Generations
from shared.projections.view import View
from shared.telemetry.metrics import measure

BATCH_EVENTS = 500
IDLE_S = 1.0

# So many events may pass a view without changing a document before its position is written all the same.
UNWRITTEN_EVENTS_MAX = 500

_log = logging.getLogger("qizhang.projections")


class Projections(Loop):
    """The live views of one service, between `async with` and its end. `batch` is a parameter for tests."""

    def __init__(
        self,
        service: str,
        log: EventLog[Any],
        views: Sequence[View[Any]],
        machine: MachineClock,
        *,
        batch: int = BATCH_EVENTS,
    ) -> None:
        super().__init__(f"projections {service}", machine)
        self._service = service
        self.generations = Generations(log, machine)
        self._log = log
        self._views = tuple(views)
        self._batch = batch
        self._folds: dict[str, ViewFold] = {}
        self._failures: dict[str, int] = {}
        self._retry_at_s: dict[str, float] = {}
        self._progress = Signal()
        self.outdated = asyncio.Event()
        self.outdated_by: LedgerError | None = None
        self._head = 0

    @property
    def position(self) -> int:
        """How far the slowest view is."""
        if len(self._folds) < len(self._views):
            return 0
        return min((fold.position for fold in self._folds.values()), default=0)

    def failing(self) -> tuple[str, ...]:
        """Views that stand still because their functions failed."""
        return tuple(self._failures)

    async def reach(self, position: int, timeout_s: float) -> bool:
        """Wait until every view has folded the log up to `position`; False when the time is over."""
        try:
            async with asyncio.timeout(timeout_s):
                await self.reached(position)
        except TimeoutError:
            return False
        return True

    async def reached(self, position: int) -> None:
        """Wait, for as long as it takes, until every view has folded the log up to `position`."""
        await self._progress.until(lambda: not self._views or self.position >= position)

    async def catch_up(self) -> None:
        """Fold everything that is in the log now into every view that does not fail."""
        await self._follow_generations()
        while folds := self._running():
            self.turn()
            events = await self._log.follow(min(fold.folded for fold in folds), self._batch)
            await asyncio.gather(*(self._fold(fold, events) for fold in folds))
            self._progress.notify()
            # A short page is no sign of the end while the log is known to go on. What could not be written when it was
            # folded is written without waiting for the next event.
            end = max(self._head, events[-1].position if events else 0)
            if len(events) < self._batch and all(fold.position == fold.folded >= end for fold in folds):
                return

    async def step(self) -> None:
        """Catch up, then wait for the log to grow."""
        try:
            await self.catch_up()
        except (LogUnintelligible, LogWentBack) as error:
            self.outdated_by = error
            self.outdated.set()
            raise
        for name, fold in self._folds.items():
            lag = max(0, self._head - fold.position)
            measure("ledger_projection_lag_events", lag, {"service": self._service, "projection": name})
        self._head = await self._log.wait_beyond(self._head, IDLE_S)

    async def _follow_generations(self) -> None:
        for view in self._views:
            name = await self.generations.live(view)
            fold = self._folds.get(view.name)
            if fold is None or fold.name != name:
                fold = ViewFold(self._log, view, name)
                await fold.load()
                self._folds[view.name] = fold

    def _running(self) -> list[ViewFold]:
        now_s = self.machine.elapsed()
        return [fold for name, fold in self._folds.items() if self._retry_at_s.get(name, 0.0) <= now_s]

    async def _fold(self, fold: ViewFold, events: Sequence[Any]) -> None:
        name = fold.view.name
        try:
            await fold.follow(events)
            behind = fold.folded - fold.written > UNWRITTEN_EVENTS_MAX
            await fold.write(at_least=0 if behind else 1)
        except Exception:  # loop edge: one view's defect must not stop the others.
            self._failures[name] = self._failures.get(name, 0) + 1
            self._retry_at_s[name] = self.machine.elapsed() + pause_s(self._failures[name])
            _log.exception("the view %s cannot be folded behind position %d", name, fold.folded)
        else:
            self._failures.pop(name, None)
            self._retry_at_s.pop(name, None)
