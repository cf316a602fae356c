"""Folding a batch of events into one stored generation of a view: documents and position in one transaction.

The live runner, a rebuild and `verify` all fold through this, so that they cannot differ.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import msgspec

from shared.eventstore.port import Document, EventLog
from shared.messages import canonical
from shared.messages.events import Recorded
from shared.projections.view import View

# Documents that are kept decoded between batches. Nobody else changes them: a foreign write moves the
# position.
DOCUMENTS_KEPT_MAX = 5_000

# So many events may pass without a change of any document before the position is written all the same.
UNWRITTEN_EVENTS_MAX = 500

# Every document can be listed by this label, over the whole tenant.
ALL_LABEL = "*"

Key = tuple[str, str]


class ViewFold:
    """One generation of one view as far as it is folded. `position` is in memory, `written` in the store."""

    def __init__(self, log: EventLog[Any], view: View[Any], name: str) -> None:
        self.name = name
        self.view = view
        self.position = 0
        self.written = 0
        self._log = log
        self._decoder = msgspec.json.Decoder(view.document)
        self._documents: OrderedDict[Key, Any] = OrderedDict()

    async def load(self) -> None:
        """Start from what the store has; also after another writer has moved the position."""
        self._documents.clear()
        self.position = self.written = await self._log.get_position(self.name)

    async def fold(self, events: Sequence[Recorded]) -> bool:
        """Fold what lies behind `position`, in order.

        False when another writer was faster and all was loaded anew.
        """
        fresh = [event for event in events if event.position > self.position]
        if not fresh:
            return True
        touched = [(event, self.view.keys(event)) for event in fresh]
        await self._fetch({(event.tenant, key) for event, keys in touched for key in keys})
        return await self._write(self._applied(touched), fresh[-1].position)

    def _applied(self, touched: Sequence[tuple[Recorded, tuple[str, ...]]]) -> dict[Key, Any]:
        """The documents that change. Those kept in memory are left alone until the store has the new ones."""
        documents: dict[Key, Any] = {}
        apply = self.view.apply
        for event, keys in touched:
            for key in keys:
                at = (event.tenant, key)
                document = documents[at] if at in documents else self._documents[at]
                documents[at] = apply(document, key, event)
        return {at: document for at, document in documents.items() if document is not self._documents[at]}

    async def _fetch(self, wanted: set[Key]) -> None:
        missing = [at for at in wanted if at not in self._documents]
        if missing:
            stored = await self._log.get_documents(self.name, missing) if self.written else {}
            for at in missing:
                body = stored.get(at)
                self._documents[at] = None if body is None else self._decoder.decode(body)
        for at in wanted:
            self._documents.move_to_end(at)

    async def _write(self, changed: dict[Key, Any], position: int) -> bool:
        if changed or position - self.written > UNWRITTEN_EVENTS_MAX:
            documents = [self._stored(at, document) for at, document in changed.items()]
            if not await self._log.put_documents(self.name, documents, self.written, position):
                await self.load()
                return False
            self.written = position
            self._documents.update(changed)
        self.position = position
        while len(self._documents) > DOCUMENTS_KEPT_MAX:
            self._documents.popitem(last=False)
        return True

    def _stored(self, at: Key, document: Any) -> Document:
        tenant, key = at
        if document is None:
            return Document(tenant=tenant, key=key, body=None)
        return Document(
            tenant=tenant,
            key=key,
            body=canonical.encode(document),
            order=self.view.order(document),
            labels=(ALL_LABEL, *self.view.labels(document)),
        )
