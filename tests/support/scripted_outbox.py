"""A source log whose outbox holds just what a test puts there: repeats, gaps, forks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from shared.eventstore.port import OUTBOX_PAGE_BYTES_MAX, PAGE_MAX, Document, EventLog, Lease, OutboxRow, ParkedMessage
from shared.kernel.waiting import Signal
from shared.public_events.envelope import Envelope


class ScriptedOutbox:
    """As much of an `EventLog` as a bus asks of a source."""

    def __init__(self) -> None:
        self._rows: list[OutboxRow] = []
        self._grown = Signal()

        self._positions: dict[str, int] = {}
        self._epoch = 0

    def put(self, *envelopes: Envelope) -> None:
        """Publish these, in this order, as they are."""
        for envelope in envelopes:
            self._rows.append(OutboxRow(position=len(self._rows) + 1, envelope=envelope))
        self._grown.notify()

    def rewrite(self, position: int, *envelopes: Envelope) -> None:
        """The source is put back to before `position`, and goes on with these."""
        del self._rows[position - 1 :]
        self.put(*envelopes)

    async def list_documents(self, view: str, tenant: str | None, label: str, limit: int) -> Sequence[Document]:
        return ()

    def as_log(self) -> EventLog[Any]:
        """This, to whoever expects a log."""
        return cast(EventLog[Any], self)

    async def head(self) -> int:
        return len(self._rows)

    async def outbox(
        self, after: int, limit: int = PAGE_MAX, bytes_max: int = OUTBOX_PAGE_BYTES_MAX
    ) -> Sequence[OutboxRow]:
        return self._rows[after : after + limit]

    async def wait_beyond(self, position: int, timeout_s: float) -> int:
        await self._grown.until(lambda: len(self._rows) > position)
        return len(self._rows)

    async def get_position(self, name: str) -> int:
        return self._positions.get(name, 0)

    async def set_position(self, name: str, expected: int, position: int, lease: Lease | None = None) -> bool:
        if self._positions.get(name, 0) != expected:
            return False
        self._positions[name] = position
        return True

    async def parked(self, limit: int) -> Sequence[ParkedMessage]:
        return ()

    async def acquire_lease(self, name: str, owner: str, life_s: float) -> Lease | None:
        self._epoch += 1
        return Lease(name=name, owner=owner, epoch=self._epoch)

    async def renew_lease(self, lease: Lease, life_s: float) -> bool:
        return lease.epoch == self._epoch

    async def release_lease(self, lease: Lease) -> None:
        """It is free in any case."""
