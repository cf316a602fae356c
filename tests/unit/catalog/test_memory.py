"""Catalogue entries in memory: read once, known by content, never more than the limit."""

from __future__ import annotations

from typing import Any

from msgspec import Raw

from services.catalog.exporting import entry_document
from services.catalog.loading import content_hash, parse_service
from services.catalog.memory import EntryMemory
from services.catalog.projections.services import HEADS, REVISIONS, ServiceDocument, ServiceHead
from shared.messages import canonical
from shared.projections.view import View
from tests.unit.catalog.sample import SAMPLE, plant

FIRST, SECOND = (parse_service(text, "alibaba-10.yaml").service for text in (SAMPLE, plant("offset: 15", "offset: 16")))
ENTRY = ServiceHead(service="alibaba-10", revision=1, content_sha256=content_hash(FIRST))


class Views:
    """The views of a catalogue as a reader gives them; counts the documents that it was asked for."""

    def __init__(self, *heads: ServiceHead) -> None:
        self.heads = list(heads)
        self.documents = {"alibaba-10/1": FIRST, "alibaba-10/2": SECOND}
        self.asked: list[str] = []

    async def get(self, view: View[Any], tenant: str, key: str) -> ServiceDocument | None:
        assert view is REVISIONS
        self.asked.append(key)
        document = canonical.encode(entry_document(self.documents[key])) if key in self.documents else b"{}"
        return ServiceDocument(
            service=key, revision=1, content_sha256="", published_at="2026-11-21T00:00:00.000Z", document=Raw(document)
        )

    async def list(
        self, view: View[Any], tenant: str | None, label: str, cursor: str | None, limit: int
    ) -> tuple[list[Any], str]:
        assert view is HEADS
        place = int(cursor or 0)
        return self.heads[place : place + 1], str(min(place + 1, len(self.heads)))

    async def reach(self, position: int, timeout_s: float) -> bool:
        return True


async def test_a_revision_is_read_once_and_a_new_one_when_it_is_published() -> None:
    views, memory = Views(ENTRY), EntryMemory()
    assert [entry.service for entry in await memory.newest(views)] == [FIRST]
    await memory.newest(views)
    views.heads = [ServiceHead(service="alibaba-10", revision=2, content_sha256=content_hash(SECOND))]
    assert [entry.service for entry in await memory.newest(views)] == [SECOND]
    assert views.asked == ["alibaba-10/1", "alibaba-10/2"]


async def test_what_is_retired_or_not_in_the_format_is_not_on_offer() -> None:
    foreign = ServiceHead(service="alibaba-2", revision=1, content_sha256="f" * 64)
    retired = ServiceHead(service="alibaba-3", revision=1, content_sha256="e" * 64, retired="end of sale")
    views, memory = Views(ENTRY, foreign, retired), EntryMemory()
    for _ in range(2):
        assert [entry.service.id for entry in await memory.newest(views)] == ["alibaba-10"]
    assert views.asked == ["alibaba-10/1", "alibaba-2/1"]


async def test_no_more_is_kept_than_the_limit() -> None:
    views, memory = Views(), EntryMemory(limit=1)
    other = ServiceHead(service="alibaba-10", revision=2, content_sha256=content_hash(SECOND))
    for head in (ENTRY, other, ENTRY):
        await memory.entry(views, head)
    assert views.asked == ["alibaba-10/1", "alibaba-10/2", "alibaba-10/1"]
