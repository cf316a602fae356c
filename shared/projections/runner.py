"""Keeps all views of one service at the head of its log: pages are read once and folded into every view.

What a view's functions cannot fold breaks one document (`broken.py`); a view that cannot be written stands still, with
an alarm, and the others go on; it is tried again after a pause.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from shared.eventstore.port import EventLog
from shared.kernel.clock import MachineClock
from shared.kernel.errors import LedgerError, LogUnintelligible, LogWentBack, StoreUnavailable
from shared.kernel.loops import Loop, pause_s
from shared.kernel.waiting import Signal, all_of
from shared.projections.fold import ViewFold
from shared.projections.generations import Generations, live_name
from shared.projections.view import View
from shared.telemetry.metrics import LabelValue, measure

BATCH_EVENTS = 500
IDLE_S = 1.0

# How long a reader waits when a rebuild has dropped what he was about to read.
SWITCH_TIMEOUT_S = 5.0

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
        # The generations that readers read, and how far the one must be that they are led to next.
        self._reading: dict[str, str] = {}
        self._seen: dict[str, int] = {}
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
        """Views that stand still because they cannot be read or written."""
        return tuple(self._failures)

    @property
    def broken(self) -> int:
        """How many documents could not be folded."""
        return sum(len(fold.broken) for fold in self._folds.values())

    async def reading(self, view: View[Any]) -> str:
        """The stored name to read: never one that holds less than what was read before."""
        return self._reading.get(view.stored_name) or await self.generations.live(view)

    async def is_there(self, view: View[Any], name: str) -> bool:
        """Whether a generation that was found empty is one, and not dropped by a rebuild meanwhile."""
        return await self._log.get_position(name) > 0 or await live_name(self._log, view) == name

    async def left(self, view: View[Any], name: str) -> None:
        """Wait until readers are led away from a generation that was dropped; raises StoreUnavailable after a while."""
        self.generations.forget(view)
        if view.stored_name not in self._reading:
            return
        try:
            async with asyncio.timeout(SWITCH_TIMEOUT_S):
                await self._progress.until(lambda: self._reading[view.stored_name] != name)
        except TimeoutError:
            raise StoreUnavailable(f"the view {view.name} is being replaced") from None

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
            await all_of([self._fold(fold, events) for fold in folds])
            await self._lead_readers()
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
            labels: dict[str, LabelValue] = {"service": self._service, "projection": name}
            measure("ledger_projection_lag_events", lag, labels)
            measure("ledger_projection_broken_documents", len(fold.broken), labels)
        self._head = await self._log.wait_beyond(self._head, IDLE_S)

    async def _follow_generations(self) -> None:
        for view in self._views:
            name = await self.generations.live(view)
            fold = self._folds.get(view.name)
            if fold is None or fold.name != name:
                new = ViewFold(self._log, view, name)
                await new.load()
                if fold and fold.view.stored_name == view.stored_name:
                    self._seen[view.stored_name] = max(self._seen.get(view.stored_name, 0), fold.position)
                self._folds[view.name] = new

    async def _lead_readers(self) -> None:
        """Readers go on to a new generation when it holds all that the old one can have shown them."""
        for fold in self._folds.values():
            view = fold.view.stored_name
            before = self._reading.get(view)
            if before == fold.name:
                continue
            if before:
                self._seen[view] = max(self._seen.get(view, 0), await self._log.get_position(before))
            if fold.position >= self._seen.get(view, 0):
                self._reading[view] = fold.name

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
