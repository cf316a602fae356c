"""A store in memory on which the writer presumes, as on a database that is a round trip away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from shared.eventstore.memory_store import MemoryStore
from shared.eventstore.store import (
    Body,
    Known,
    Moved,
    NotPresumed,
    ParkedId,
    Premise,
    Question,
    ResultKey,
    ResultRow,
    Transaction,
    Writes,
)


class PresumingStore(MemoryStore):
    """`asked` and `presumed` count transactions that committed, `moved` those whose premise did not hold."""

    asked = presumed = moved = 0

    @contextmanager
    def presuming(self, premise: Premise) -> Iterator[Transaction]:  # type: ignore[override]
        yield _Presuming(self, premise)

    def commit(self) -> None:
        super().commit()
        self.asked += 1

    def holds(self, premise: Premise) -> bool:
        """Whether the log is as it is presumed to be."""
        known = self.ask(Question(tail=premise.tail, scopes={}, keys=premise.keys))
        return (
            known.newest.believed == premise.tail
            and known.recorded_at == premise.recorded_at
            and not any(known.results.values())
            and premise.clock_from_s <= known.machine_s <= premise.clock_to_s
        )


class _Presuming:
    def __init__(self, store: PresumingStore, premise: Premise) -> None:
        self._store = store
        self._premise = premise
        self._writes: list[Writes] = []

    def ask(self, question: Question) -> Known:
        raise NotPresumed

    def scope_events(self, tenant: str, scope: str, after: int) -> Sequence[Body]:
        raise NotPresumed

    def result(self, key: ResultKey) -> ResultRow | None:
        raise NotPresumed

    def is_parked(self, parked_id: ParkedId) -> bool:
        raise NotPresumed

    def now_s(self) -> float:
        raise NotPresumed

    def insert(self, writes: Writes, *, more: bool = False) -> None:
        if writes.settled or writes.parked or writes.unparked:
            raise NotPresumed
        self._writes.append(writes)

    def commit(self) -> None:
        with self._store.write() as transaction:
            if not self._store.holds(self._premise):
                self._store.moved += 1
                raise Moved
            for writes in self._writes:
                transaction.insert(writes)
            transaction.commit()
            self._store.asked -= 1
            self._store.presumed += 1
