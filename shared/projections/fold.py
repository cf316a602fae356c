"""Folding a batch of events into one stored generation of a view: documents and position in one transaction.

The live runner, a rebuild and `verify` all fold through this, so that they cannot differ. What a view cannot fold
breaks the document that it was to be folded into, and no other.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from shared.eventstore.names import NotStorable, check_names, storable_name
from shared.eventstore.port import Document, EventLog
from shared.messages import canonical
from shared.messages.events import Recorded
from shared.projections.broken import (
    BROKEN_LABEL,
    Broken,
    broken_at_rest,
    broken_by,
    decode_broken,
    encode_broken,
    is_broken,
)
from shared.projections.view import View

# Documents that are kept decoded between batches; with more, all but the unwritten ones are let go. Nobody else
# changes them: a foreign write moves the position.
DOCUMENTS_KEPT_MAX = 1_000

# Every document can be listed by this label, over the whole tenant.
ALL_LABEL = "*"

# So many broken documents are known by name; more are as bad.
BROKEN_LISTED_MAX = 1_000

Key = tuple[str, str]

_log = logging.getLogger("qizhang.projections")


class _Touch(NamedTuple):
    """An event and a document that it is to be folded into; `error` where that cannot be told, or cannot be stored."""

    event: Recorded
    at: Key
    error: Exception | None = None


class ViewFold:
    """One generation of one view: documents folded up to `folded` in memory, and up to `written` in the store."""

    def __init__(self, log: EventLog[Any], view: View[Any], name: str) -> None:
        self.name = name
        self.view = view
        self.folded = 0
        self.written = 0
        self.broken: set[Key] = set()
        self._log = log
        self._decoder = msgspec.json.Decoder(view.document)
        self._documents: dict[Key, Any] = {}
        self._unwritten: set[Key] = set()
        self._being_written: set[Key] = set()

    @property
    def position(self) -> int:
        """How far readers of the store see the log: events without a changed document need no writing."""
        return self.written if self._unwritten or self._being_written else self.folded

    @property
    def unwritten(self) -> int:
        """How many changed documents wait to be written."""
        return len(self._unwritten)

    async def load(self) -> None:
        """Start from what the store has; also after another writer has moved the position."""
        position = await self._log.get_position(self.name)
        broken = await self._log.list_documents(self.name, None, BROKEN_LABEL, ("", ""), BROKEN_LISTED_MAX)
        # All at once: readers ask for `position` at any moment, and what is forgotten here was never written.
        self._documents.clear()
        self._unwritten.clear()
        self.broken = {(document.tenant, document.key) for document in broken}
        self.folded = self.written = position

    async def fold(self, events: Sequence[Recorded], *, breaking: bool = True) -> None:
        """Fold in memory what lies behind `folded`, in order.

        Where the view raises, the document is broken from then on; without `breaking` that is raised, and nothing
        is folded.
        """
        fresh = [event for event in events if event.position > self.folded]
        if not fresh:
            return
        if len(self._documents) > DOCUMENTS_KEPT_MAX:
            kept = self._unwritten | self._being_written
            self._documents = {at: self._documents[at] for at in kept}
        known = self._documents
        touched = list(self._touched(fresh, breaking))
        await self._fetch({touch.at for touch in touched if touch.at not in known}, breaking)
        changed = self._applied(touched, breaking)
        for at, document in changed.items():
            if isinstance(document, Broken):
                self._broke(at, document)
        known.update(changed)
        self._unwritten.update(changed)
        self.folded = fresh[-1].position

    async def follow(self, events: Sequence[Recorded]) -> None:
        """Fold as one of several writers: a document that another has written already may be ahead of these events.

        What cannot be folded for that reason is loaded anew; what cannot be folded at all is broken.
        """
        try:
            await self.fold(events, breaking=False)
        except Exception:  # loop edge: whatever a view makes of a document of the future, it is no defect of the view
            if await self._log.get_position(self.name) == self.written:
                await self.fold(events)
            else:
                await self.load()

    async def write(self, *, at_least: int = 1) -> bool:
        """Write what has changed, with the position, when it is `at_least` so many documents.

        One write at a time; the next events may be folded meanwhile. False when another writer was faster: then
        everything is loaded anew and has to be folded again.
        """
        if len(self._unwritten) < at_least or self.folded == self.written:
            return True
        self._being_written, self._unwritten = self._unwritten, set()
        documents, position = [self._stored(at) for at in sorted(self._being_written)], self.folded
        done = False
        try:
            done = await self._log.put_documents(self.name, documents, self.written, position)
        finally:
            if not done:
                # What is not known to be written is still to be written.
                self._unwritten |= self._being_written
            self._being_written = set()
        if not done:
            await self.load()
            return False
        self.written = position
        return True

    def _touched(self, events: Iterable[Recorded], breaking: bool) -> Iterator[_Touch]:
        """Which documents the events are folded into. One of which the view cannot tell breaks that of its scope."""
        keys = self.view.keys
        for event in events:
            try:
                found = keys(event)
            except Exception as error:  # loop edge: an event that a view cannot place stops no other
                if not breaking:
                    raise
                yield _Touch(event, (event.tenant, event.scope), error)
                continue
            for key in found:
                stored, unfit = _fitting(key)
                yield _Touch(event, (event.tenant, stored), unfit)

    def _applied(self, touched: Iterable[_Touch], breaking: bool) -> dict[Key, Any]:
        """The documents that change; those in memory are left alone, and broken ones are."""
        known, apply = self._documents, self.view.apply
        changed: dict[Key, Any] = {}
        for event, at, error in touched:
            before = changed[at] if at in changed else known[at]
            if isinstance(before, Broken):
                continue
            try:
                after = broken_by(event, error) if error else apply(before, at[1], event)
            except Exception as raised:  # loop edge: what one document makes of an event stops no other document
                if not breaking:
                    raise
                after = broken_by(event, raised)
            if after is not before:
                changed[at] = after
        return changed

    async def _fetch(self, missing: set[Key], breaking: bool) -> None:
        stored = await self._log.get_documents(self.name, list(missing)) if missing and self.written else {}
        for at in missing:
            body = stored.get(at)
            if body is None:
                self._documents[at] = None
            elif is_broken(body):
                self._documents[at] = decode_broken(body)
            else:
                try:
                    self._documents[at] = self._decoder.decode(body)
                except msgspec.MsgspecError as error:
                    if not breaking:
                        raise
                    self._documents[at] = broken_at_rest(error)
                    self._unwritten.add(at)
                    self._broke(at, self._documents[at])

    def _broke(self, at: Key, broken: Broken) -> None:
        self.broken.add(at)
        _log.error(
            "the document %s of the view %s is broken by the event at %d: %s",
            at,
            self.name,
            broken.position,
            broken.reason,
        )

    def _stored(self, at: Key) -> Document:
        document = self._documents[at]
        try:
            return self._readable(at, document)
        except Exception as error:  # loop edge: a document that cannot be listed stops no other
            broken = broken_at_rest(error)
            self._documents[at] = broken
            self._broke(at, broken)
            return self._readable(at, broken)

    def _readable(self, at: Key, document: Any) -> Document:
        tenant, key = at
        if document is None:
            return Document(tenant=tenant, key=key, body=None)
        if isinstance(document, Broken):
            body = encode_broken(document)
            return Document(tenant=tenant, key=key, body=body, labels=(ALL_LABEL, BROKEN_LABEL))
        order, labels, places = self.view.order(document), self.view.labels(document), self.view.places(document)
        # What no index takes would be refused with all that is written beside it, again and again.
        check_names(order, *labels, *places.values())
        return Document(
            tenant=tenant,
            key=key,
            body=canonical.encode(document),
            order=order,
            labels=tuple(dict.fromkeys((ALL_LABEL, *labels))),
            places=places,
        )


def _fitting(key: str) -> tuple[str, NotStorable | None]:
    """The key under which a document stands: where no index takes its own, it is broken under one in its place."""
    try:
        check_names(key)
    except NotStorable as error:
        return storable_name(key), error
    return key, None
