"""Reference data in memory: an entry is decoded once and known by its content hash, a calendar by its version."""

from __future__ import annotations

import msgspec

from services.catalog.loading import order_of
from services.catalog.projections.calendars import CALENDAR_HEADS, CALENDARS
from services.catalog.projections.services import HEADS, REVISIONS, ServiceHead
from services.catalog.search import Indexed
from shared.catalogue.format.model import Service
from shared.kernel.actors import CATALOG_TENANT
from shared.kernel.names import key_name
from shared.periods import WorkCalendar
from shared.web.routes import Reader

# As many entries as the catalogue has, four times: the newest revisions and those that are still asked for.
ENTRIES_KEPT = 204
HEADS_PAGE = 100
CALENDARS_KEPT = 8


class EntryMemory:
    """Entries by content hash. What stands under a hash never changes, so one memory serves every reader."""

    def __init__(self, limit: int = ENTRIES_KEPT) -> None:
        self._limit = limit
        self._entries: dict[str, Indexed | None] = {}

    async def newest(self, reader: Reader) -> list[Indexed]:
        """The newest revision of every service on offer, in the order of the catalogue."""
        heads: list[ServiceHead] = []
        cursor: str | None = None
        while len(heads) < self._limit:
            page, following = await reader.list(HEADS, CATALOG_TENANT, "*", cursor, HEADS_PAGE)
            heads += page
            if following == cursor:
                break
            cursor = following
        entries = [await self.entry(reader, head) for head in heads if not head.retired]
        return sorted((entry for entry in entries if entry is not None), key=lambda entry: order_of(entry.service))

    async def entry(self, reader: Reader, head: ServiceHead) -> Indexed | None:
        """The entry of one revision; None for a document that is not in the format of the catalogue files."""
        content = head.content_sha256
        if content not in self._entries:
            found = await reader.get(REVISIONS, CATALOG_TENANT, key_name(head.service, str(head.revision)))
            if found is None:
                return None
            while len(self._entries) >= self._limit:
                del self._entries[next(iter(self._entries))]
            self._entries[content] = _decoded(bytes(found.document))
        return self._entries[content]


def _decoded(document: bytes) -> Indexed | None:
    try:
        return Indexed(msgspec.json.decode(document, type=Service))
    except msgspec.ValidationError:
        return None


class CalendarMemory:
    """Calendars by version, which changes with every day that does."""

    def __init__(self, limit: int = CALENDARS_KEPT) -> None:
        self._limit = limit
        self._calendars: dict[tuple[str, str], WorkCalendar] = {}

    async def newest(self, reader: Reader, calendar: str) -> WorkCalendar | None:
        """The calendar as it stands; None for one that was never published."""
        head = await reader.get(CALENDAR_HEADS, CATALOG_TENANT, calendar)
        if head is None:
            return None
        kept = self._calendars.get((calendar, head.version))
        if kept is not None:
            return kept
        found = await reader.get(CALENDARS, CATALOG_TENANT, calendar)
        if found is None:
            return None
        while len(self._calendars) >= self._limit:
            del self._calendars[next(iter(self._calendars))]
        # The two views may stand at different positions, so it is kept under the version that it has itself.
        self._calendars[calendar, found.calendar.version] = found.calendar
        return found.calendar


ENTRIES = EntryMemory()
WORK_CALENDARS = CalendarMemory()
