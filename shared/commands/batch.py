"""The jobs of one transaction, decided one after another under the lock of the log.

Nothing here touches a database but through the `Transaction`; every job sees what the jobs before it decided.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from msgspec.structs import replace

from shared.commands.command import Asked, Command, Context, Rejected
from shared.commands.decision import Decision, FinalAnswer, OutcomeKind, Result
from shared.commands.draft import Author, Draft, Origin
from shared.commands.feeds import Feeds
from shared.commands.legal_time import REQUEST_LIFE_MAX_S
from shared.commands.outcomes import answer_to, outcome_row, refusal_of
from shared.commands.scopes import LockedScopes, References, standing
from shared.commands.service import Facts
from shared.commands.stored_answer import (
    UNSTORED,
    StoredAnswer,
    answer_again,
    decode_answer,
    encode_answer,
    refused,
    undecided,
)
from shared.eventstore.believed import Believed
from shared.eventstore.names import check_names
from shared.eventstore.store import Known, OutboxMessage, ParkedId, ResultKey, ResultRow, ScopeId, Transaction, Writes
from shared.kernel.errors import (
    IdempotencyKeyReused,
    LedgerError,
    NotArrivedYet,
    RequestTooOld,
    StoreUnavailable,
    Unintelligible,
    VersionConflict,
)
from shared.kernel.instants import Instant
from shared.messages.events import Recorded
from shared.public_events.outcomes import CommandAnswered
from shared.telemetry.spans import link

S = TypeVar("S")

# Where the holds of acts that were not recorded stand among the feeds that have parked messages.
DEFECT_STREAM = "defects"


class Batch(Generic[S]):
    """What is decided in one transaction, and the rows that come of it."""

    def __init__(
        self, author: Author[S], scopes: LockedScopes[S], transaction: Transaction, known: Known, now: Instant
    ) -> None:
        self.author = author
        self.scopes = scopes
        self.transaction = transaction
        self.known = known
        self.writes = Writes()
        self.recorded: list[Recorded] = []
        self.feeds = Feeds(known)
        self._tail = known.newest.position
        self._unfinished = False
        self._refusal: LedgerError | None = None
        self._answers: dict[ResultKey, ResultRow] = {}
        self._recorded_at = max(known.recorded_at, now)

    @property
    def tail(self) -> Believed:
        """The newest event, decided ones included."""
        return Believed(self._tail, self.recorded[-1].event_id) if self.recorded else self.known.newest.believed

    def facts(self, tenant: str) -> Facts:
        """What a decision of a tenant reads beside its own scope."""
        return References(self.scopes, tenant)

    @property
    def newest(self) -> tuple[Believed, Instant]:
        """The tail, and when it was recorded."""
        return self.tail, self._recorded_at if self.recorded else self.known.recorded_at

    @property
    def recorded_at(self) -> Instant:
        """When the events of this transaction are recorded; never before an earlier one (R-400)."""
        return self._recorded_at

    def submit(self, command: Command[Any], key: ResultKey) -> Result:
        """Decide a command once; a repeat gets the first answer, whatever it was (R-420)."""
        context = command.context
        check_names(*key)
        first = self._stored(key)
        if first is not None:
            if first.fingerprint != context.fingerprint:
                raise IdempotencyKeyReused(field="Idempotency-Key")
            stored = decode_answer(first.answer)
            if stored.received_at is None:
                return answer_again(stored)
            # A defect of ours kept it from being decided: it counts as received when it was, and its hold ends.
            context = replace(context, received_at=min(context.received_at, stored.received_at))
            command = replace(command, context=context)
        self._check_age(context)
        scope_id = (context.tenant, command.scope)
        scope = self.scopes.get(scope_id)
        stream = standing(scope, command.stream, self.author.service.earlier_stream)
        version = scope.versions.get(stream, 0)
        try:
            draft, result = self._decide(command, scope_id, stream, version)
        except LedgerError as error:
            answer = refused(error, stream, version, context.asked)
            if answer is not None:
                self._keep_answer(key, context, answer, held=first is not None)
                self._refusal = error
            if first is not None and (answer is not None or isinstance(error, UNSTORED)):
                self.writes.unparked.append(self.hold_id(command))
            raise
        self.keep(scope_id, draft)
        answer = StoredAnswer(result=result, asked=context.asked)
        self._keep_answer(key, context, answer, held=first is not None)
        if first is not None:
            self.writes.unparked.append(self.hold_id(command))
        return result

    def hold(self, command: Command[Any], key: ResultKey) -> bool:
        """Remember under its key that a command could not be decided; False when it has an answer by now."""
        first = self._stored(key)
        if first is not None:
            return decode_answer(first.answer).received_at is not None
        context = command.context
        self._keep_answer(key, context, undecided(context.received_at, command.stream, context.asked))
        return True

    def hold_id(self, command: Command[Any]) -> ParkedId:
        """Where the hold of a command stands among what is parked."""
        return ParkedId(command.context.tenant, DEFECT_STREAM, 0, command.context.command_id)

    def answer(self, command: Command[Any], key: ResultKey, asked: Asked) -> OutcomeKind:
        """Decide a command that came over a topic; whatever the answer is, it leaves with the transaction.

        Raises StoreUnavailable, NotArrivedYet, Unintelligible, and what is a defect of ours: then nothing is answered.
        """
        about = self._first_asked(command.context, key) or asked
        try:
            answer = answer_to(about, self.submit(command, key))
        except (StoreUnavailable, NotArrivedYet, Unintelligible):
            raise
        except LedgerError as error:
            answer = refusal_of(about, error)
        self._tell(command.context.tenant, about, answer)
        return answer.outcome

    def reject(self, rejected: Rejected) -> None:
        """Tell the sender of a message why it did not become a command."""
        self._tell(rejected.tenant, rejected.asked, refusal_of(rejected.asked, rejected.error))

    def draft(self, scope_id: ScopeId) -> Draft[S]:
        """An empty draft on top of everything decided so far."""
        scope = self.scopes.get(scope_id)
        # What happens to a scope follows on what happened to it before, though the traces are not the same.
        link(scope.traceparent)
        return Draft(self.author, scope_id, scope, tail=self._tail, recorded_at=self._recorded_at)

    def finish(self, error: Exception | None) -> bool:
        """A job has ended. False when it raised an error and left rows: all of it has to be taken back.

        A refusal that is stored under its key is what its job had to write.
        """
        left_rows = self._unfinished and error is not None and error is not self._refusal
        self._unfinished = False
        return not left_rows

    def keep(self, scope_id: ScopeId, draft: Draft[S]) -> None:
        """The draft is part of the transaction from now on."""
        self._unfinished = True
        writes = self.writes
        writes.events += draft.events
        writes.outbox += draft.outbox
        for change in draft.deadlines:
            writes.deadlines[change.tenant, change.deadline_id] = change
        for row in draft.settled:
            key = row[:4]
            rows = writes.results if key in writes.results else writes.settled
            self._answers[key] = rows[key] = row
        self._tail = draft.position
        self.recorded += draft.recorded
        if draft.events:
            self.scopes.put(scope_id, draft.scope)

    def take(self) -> Writes:
        """The rows decided since they were last taken."""
        taken, self.writes = self.writes, Writes()
        return taken

    def settle(self, draft: Draft[S], tenant: str, answers: tuple[FinalAnswer, ...]) -> None:
        """Replace the stored outcomes of earlier conditional commands (R-401)."""
        for final in answers:
            key = (tenant, final.issuer, final.subject, final.key)
            earlier = self._stored(key)
            if earlier is None:
                raise LookupError(f"no stored result under the idempotency key {final.key!r}")
            first = decode_answer(earlier.answer)
            result = first.result
            settled = Result(
                outcome=final.outcome,
                stream=result.stream,
                version=result.version,
                position=result.position,
                event_ids=result.event_ids,
            )
            answer = StoredAnswer(result=settled, asked=first.asked)
            draft.settled.append(earlier._replace(answer=encode_answer(answer)))
            if first.asked:
                draft.outbox.append(self._outcome(tenant, first.asked, answer_to(first.asked, settled)))

    def _decide(self, command: Command[Any], scope_id: ScopeId, stream: str, version: int) -> tuple[Draft[S], Result]:
        context = command.context
        draft = self.draft(scope_id)
        decision: Decision = self.author.service.decide(draft.scope.state, command, self.facts(context.tenant))
        # A refusal by a rule has been raised by now: it takes precedence over a version conflict.
        if context.expected_version not in (None, version):
            raise VersionConflict(
                f"expected version {context.expected_version} of {stream}, it is at {version}",
                zh=f"所指版本为 {context.expected_version}，当前版本为 {version}",
                field="If-Match",
                version=str(version),
            )
        origin = Origin(
            root_id=context.command_id,
            actor=context.actor,
            correlation_id=context.correlation_id or context.command_id,
            causation_id=context.causation_id or context.command_id,
            traceparent=context.traceparent,
        )
        event_ids = draft.append_all(origin, decision.events)
        self.settle(draft, context.tenant, decision.final_answers)
        return draft, Result(
            outcome=decision.outcome,
            stream=stream,
            version=draft.scope.versions.get(stream, 0),
            position=draft.position if event_ids else 0,
            event_ids=event_ids,
        )

    def _stored(self, key: ResultKey) -> ResultRow | None:
        if key in self._answers:
            return self._answers[key]
        if key in self.known.results:
            return self.known.results[key]
        return self.transaction.result(key)

    def _first_asked(self, context: Context, key: ResultKey) -> Asked | None:
        """The message that asked first for the very same command."""
        first = self._stored(key)
        return decode_answer(first.answer).asked if first and first.fingerprint == context.fingerprint else None

    def _tell(self, tenant: str, asked: Asked, answer: CommandAnswered) -> None:
        self.writes.outbox.append(self._outcome(tenant, asked, answer))

    def _outcome(self, tenant: str, asked: Asked, answer: CommandAnswered) -> OutboxMessage:
        return outcome_row(self.author.service.name, tenant, asked, answer, self._recorded_at)

    def _keep_answer(self, key: ResultKey, context: Context, answer: StoredAnswer, *, held: bool = False) -> None:
        row = ResultRow(*key, context.fingerprint, encode_answer(answer))
        self._unfinished = True
        rows = self.writes.settled if held and key not in self.writes.results else self.writes.results
        self._answers[key] = rows[key] = row

    def _check_age(self, context: Context) -> None:
        received_s = context.received_machine_s
        if received_s and self.known.machine_s - received_s > REQUEST_LIFE_MAX_S:
            raise RequestTooOld()
