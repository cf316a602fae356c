"""A store in memory whose writes fail as a test says: before anything happened, in the insert, around the commit."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from shared.eventstore.memory_store import MemoryStore
from shared.eventstore.store import ConnectionLost, InsertRefused, OutcomeUnknown, Writes
from shared.kernel.clock import SystemMachineClock

Fault = Literal["", "connect", "insert", "commit lost", "commit reply lost"]


class FaultyStore(MemoryStore):
    """Takes the next of `faults` for every write; none left means that all goes well."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(SystemMachineClock())
        self.faults = deque(faults)
        self.sizes: list[int] = []
        self._fault: Fault = ""

    @contextmanager
    def write(self) -> Iterator[MemoryStore]:
        self._fault = self.faults.popleft() if self.faults else ""
        if self._fault == "connect":
            raise ConnectionLost("no connection")
        with super().write() as transaction:
            yield transaction

    def insert(self, writes: Writes) -> None:
        if self._fault == "insert":
            raise InsertRefused("somebody was faster")
        super().insert(writes)

    def commit(self) -> None:
        if self._fault == "commit lost":
            raise OutcomeUnknown("connection lost")
        self.sizes.append(sum(len(writes.events) for writes in self._inserted))
        super().commit()
        if self._fault == "commit reply lost":
            raise OutcomeUnknown("connection lost")
