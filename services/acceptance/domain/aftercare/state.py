"""Duties after acceptance."""

from __future__ import annotations

from msgspec import Struct

from shared.kernel.instants import Instant


class Care(Struct, frozen=True, kw_only=True):
    """A duty after acceptance: running, or ended at an instant."""

    ended_at: Instant | None = None
