"""The `Reader` that routes read from: documents of the live generations, decoded, with opaque cursors."""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from shared.eventstore.names import storable_name
from shared.eventstore.port import PAGE_MAX, Document, EventLog
from shared.kernel.errors import ForeignCursor, ViewBroken
from shared.projections.broken import is_broken
from shared.projections.runner import Projections
from shared.projections.view import View
from shared.telemetry.metrics import measure

D = TypeVar("D", bound=Struct)
F = TypeVar("F")

_log = logging.getLogger("qizhang.views")


class ViewReader:
    """Reads of one service's views."""

    def __init__(self, log: EventLog[Any], projections: Projections) -> None:
        self._log = log
        self._projections = projections
        self._decoders: dict[type[Struct], msgspec.json.Decoder[Any]] = {}

    async def get(self, view: View[D], tenant: str, key: str) -> D | None:
        """One document, or None; raises ViewBroken for one that could not be folded."""
        # A document whose key no index takes is broken, under the name that stands for it.
        stored = storable_name(key)
        body = await self._found(view, lambda name: self._log.get_document(name, tenant, stored))
        return None if body is None else self._decode(view, body)

    async def list(
        self, view: View[D], tenant: str | None, label: str, cursor: str | None, limit: int
    ) -> tuple[list[D], str]:
        """Documents with a label in their order, and the cursor to go on with, also at the end.

        Broken documents are left out. Raises ForeignCursor.
        """
        limit = min(max(limit, 1), PAGE_MAX)
        after = _decode_cursor(cursor)
        found = await self._found(view, lambda name: self._log.list_documents(name, tenant, label, after, limit))
        documents = [*self._decoded(view, found, tenant is None)]
        return documents, _encode_cursor((found[-1].order, found[-1].key) if found else after)

    def _decoded(self, view: View[D], documents: Iterable[Document], pass_over: bool) -> Iterator[D]:
        """A work list over every tenant does not stop for a document that cannot be read: `pass_over`."""
        for document in documents:
            if document.body is None or is_broken(document.body):
                continue
            try:
                yield self._decode(view, document.body)
            except msgspec.MsgspecError as error:
                if not pass_over:
                    raise
                measure("ledger_documents_unreadable_total", 1, {"view": view.name})
                _log.error("document %s of %s cannot be read", document.key, view.name, exc_info=error)

    async def reach(self, position: int, timeout_s: float) -> bool:
        """Wait until the views have folded the log up to `position`; False when the time is over."""
        return await self._projections.reach(position, timeout_s)

    async def _found(self, view: View[Any], read: Callable[[str], Awaitable[F]]) -> F:
        """What `read` finds in the generation that is read: what was just dropped is read again in its successor."""
        while True:
            name = await self._projections.reading(view)
            found = await read(name)
            if found or await self._projections.is_there(view, name):
                return found
            await self._projections.left(view, name)

    def _decode(self, view: View[D], body: bytes) -> D:
        decoder = self._decoders.get(view.document)
        if decoder is None:
            decoder = self._decoders[view.document] = msgspec.json.Decoder(view.document)
        if is_broken(body):
            raise ViewBroken(view=view.name)
        document: D = decoder.decode(body)
        return document


def _encode_cursor(place: tuple[str, str]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


BEGINNING = _encode_cursor(("", ""))
"""The cursor of a list of which nothing was read; only inside, for it is not sealed."""


def _decode_cursor(cursor: str | None) -> tuple[str, str]:
    if not cursor:
        return ("", "")
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=tuple[str, str])
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise ForeignCursor(field="cursor") from None
