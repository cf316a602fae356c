"""How far an acceptance item is."""

from __future__ import annotations

from msgspec import Struct

from shared.kernel.instants import Instant


class ItemProgress(Struct, frozen=True, kw_only=True):
    """An acceptance item as far as milestones and completion ask: its first submission, and its end."""

    submitted_at: Instant | None = None
    ended_at: Instant | None = None
    accepted: bool = False
