"""A source log whose outbox holds just what a test puts there: repeats, gaps, forks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from shared.eventstore.port import PAGE_MAX, EventLog, OutboxRow
from shared.kernel.waiting import Signal
from shared.public_events.envelope import Envelope


class ScriptedOutbox:
    """As much of an `EventLog` as a bus asks of a source."""

    def __init__(self) -> None:
        self._rows: list[OutboxRow] = []
        self._grown = Signal()

    def put(self, *envelopes: Envelope) -> None:
        """Publish these, in this order, as they are."""
        for envelope in envelopes:
            self._rows.append(OutboxRow(position=len(self._rows) + 1, envelope=envelope))
        self._grown.notify()

    def as_log(self) -> EventLog[Any]:
        """This, to whoever expects a log."""
        return cast(EventLog[Any], self)

    async def head(self) -> int:
        return len(self._rows)

    async def outbox(self, after: int, limit: int = PAGE_MAX) -> Sequence[OutboxRow]:
        return self._rows[after : after + limit]

    async def wait_beyond(self, position: int, timeout_s: float) -> bool:
        await self._grown.until(lambda: len(self._rows) > position)
        return True
