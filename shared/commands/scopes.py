"""States of scopes: the fold, the cache of folded states, and the view of both that holds under the lock.

A folded state is immutable, so the cache hands out the value itself. An entry says up to which position of the log
it is known to be complete; a state is brought up to date by reading only the newer events of its scope.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from shared.commands.service import Service
from shared.eventstore.believed import NOTHING_SEEN, Believed
from shared.eventstore.store import Body, Known, ScopeId, Transaction
from shared.kernel.actors import CATALOG_TENANT
from shared.messages.codec import Codec
from shared.messages.events import FeedDiscarded, Recorded
from shared.public_events.scopes import is_of_catalogue

S = TypeVar("S")

# The state of a contract takes 15 to 30 kB in each service; one that fell out is folded again from some dozen events.
SCOPES_CACHED_MAX = 1024

# Catalogue scopes that are brought up to date in the first round trip of every batch, because decisions ask for them.
REFERENCES_MAX = 64


class Scope(NamedTuple, Generic[S]):
    """A folded scope: its state, position and trace of its newest event, and the newest version of each stream."""

    state: S
    position: int
    versions: Mapping[str, int]
    traceparent: str | None = None


def standing(scope: Scope[Any], stream: str, earlier: Callable[[str], str]) -> str:
    """The name under which the events of a stream stand: an older log's goes on, so that its versions do."""
    if stream in scope.versions:
        return stream
    former = earlier(stream)
    return former if former in scope.versions else stream


class Fold(Generic[S]):
    """The fold of one service: `Service.evolve` over the events of a scope in log order."""

    def __init__(self, service: Service[S], codec: Codec) -> None:
        self._service = service
        self._codec = codec

    def empty(self) -> Scope[S]:
        """A scope without events."""
        return Scope(self._service.initial(), 0, {})

    def step(self, scope: Scope[S], recorded: Recorded) -> Scope[S]:
        """The scope after one more event."""
        state = self._evolve(scope.state, recorded)
        versions = {**scope.versions, recorded.stream: recorded.version}
        return Scope(state, recorded.position, versions, recorded.traceparent)

    def stored(self, scope: Scope[S], events: Sequence[Body]) -> Scope[S]:
        """The scope after stored events."""
        if not events:
            return scope
        state, versions = scope.state, dict(scope.versions)
        for position, body in events:
            recorded = self._codec.decode(position, body)
            state = self._evolve(state, recorded)
            versions[recorded.stream] = recorded.version
        return Scope(state, events[-1][0], versions, recorded.traceparent)

    def _evolve(self, state: S, recorded: Recorded) -> S:
        """What was given up takes its place in the feed and changes no state."""
        if type(recorded.data) is FeedDiscarded:
            return state
        return self._service.evolve(state, recorded)


class Entry(NamedTuple, Generic[S]):
    """A cached scope, complete up to the position `as_of` of the log.

    Entries of the cache's present epoch are complete up to the tail that this process left.
    """

    scope: Scope[S]
    as_of: int
    epoch: int = -1


class ScopeCache(Generic[S]):
    """The least recently used scopes fall out. Readers and the writer share it.

    As long as only this process writes, the tail of the log is where it left it, and what was complete then still is,
    without a look at the scope's events. When the tail has moved, a new epoch begins, in which only what is read from
    then on is complete.
    """

    def __init__(self, limit: int = SCOPES_CACHED_MAX) -> None:
        self._limit = limit
        self._entries: OrderedDict[ScopeId, Entry[S]] = OrderedDict()
        self._references: OrderedDict[ScopeId, None] = OrderedDict()
        self._lock = threading.Lock()
        self._epoch = 0
        self._tail = NOTHING_SEEN

    @property
    def tail(self) -> Believed:
        """Where this process last saw the tail of the log."""
        return self._tail

    def get(self, scope_id: ScopeId) -> Entry[S] | None:
        """The entry, with the position that it is known to be complete up to."""
        with self._lock:
            entry = self._entries.get(scope_id)
            if entry is None:
                return None
            self._entries.move_to_end(scope_id)
            return Entry(entry.scope, self._tail.position, entry.epoch) if entry.epoch == self._epoch else entry

    def read(self, scope_id: ScopeId, scope: Scope[S], as_of: int) -> None:
        """Remember what a reader folded, up to the newest event that it saw, unless a newer entry is there."""
        with self._lock:
            entry = self._entries.get(scope_id)
            if entry is None or entry.as_of < as_of:
                self._remember(scope_id, Entry(scope, as_of))

    def references(self) -> tuple[ScopeId, ...]:
        """Catalogue scopes that decisions have asked for lately."""
        with self._lock:
            return tuple(self._references)

    def saw_tail(self, tail: Believed) -> None:
        """Under the lock of the log: its tail is here."""
        with self._lock:
            if tail != self._tail:
                self._tail = tail
                self._epoch += 1

    def wrote(self, tail: Believed, scopes: Mapping[ScopeId, Scope[S]]) -> None:
        """Still the only writer: the tail this process leaves, and scopes that are complete up to it."""
        with self._lock:
            self._tail = tail
            for scope_id, scope in scopes.items():
                self._remember(scope_id, Entry(scope, tail.position, self._epoch))

    def forget(self) -> None:
        """Somebody writes without the lock: believe nothing."""
        with self._lock:
            self._entries.clear()
            self._references.clear()
            self._epoch += 1

    def _remember(self, scope_id: ScopeId, entry: Entry[S]) -> None:
        self._entries[scope_id] = entry
        self._entries.move_to_end(scope_id)
        if scope_id[0] == CATALOG_TENANT:
            self._references[scope_id] = None
            self._references.move_to_end(scope_id)
            if len(self._references) > REFERENCES_MAX:
                self._references.popitem(last=False)
        if len(self._entries) > self._limit:
            self._references.pop(self._entries.popitem(last=False)[0], None)


class Prepared(Generic[S]):
    """What the cache knew of the scopes of a batch before the lock was taken."""

    def __init__(self, fold: Fold[S], cache: ScopeCache[S], scopes: Iterable[ScopeId]) -> None:
        nothing = Entry(fold.empty(), 0)
        self.tail = cache.tail
        self.entries: dict[ScopeId, Entry[S]] = {
            scope_id: cache.get(scope_id) or nothing for scope_id in (*scopes, *cache.references())
        }

    def presumed(self, wanted: Iterable[ScopeId]) -> bool:
        """Whether what is wanted is complete up to the tail as it is believed to be; what is not is kept no longer."""
        position = self.tail.position
        self.entries = {scope_id: entry for scope_id, entry in self.entries.items() if entry.as_of == position}
        return all(scope_id in self.entries for scope_id in wanted)

    def known_up_to(self) -> Mapping[ScopeId, int]:
        """The scopes to ask about, each with the position after which its events are new."""
        return {scope_id: entry.as_of for scope_id, entry in self.entries.items()}


class LockedScopes(Generic[S]):
    """Scopes as they are under the lock, with what the batch has decided so far on top.

    Raises LogWentBack when the log has lost what the cache was folded from.
    """

    def __init__(
        self,
        fold: Fold[S],
        cache: ScopeCache[S],
        prepared: Prepared[S],
        transaction: Transaction,
        known: Known,
    ) -> None:
        self._fold = fold
        self._cache = cache
        self._prepared = prepared.entries
        self._transaction = transaction
        self._known = known
        self._scopes: dict[ScopeId, Scope[S]] = {}
        prepared.tail.check(known.newest.there)
        cache.saw_tail(known.newest.believed)

    def get(self, scope_id: ScopeId) -> Scope[S]:
        """The scope with everything that is committed or decided in this batch."""
        scope = self._scopes.get(scope_id)
        if scope is None:
            scope = self._scopes[scope_id] = self._load(scope_id)
        return scope

    def put(self, scope_id: ScopeId, scope: Scope[S]) -> None:
        """What a decision made of the scope."""
        self._scopes[scope_id] = scope

    def publish(self, tail: Believed) -> None:
        """What the batch decided is committed: its states are the cache's from now on."""
        self._cache.wrote(tail, self._scopes)

    def _load(self, scope_id: ScopeId) -> Scope[S]:
        if scope_id in self._prepared:
            return self._fold.stored(self._prepared[scope_id].scope, self._known.events.get(scope_id, ()))
        scope, as_of, _ = self._cache.get(scope_id) or Entry(self._fold.empty(), 0)
        if as_of < self._known.newest.position:
            scope = self._fold.stored(scope, self._transaction.scope_events(*scope_id, as_of))
        return scope


class References(Mapping[str, Any], Generic[S]):
    """The facts of a decision: states of other scopes by name, each loaded when the decision asks for it.

    Those of the catalogue are its tenant's, all others of `tenant`: nobody reads a scope of another tenant. They are
    read under the lock that the decision is written under, so what they say holds until it is.
    """

    def __init__(self, scopes: LockedScopes[S], tenant: str) -> None:
        self._scopes = scopes
        self._tenant = tenant
        self._asked: dict[str, None] = {}

    def __getitem__(self, scope: str) -> S:
        self._asked[scope] = None
        tenant = CATALOG_TENANT if is_of_catalogue(scope) else self._tenant
        return self._scopes.get((tenant, scope)).state

    def __iter__(self) -> Iterator[str]:
        return iter(self._asked)

    def __len__(self) -> int:
        return len(self._asked)
