"""An item that nothing has happened to."""

from __future__ import annotations

from msgspec import Struct


class Planned(Struct, frozen=True, kw_only=True, tag="planned"):
    """In the terms; nothing was submitted."""
