"""A store in memory whose writes fail as a test says: before anything happened, in the insert, around the commit."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from shared.eventstore.memory_store import MemoryStore
from shared.eventstore.store import (
    ConnectionLost,
    InsertRefused,
    Known,
    OutcomeUnknown,
    Question,
    ValuesRefused,
    Writes,
)
from shared.kernel.clock import SystemMachineClock

Fault = Literal["", "connect", "defect", "insert", "values", "commit lost", "commit reply lost"]


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

    def ask(self, question: Question) -> Known:
        if self._fault == "defect":
            raise ValueError("a defect of the store")
        return super().ask(question)

    def insert(self, writes: Writes, *, more: bool = False) -> None:
        if self._fault == "insert":
            raise InsertRefused("somebody was faster")
        if self._fault == "values":
            raise ValuesRefused("too large for an index")
        super().insert(writes, more=more)

    def commit(self) -> None:
        if self._fault == "commit lost":
            raise OutcomeUnknown("connection lost")
        self.sizes.append(sum(len(writes.events) for writes in self._inserted))
        super().commit()
        if self._fault == "commit reply lost":
            raise OutcomeUnknown("connection lost")
