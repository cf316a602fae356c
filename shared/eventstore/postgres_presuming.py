"""A write to PostgreSQL in one round trip: lock, premise, rows and commit are sent together, after the decision.

A process that stops while it decides holds no lock. Where the premise does not hold the rows go nowhere, and the
transaction commits nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.eventstore import postgres_statements as sql
from shared.eventstore.packing import Packing
from shared.eventstore.postgres_transaction import PostgresTransaction, parts_of
from shared.eventstore.postgres_wire import Session
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
    Writes,
)

HOLDS = "true"


class PresumingTransaction(PostgresTransaction):
    """Nothing is sent before the first rows are there; nothing is known but the premise."""

    def __init__(self, session: Session, log: int, packing: Packing, premise: Premise) -> None:
        super().__init__(session, log, packing)
        self._premise = premise
        self._presumed: int | None = None

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
        # Only what depends on the premise in its statement is written on it.
        if writes.settled or writes.parked or writes.unparked:
            raise NotPresumed
        self._presume()
        super().insert(writes, more=more)

    def commit(self) -> None:
        presumed = self._presume()
        super().commit()
        if self._session.fetched(self._ended[presumed])[0][0] != HOLDS:
            raise Moved

    def abandon(self) -> None:
        """Take back what may have been sent."""
        if self._presumed is not None:
            self._session.send(sql.ROLLBACK)
            self._session.sync()

    def _presume(self) -> int:
        if self._presumed is None:
            premise = self._premise
            tail = premise.tail
            clock = (premise.clock_from_s, premise.clock_to_s)
            self._begin()
            self._presumed = self._session.send(
                sql.PRESUME, (*parts_of(premise.keys), tail.position, tail.event_id, premise.recorded_at, *clock)
            )
        return self._presumed
