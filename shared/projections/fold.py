"""Folding a batch of events into one stored generation of a view: documents and position in one transaction.

The live runner, a rebuild and `verify` all fold through this, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from shared.eventstore.port import Document, EventLog
from shared.messages import canonical
from shared.messages.events import Recorded
from shared.projections.view import View

# Documents that are kept decoded between batches; with more, all but the unwritten ones are let go. Nobody else
# changes them: a foreign write moves the position.
DOCUMENTS_KEPT_MAX = 1_000

# Every document can be listed by this label, over the whole tenant.
ALL_LABEL = "*"

Key = tuple[str, str]


class ViewFold:
    """One generation of one view: documents folded up to `folded` in memory, and up to `written` in the store."""

    def __init__(self, log: EventLog[Any], view: View[Any], name: str) -> None:
        self.name = name
        self.view = view
        self.folded = 0
        self.written = 0
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
        # All at once: readers ask for `position` at any moment, and what is forgotten here was never written.
        self._documents.clear()
        self._unwritten.clear()
        self.folded = self.written = position

    async def fold(self, events: Sequence[Recorded]) -> None:
        """Fold in memory what lies behind `folded`, in order; whole or, when the view raises, not at all."""
        fresh = [event for event in events if event.position > self.folded]
        if not fresh:
            return
        if len(self._documents) > DOCUMENTS_KEPT_MAX:
            kept = self._unwritten | self._being_written
            self._documents = {at: self._documents[at] for at in kept}
        keys, known = self.view.keys, self._documents
        touched = [(event, (event.tenant, key)) for event in fresh for key in keys(event)]
        await self._fetch({at for _, at in touched if at not in known})
        changed = self._applied(touched)
        known.update(changed)
        self._unwritten.update(changed)
        self.folded = fresh[-1].position

    async def follow(self, events: Sequence[Recorded]) -> None:
        """Fold as one of several writers: a document that another has written already may be ahead of these events.

        What cannot be folded for that reason is loaded anew; what cannot be folded at all raises.
        """
        try:
            await self.fold(events)
        except Exception:  # loop edge: whatever a view makes of a document of the future, it is no defect of the view
            if await self._log.get_position(self.name) == self.written:
                raise
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

    def _applied(self, touched: Iterable[tuple[Recorded, Key]]) -> dict[Key, Any]:
        """The documents that change; those in memory are left alone."""
        known, apply = self._documents, self.view.apply
        changed: dict[Key, Any] = {}
        for event, at in touched:
            before = changed[at] if at in changed else known[at]
            after = apply(before, at[1], event)
            if after is not before:
                changed[at] = after
        return changed

    async def _fetch(self, missing: set[Key]) -> None:
        stored = await self._log.get_documents(self.name, list(missing)) if missing and self.written else {}
        for at in missing:
            body = stored.get(at)
            self._documents[at] = None if body is None else self._decoder.decode(body)

    def _stored(self, at: Key) -> Document:
        tenant, key = at
        document = self._documents[at]
        if document is None:
            return Document(tenant=tenant, key=key, body=None)
        return Document(
            tenant=tenant,
            key=key,
            body=canonical.encode(document),
            order=self.view.order(document),
            labels=tuple(dict.fromkeys((ALL_LABEL, *self.view.labels(document)))),
        )
