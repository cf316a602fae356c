"""What can be asked of the catalogue."""

from __future__ import annotations

from msgspec import Raw, Struct

from shared.kernel.ids import Identifier, Sha256
from shared.kernel.texts import NeededText, Text
from shared.periods import CalendarYear

# An empty reason would read as none: a view knows by it that a service is retired.
Reason = NeededText


class PublishService(Struct, frozen=True, kw_only=True):
    """Publish a catalogue entry; `document` is its canonical JSON, `content_sha256` the hash over it."""

    service: Identifier
    content_sha256: Sha256
    document: Raw


class RetireService(Struct, frozen=True, kw_only=True):
    """No new contract can be drafted from the service; revisions that are pinned stay readable (R-020)."""

    service: Identifier
    reason: Reason


class PublishTier(Struct, frozen=True, kw_only=True):
    """Publish a tier of a provider's overview; `document` is its canonical JSON, `content_sha256` the hash over it."""

    tier: Identifier
    content_sha256: Sha256
    document: Raw


class ConcludeImport(Struct, frozen=True, kw_only=True):
    """Everything that ships with the program under this digest is published; the next start need not look again."""

    content_sha256: Sha256


class PublishCalendarYear(Struct, frozen=True, kw_only=True):
    """Publish a year of a calendar, or amend it; `reason` names the notice, `doubts` are told with the answer."""

    calendar: Identifier
    year: CalendarYear
    reason: Text = ""
    doubts: tuple[str, ...] = ()
