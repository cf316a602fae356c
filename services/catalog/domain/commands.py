"""What can be asked of the catalogue."""

from __future__ import annotations

from msgspec import Raw, Struct

from shared.kernel.ids import Identifier, Sha256
from shared.periods import CalendarYear


class PublishService(Struct, frozen=True, kw_only=True):
    """Publish a catalogue entry; `document` is its canonical JSON, `content_sha256` the hash over it."""

    service: Identifier
    content_sha256: Sha256
    document: Raw


class RetireService(Struct, frozen=True, kw_only=True):
    """No new contract can be drafted from the service; revisions that are pinned stay readable (R-020)."""

    service: Identifier
    reason: str


class PublishCalendarYear(Struct, frozen=True, kw_only=True):
    """Publish a year of a calendar, or amend it; `reason` names the notice."""

    calendar: Identifier
    year: CalendarYear
    reason: str = ""
