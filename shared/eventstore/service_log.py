"""`EventLog` over a store: commands and received messages go through the writer, reads through the reading threads."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

from shared.commands.batch import DEFECT_STREAM
from shared.commands.command import Command, Rejected
from shared.commands.decision import OutcomeKind, Result
from shared.commands.defects import ActNotRecorded, Hold, Release, is_held_by, is_hold
from shared.commands.draft import Author
from shared.commands.jobs import Answer, Discard, Receive, Reject, Submit, result_key
from shared.commands.legal_time import LegalTime
from shared.commands.runner import BatchRunner, Ran
from shared.commands.scopes import Entry, Fold, ScopeCache
from shared.commands.service import Service
from shared.commands.writer import Writer
from shared.deadlines.model import FIRST_PLACE, DeadlineChange, Place
from shared.eventstore.arrivals import Arrivals
from shared.eventstore.believed import NOTHING_SEEN, Believed
from shared.eventstore.names import NotStorable
from shared.eventstore.port import (
    OUTBOX_PAGE_BYTES_MAX,
    PAGE_MAX,
    Document,
    Lease,
    OutboxRow,
    ParkedMessage,
    Receipt,
)
from shared.eventstore.recent import Recent
from shared.eventstore.store import ScopeId, Store, ValuesRefused
from shared.eventstore.tail import PROBE_INTERVAL_ALONE_S, PROBE_INTERVAL_S, Tail
from shared.eventstore.threads import Threads
from shared.kernel.clock import LegalClock, MachineClock
from shared.kernel.errors import LogUnintelligible, NotFound, StoreUnavailable
from shared.kernel.instants import Instant
from shared.kernel.names import feed_name
from shared.kernel.waiting import Begun, already
from shared.messages.codec import Codec
from shared.messages.events import Recorded
from shared.public_events.deadlines import DeadlineIsDue
from shared.public_events.envelope import Envelope

S = TypeVar("S")

_log = logging.getLogger("qizhang.log")

# A message that cannot be applied may only have come before something else that it needs; it is tried this often,
# with pauses that double, before it is parked.
RECEIVE_ATTEMPTS_MAX = 4
RECEIVE_PAUSE_S = 0.05


class ServiceLog(Generic[S]):
    """The log of one service in one store; made by `open_log`."""

    def __init__(
        self, service: Service[S], store: Store, threads: Threads, legal: LegalClock, machine: MachineClock
    ) -> None:
        self._service = service
        self._store = store
        self._threads = threads
        self._machine = machine
        self._closed = False
        self._codec = Codec(service.events)
        self._fold = Fold(service, self._codec)
        self._cache: ScopeCache[S] = ScopeCache()
        author = Author(service=service, codec=self._codec, fold=self._fold)
        # A database with a clock of its own is a server, with replicas at it.
        self._tail = Tail(self._probe, PROBE_INTERVAL_S if store.has_clock else PROBE_INTERVAL_ALONE_S)
        self._arrivals = Arrivals(machine)
        self._recent = Recent()
        self._believed = NOTHING_SEEN
        self._writer = Writer(BatchRunner(author, store, self._cache, LegalTime(legal, machine)), threads, self._grown)

    async def submit(self, command: Command[Any]) -> Result:
        job = Submit(command, result_key(command.context))
        try:
            result: Result = await self._arrivals.decided(partial(self._writer.put, job))
        except Exception as error:  # loop edge: it is the caller's, and the scope of his act has to know
            await self._hold(command, error)
            raise
        return result

    async def answer(self, command: Command[Any]) -> OutcomeKind:
        asked = command.context.asked
        if asked is None:
            raise ValueError("nobody asked for the command over a topic")
        try:
            kind: OutcomeKind = await self._writer.submit(Answer(command, result_key(command.context), asked))
        except Exception as error:  # loop edge: as for `submit`
            await self._hold(command, error)
            raise
        return kind

    async def _hold(self, command: Command[Any], error: Exception) -> None:
        """Where a defect of ours kept an act from being recorded, no deadline of its scope fires over it (R-401)."""
        if not is_held_by(error, command):
            return
        _log.error("%s of %s was not recorded and holds it", type(command.body).__name__, command.scope, exc_info=error)
        reason = f"{type(error).__name__}: {error}"
        # A store that is away now is what the caller is told: then the act was not received, and holds nothing.
        await self._writer.submit(Hold(command, result_key(command.context), reason))

    async def reject(self, rejected: Rejected) -> None:
        await self._writer.submit(Reject(rejected))

    def receive(self, envelope: Envelope) -> Begun[Receipt]:
        if is_hold(envelope):
            return already(Receipt(kind="parked", reason="whoever sent it has to send it again under its key"))
        scope = self._service.scope_of_feed(envelope.type, envelope.key)
        if scope is None:
            return already(Receipt(kind="ignored"))
        # Put before anybody waits: a page of messages goes into one transaction, and needs no task a message.
        put: asyncio.Future[Receipt] = (
            asyncio.ensure_future(self._receive_where_nothing_is_held(envelope, scope))
            if envelope.type == DeadlineIsDue.TYPE
            else self._writer.put(Receive(envelope, scope))
        )
        return Begun(put, partial(self._received, envelope, scope))

    async def _receive_where_nothing_is_held(self, envelope: Envelope, scope: str) -> Receipt:
        """The question is what was received before: an act that was not recorded is among it."""
        if await self._is_held(envelope.tenant, scope):
            raise ActNotRecorded(f"{scope} holds an act that was not recorded; nothing is settled there")
        receipt: Receipt = await self._writer.put(Receive(envelope, scope))
        return receipt

    async def _received(self, envelope: Envelope, scope: str, put: Awaitable[Receipt]) -> Receipt:
        """The receipt of a message that the writer has; one that cannot be applied is tried again, then parked."""
        stopped_by: Exception | None = None
        for attempt in range(RECEIVE_ATTEMPTS_MAX):
            if attempt:
                await self._machine.sleep(RECEIVE_PAUSE_S * 2 ** (attempt - 1))
                put = self._writer.put(Receive(envelope, scope))
            try:
                return await put
            except (StoreUnavailable, LogUnintelligible, ActNotRecorded):
                raise
            except Exception as error:  # loop edge: whatever stops this message stops no other
                stopped_by = error
                if isinstance(error, ValuesRefused | NotStorable):
                    break
        _log.error("cannot apply %s %s n=%d", envelope.type, envelope.key, envelope.n, exc_info=stopped_by)
        receipt: Receipt = await self._writer.submit(Receive(envelope, scope, str(stopped_by) or "for no reason given"))
        return receipt

    async def _is_held(self, tenant: str, scope: str) -> bool:
        return await self._threads.read(self._store.is_parked_in, tenant, DEFECT_STREAM, scope)

    async def discard_parked(self, envelope: Envelope, reason: str) -> None:
        if is_hold(envelope):
            await self._writer.submit(Release(envelope, reason))
            return
        scope = self._service.scope_of_feed(envelope.type, envelope.key)
        if scope is None:
            raise NotFound(f"{self._service.name} does not take {envelope.type}")
        await self._writer.submit(Discard(envelope, scope, reason))

    async def read(self, after: int, limit: int = PAGE_MAX) -> Sequence[Recorded]:
        return await self._threads.read(self._read, after, limit)

    async def follow(self, after: int, limit: int = PAGE_MAX) -> Sequence[Recorded]:
        self._threads.check()
        return self._recent.after(after, limit) or await self.read(after, limit)

    async def read_scope(self, tenant: str, scope: str, after: int = 0, limit: int = PAGE_MAX) -> Sequence[Recorded]:
        return await self._threads.read(self._read_scope, tenant, scope, after, limit)

    async def state(self, tenant: str, scope: str) -> tuple[S, int]:
        return await self._threads.read(self._state, (tenant, scope))

    async def head(self) -> int:
        return (await self._threads.read(self._store.newest, 0)).position

    async def wait_beyond(self, position: int, timeout_s: float) -> int:
        return await self._tail.wait_beyond(position, timeout_s)

    async def outbox(
        self, after: int, limit: int = PAGE_MAX, bytes_max: int = OUTBOX_PAGE_BYTES_MAX
    ) -> Sequence[OutboxRow]:
        return await self._threads.read(self._store.outbox, after, limit, bytes_max)

    async def due_deadlines(self, now: Instant, limit: int, after: Place = FIRST_PLACE) -> Sequence[DeadlineChange]:
        return await self._threads.read(self._store.due_deadlines, now, limit, after)

    async def next_due_at(self) -> Instant | None:
        return await self._threads.read(self._store.next_due_at)

    async def held_deadlines(self, limit: int, after: Place = FIRST_PLACE) -> Sequence[DeadlineChange]:
        return await self._threads.read(self._store.held_deadlines, limit, after)

    async def stale_deadlines(
        self, calendar_id: str, version: str, limit: int, after: Place = FIRST_PLACE
    ) -> Sequence[DeadlineChange]:
        return await self._threads.read(self._store.stale_deadlines, calendar_id, version, limit, after)

    async def feed_heads(self, source: str, topic: str) -> Mapping[tuple[str, str], int]:
        return await self._threads.read(self._store.feed_heads, feed_name(source, topic, ""))

    async def parked(self, limit: int) -> Sequence[ParkedMessage]:
        return await self._threads.read(self._store.parked, limit)

    async def parked_count(self) -> int:
        return await self._threads.read(self._store.parked_count)

    async def parked_scopes(self, limit: int) -> Sequence[ScopeId]:
        return await self._threads.read(self._store.parked_scopes, limit)

    async def get_position(self, name: str) -> int:
        return await self._threads.read(self._store.get_position, name)

    async def set_position(self, name: str, expected: int, position: int, lease: Lease | None = None) -> bool:
        return await self._threads.read(self._store.set_position, name, expected, position, lease, self._believed)

    async def acquire_lease(self, name: str, owner: str, life_s: float) -> Lease | None:
        return await self._threads.read(self._store.acquire_lease, name, owner, life_s)

    async def renew_lease(self, lease: Lease, life_s: float) -> bool:
        return await self._threads.read(self._store.renew_lease, lease, life_s)

    async def release_lease(self, lease: Lease) -> None:
        await self._threads.read(self._store.renew_lease, lease, None)

    async def put_documents(self, view: str, documents: Sequence[Document], expected: int, position: int) -> bool:
        seen = self._believed
        return await self._threads.read(self._store.put_documents, view, documents, expected, position, seen)

    async def get_document(self, view: str, tenant: str, key: str) -> bytes | None:
        return (await self.get_documents(view, [(tenant, key)])).get((tenant, key))

    async def get_documents(self, view: str, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], bytes]:
        return await self._threads.read(self._store.get_documents, view, keys)

    async def list_documents(
        self,
        view: str,
        tenant: str | None,
        label: str,
        after: tuple[str, str] = ("", ""),
        limit: int = PAGE_MAX,
    ) -> Sequence[Document]:
        return await self._threads.read(self._store.list_documents, view, tenant, label, after, limit)

    async def drop_view(self, view: str) -> None:
        await self._threads.read(self._store.drop_view, view)

    @property
    def has_clock(self) -> bool:
        return self._store.has_clock

    async def now_s(self) -> float:
        return await self._threads.read(self._store.now_s)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        await self._writer.close()
        self._recent.clear()
        await self._tail.close()
        await self._threads.close()
        await asyncio.to_thread(self._store.close)

    def _read(self, after: int, limit: int) -> list[Recorded]:
        return [self._codec.decode(position, body) for position, body in self._store.read(after, limit)]

    def _read_scope(self, tenant: str, scope: str, after: int, limit: int) -> list[Recorded]:
        events = self._store.read_scope(tenant, scope, after, limit)
        return [self._codec.decode(position, body) for position, body in events]

    def _state(self, scope_id: ScopeId) -> tuple[S, int]:
        entry = self._cache.get(scope_id) or Entry(self._fold.empty(), 0)
        events = self._store.read_scope(*scope_id, entry.as_of, None)
        scope = self._fold.stored(entry.scope, events)
        if events:
            self._cache.read(scope_id, scope, scope.position)
        return scope.state, scope.position

    def _grown(self, ran: Ran) -> None:
        self._recent.wrote(ran.recorded)
        self._saw(ran.tail)
        self._tail.grown(ran.tail.position)

    async def _probe(self) -> int:
        return await self._threads.read(self._grown_to)

    def _grown_to(self) -> int:
        if not self._store.changed():
            return self._tail.position
        believed = self._believed
        newest = self._store.newest(believed.position)
        believed.check(newest.there)
        self._saw(newest.believed)
        return newest.position

    def _saw(self, newest: Believed) -> None:
        """Whoever is faster, what is kept was seen."""
        if newest.position > self._believed.position:
            self._believed = newest
