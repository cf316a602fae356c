"""Runs the jobs that were gathered as one transaction, on the one thread that writes.

In: jobs; out: an answer or an error for each, and the new tail of the log. A job that raises fails alone; if the
transaction fails all the same, by rows that the database refuses or by a defect of ours, each half of the jobs is tried
by itself until the one that stops the others is found; if the outcome of a commit is unknown, the same jobs run again,
and their idempotency keys and feed numbers tell what had happened.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.commands.batch import Batch
from shared.commands.draft import Author
from shared.commands.jobs import Job, Wanted
from shared.commands.legal_time import LegalTime
from shared.commands.scopes import LockedScopes, Prepared, ScopeCache
from shared.eventstore.believed import NOTHING_SEEN, Believed, Newest
from shared.eventstore.store import (
    ConnectionLost,
    InsertRefused,
    Known,
    Moved,
    NotPresumed,
    OutcomeUnknown,
    Premise,
    Question,
    Store,
)
from shared.eventstore.watched import WatchedTransaction
from shared.kernel.errors import LogWentBack, OutcomeNotKnown, StoreUnavailable, VersionConflict
from shared.kernel.failpoints import failpoint
from shared.kernel.instants import Instant
from shared.messages.events import Recorded
from shared.telemetry.metrics import measure
from shared.telemetry.spans import span

S = TypeVar("S")

# The rows of a batch go to the database in about so many pieces, none of fewer jobs than this: it works on one while
# the next is decided, and a statement costs as much as several jobs.
PIECES_A_BATCH = 4
PIECE_MIN = 16

# A writer that does not take the lock can only be another program; it may win this often.
CONFLICT_ATTEMPTS_MAX = 3

# A connection that died is found out by the next statement. As long as nothing was committed another one will do.
CONNECTION_ATTEMPTS_MAX = 3

# How long the fate of a commit is looked for before the callers are told to ask again with the same key.
UNKNOWN_OUTCOME_WAIT_S = 30.0
UNKNOWN_OUTCOME_PAUSE_S = 0.05


@dataclass(frozen=True)
class Failure:
    """A job raised; the error belongs to its caller alone."""

    error: Exception


@dataclass(frozen=True)
class Ran:
    """What became of a batch: an answer or a Failure for each job, the tail of the log after it, and what it wrote."""

    answers: Sequence[Any]
    tail: Believed = NOTHING_SEEN
    recorded: Sequence[Recorded] = ()


class LeftRows(Exception):
    """A job raised after it had written rows: its transaction cannot be committed."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass
class Doubt:
    """Whether a commit was sent for these jobs of which nobody has heard since."""

    commit_sent: bool = False

    def answer(self, error: StoreUnavailable) -> StoreUnavailable:
        """What the callers are told when the store is away: never "not received" of what may have been."""
        return OutcomeNotKnown(str(error)) if self.commit_sent else error


class BatchRunner(Generic[S]):
    """Decides and writes for one service; used by one thread at a time."""

    def __init__(self, author: Author[S], store: Store, cache: ScopeCache[S], legal: LegalTime) -> None:
        self._author = author
        self._store = store
        self._cache = cache
        self._legal = legal
        # How the last transaction left the log, unless others write to it.
        self._newest: tuple[Believed, Instant] | None = None

    def run(self, jobs: Sequence[Job]) -> Ran:
        """Run a batch to its end. Raises StoreUnavailable for all of it: nothing was received, or OutcomeNotKnown."""
        return self._run(jobs, Doubt())

    def _run(self, jobs: Sequence[Job], doubt: Doubt) -> Ran:
        """One transaction; where it cannot be written, one for each half, until who stops it stands alone."""
        try:
            return self._until_known(jobs, doubt)
        except StoreUnavailable:
            raise
        except Exception as error:  # loop edge: what one job brings about is not the answer of the others
            if isinstance(error, InsertRefused):
                # Somebody writes without the lock.
                self._cache.forget()
            if len(jobs) == 1:
                return self._alone(jobs[0], error, doubt)
        middle = len(jobs) // 2
        halves = [self._half(half, Doubt(doubt.commit_sent)) for half in (jobs[:middle], jobs[middle:])]
        return Ran(
            [answer for ran in halves for answer in ran.answers],
            max(ran.tail for ran in halves),
            [recorded for ran in halves for recorded in ran.recorded],
        )

    def _half(self, jobs: Sequence[Job], doubt: Doubt) -> Ran:
        """A store that goes away now takes back no answer that another half has got."""
        try:
            return self._run(jobs, doubt)
        except StoreUnavailable as error:
            return Ran([Failure(error)] * len(jobs))

    def _alone(self, job: Job, error: Exception, doubt: Doubt) -> Ran:
        """A job that failed by itself: again where somebody may only have been faster, else its error is its own."""
        for _ in range(CONFLICT_ATTEMPTS_MAX - 1):
            if not isinstance(error, InsertRefused):
                break
            try:
                return self._until_known([job], doubt)
            except StoreUnavailable:
                raise
            except Exception as again:  # loop edge: as above
                self._cache.forget()
                error = again
        if isinstance(error, InsertRefused):
            measure("ledger_conflict_total", 1, {"service": self._author.service.name})
            error = VersionConflict("another writer was faster every time", zh="其他写入每次都抢先完成")
        return Ran([Failure(error.error if isinstance(error, LeftRows) else error)])

    def _until_known(self, jobs: Sequence[Job], doubt: Doubt) -> Ran:
        """Run the jobs until it is known whether they are committed.

        Raises StoreUnavailable, OutcomeNotKnown where a commit may have happened, and whatever stops the transaction.
        """
        attempts_left = CONNECTION_ATTEMPTS_MAX
        while True:
            attempts_left -= 1
            try:
                return self._once(jobs)
            except OutcomeUnknown:
                doubt.commit_sent = True
                return self._look_again(jobs)
            except ConnectionLost as error:
                if not attempts_left:
                    raise doubt.answer(error) from error
            except StoreUnavailable as error:
                raise doubt.answer(error) from error

    def _look_again(self, jobs: Sequence[Job]) -> Ran:
        """After a commit of unknown outcome: the same jobs once more, as soon as the store can be reached.

        What was committed answers from its keys and feed numbers, what was not is decided now.
        """
        gives_up_at_s = time.monotonic() + UNKNOWN_OUTCOME_WAIT_S
        while True:
            try:
                return self._once(jobs)
            except (OutcomeUnknown, StoreUnavailable) as error:
                if time.monotonic() > gives_up_at_s or isinstance(error, LogWentBack):
                    raise OutcomeNotKnown("the store was lost while it committed") from error
            time.sleep(UNKNOWN_OUTCOME_PAUSE_S)

    def _once(self, jobs: Sequence[Job]) -> Ran:
        causes = [job.traceparent for job in jobs if job.traceparent]
        with span("ledger.append", links=causes, service=self._author.service.name, jobs=len(jobs)):
            return self._transaction(jobs)

    def _transaction(self, jobs: Sequence[Job]) -> Ran:
        wanted = Wanted()
        for job in jobs:
            job.want(wanted)
        try:
            ran = self._presuming(jobs, wanted)
        except (Moved, NotPresumed):
            ran = None
        return ran or self._asking(jobs, wanted)

    def _asking(self, jobs: Sequence[Job], wanted: Wanted) -> Ran:
        """Two round trips: what has to be known is read under the lock, then decided and written."""
        prepared = Prepared(self._author.fold, self._cache, wanted.scopes)
        question = Question(
            tail=prepared.tail, scopes=prepared.known_up_to(), keys=list(wanted.keys), feeds=list(wanted.feeds)
        )
        failpoint("writer.before_lock")
        with self._store.write() as locked:
            transaction = WatchedTransaction(locked)
            known = transaction.ask(question)
            failpoint("writer.under_lock")
            scopes = LockedScopes(self._author.fold, self._cache, prepared, transaction, known)
            now = self._legal.now(known, transaction.now_s)
            batch = Batch(self._author, scopes, transaction, known, now)
            answers = self._commit(jobs, batch, transaction)
        # Whoever writes beside others would presume wrongly most of the time.
        self._newest = batch.newest if known.newest.believed == prepared.tail else None
        return self._ran(answers, batch)

    def _presuming(self, jobs: Sequence[Job], wanted: Wanted) -> Ran | None:
        """One round trip: decided on what the last transaction left, and written if that is how the log is.

        None where there is nothing to presume. Raises Moved and NotPresumed: then nothing was written.
        """
        newest, self._newest = self._newest, None
        if newest is None or self._store.presuming is None or wanted.feeds or not wanted.keys:
            return None
        tail, recorded_at = newest
        prepared = Prepared(self._author.fold, self._cache, wanted.scopes)
        if prepared.tail != tail or tail.event_id is None or not prepared.presumed(wanted.scopes):
            return None
        at = self._legal.presumed(recorded_at, wanted.oldest_s)
        if not at.from_s <= at.machine_s <= at.to_s:
            return None
        keys = list(wanted.keys)
        premise = Premise(tail=tail, recorded_at=recorded_at, keys=keys, clock_from_s=at.from_s, clock_to_s=at.to_s)
        failpoint("writer.before_lock")
        with self._store.presuming(premise) as presumed:
            transaction = WatchedTransaction(presumed)
            known = Known(
                newest=Newest(*tail, tail.event_id),
                recorded_at=recorded_at,
                machine_s=at.machine_s,
                has_clock=True,
                events={},
                results=dict.fromkeys(keys),
                feeds={},
            )
            scopes = LockedScopes(self._author.fold, self._cache, prepared, transaction, known)
            batch = Batch(self._author, scopes, transaction, known, at.now)
            answers = self._commit(jobs, batch, transaction)
        self._newest = batch.newest
        return self._ran(answers, batch)

    def _commit(self, jobs: Sequence[Job], batch: Batch[S], transaction: WatchedTransaction) -> list[Any]:
        answers = _decide(jobs, batch, transaction)
        failpoint("writer.decided")
        transaction.commit()
        batch.scopes.publish(batch.tail)
        return answers

    def _ran(self, answers: list[Any], batch: Batch[S]) -> Ran:
        failpoint("writer.after_commit_before_reply")
        service = {"service": self._author.service.name}
        measure("ledger_append_total", len(batch.recorded), service)
        measure("ledger_append_batch_size", len(answers), service)
        return Ran(answers, batch.tail, batch.recorded)


def _decide(jobs: Sequence[Job], batch: Batch[Any], transaction: WatchedTransaction) -> list[Any]:
    """The answers of all jobs; their rows go to the database piece by piece, which works on one while we decide."""
    answers: list[Any] = []
    piece = max(PIECE_MIN, -(-len(jobs) // PIECES_A_BATCH))
    for start in range(0, len(jobs), piece):
        answers += [_answer(job, batch, transaction) for job in jobs[start : start + piece]]
        if writes := batch.take():
            transaction.insert(writes, more=start + piece < len(jobs))
    return answers


def _answer(job: Job, batch: Batch[Any], transaction: WatchedTransaction) -> Any:
    failed: Exception | None = None
    answer: Any = None
    try:
        with span("ledger.decide", parent=job.traceparent, service=batch.author.service.name):
            answer = job.run(batch)
    except Exception as error:  # loop edge: what a decider raises is its caller's answer, not the batch's
        failed = error
    # Whoever has caught it: what the store could not tell is nobody's answer.
    transaction.check()
    if not batch.finish(failed):
        assert failed is not None
        raise LeftRows(failed)
    return answer if failed is None else Failure(failed)
