"""A transaction that cannot be committed once anything in it has failed, whoever caught the error.

A database may end a transaction when a statement fails: SQLite then runs what follows without one, and a commit does
nothing. What runs between (folds, deciders, reactions) may take the error for its own and go on; nothing that it then
decides may be acknowledged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from shared.eventstore.store import (
    Body,
    Known,
    ParkedId,
    Question,
    ResultKey,
    ResultRow,
    Transaction,
    Writes,
)

T = TypeVar("T")


class WatchedTransaction:
    """Passes everything on, remembers the first failure, and raises it again from then on."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._failure: Exception | None = None

    def check(self) -> None:
        """Raise what has failed before, if anything has."""
        if self._failure is not None:
            raise self._failure

    def ask(self, question: Question) -> Known:
        return self._run(self._transaction.ask, question)

    def scope_events(self, tenant: str, scope: str, after: int) -> Sequence[Body]:
        return self._run(self._transaction.scope_events, tenant, scope, after)

    def result(self, key: ResultKey) -> ResultRow | None:
        return self._run(self._transaction.result, key)

    def is_parked(self, parked_id: ParkedId) -> bool:
        return self._run(self._transaction.is_parked, parked_id)

    def now_s(self) -> float:
        return self._run(self._transaction.now_s)

    def insert(self, writes: Writes, *, more: bool = False) -> None:
        self._run(partial(self._transaction.insert, writes, more=more))

    def commit(self) -> None:
        self._run(self._transaction.commit)

    def _run(self, call: Callable[..., T], *arguments: Any) -> T:
        self.check()
        try:
            return call(*arguments)
        except Exception as error:  # loop edge: remembered, and raised as it is
            self._failure = error
            raise
