"""Rows of an outbox that the broker refuses, put aside with what follows them in the same feed, so that others go on.

Each is a document beside the log, which names the place in the outbox and the reason; the row itself stays where it is.
What is aside is offered again from time to time, in order, and leaves with the first offer that is taken: when the
topic has been put right nobody has to do anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from shared.eventstore.port import Document, EventLog, OutboxRow
from shared.kernel.names import WORK_LIST
from shared.public_events.envelope import Envelope

# With more rows aside than this something is wrong at large, and the relay stops instead of putting more there.
ASIDE_MAX: Final = 1000
LABEL: Final = f"{WORK_LIST}aside"
REASON_CHARACTERS_MAX: Final = 500

Feed = tuple[str, str, str]


class TooManyAside(Exception):
    """More rows than ASIDE_MAX are refused."""


class AsideRow(Struct, frozen=True, kw_only=True):
    """A place in the outbox whose row is not at the broker, its feed (tenant, topic, key), and why."""

    position: int
    tenant: str
    topic: str
    key: str
    reason: str

    @property
    def feed(self) -> Feed:
        """The feed that waits."""
        return self.tenant, self.topic, self.key


class Aside:
    """What one service has aside; read anew with every term, since another replica may have changed it."""

    def __init__(self, log: EventLog[Any], service: str) -> None:
        self._log = log
        self._view = f"relay-aside/{service}"
        # By position, in that order: they are read so, and only what is behind all of them is put beside them.
        self._rows: dict[int, AsideRow] = {}
        self._feeds: Counter[Feed] = Counter()

    async def load(self) -> None:
        """Learn what is aside."""
        documents = await self._log.list_documents(self._view, None, LABEL, limit=ASIDE_MAX)
        rows = [msgspec.json.decode(document.body or b"", type=AsideRow) for document in documents]
        self._rows = {row.position: row for row in rows}
        self._feeds = Counter(row.feed for row in rows)

    @property
    def rows(self) -> Sequence[AsideRow]:
        """All of them, in the order of the outbox."""
        return list(self._rows.values())

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self._rows)

    def holds(self, envelope: Envelope) -> bool:
        """Whether the feed of the envelope waits for one that is aside."""
        return self._feeds[feed_of(envelope)] > 0

    async def put(self, row: OutboxRow, reason: str) -> None:
        """Put a row there; raises TooManyAside."""
        if len(self._rows) >= ASIDE_MAX:
            raise TooManyAside(f"{ASIDE_MAX} rows of the outbox are refused by the broker; the last: {reason}")
        tenant, topic, key = feed_of(row.envelope)
        aside = AsideRow(
            position=row.position, tenant=tenant, topic=topic, key=key, reason=reason[:REASON_CHARACTERS_MAX]
        )
        await self._write(aside, msgspec.json.encode(aside))
        self._feeds[aside.feed] += row.position not in self._rows
        self._rows[row.position] = aside

    async def take(self, aside: AsideRow) -> None:
        """It has left."""
        await self._write(aside, None)
        del self._rows[aside.position]
        self._feeds[aside.feed] -= 1

    async def _write(self, aside: AsideRow, body: bytes | None) -> None:
        place = f"{aside.position:020d}"
        document = Document(tenant=aside.tenant, key=place, body=body, order=place, labels=(LABEL,))
        # Only the holder of the lease writes here, and one that has lost it changes nothing that would be missed: what
        # it puts aside twice is the same document, and what it takes away has been published.
        written = False
        while not written:
            version = await self._log.get_position(self._view)
            written = await self._log.put_documents(self._view, [document], version, version + 1)


def feed_of(envelope: Envelope) -> Feed:
    """The feed whose order the envelope belongs to."""
    return envelope.tenant, envelope.topic, envelope.key
