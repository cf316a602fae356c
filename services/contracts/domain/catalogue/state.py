"""What the catalogue has told: the revisions of a service, a working calendar."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from shared.periods import WorkCalendar


class Revision(Struct, frozen=True, kw_only=True):
    """A published revision of a catalogue service; `document` is its whole catalogue entry as JSON."""

    content_sha256: str
    document: bytes


class ServiceRevisions(Struct, frozen=True, kw_only=True):
    """A catalogue service: its revisions by number. A retired one can no longer be drafted from."""

    revisions: Mapping[int, Revision]
    retired: bool = False


class CalendarKnown(Struct, frozen=True, kw_only=True):
    """A working calendar as the catalogue published it."""

    calendar: WorkCalendar
