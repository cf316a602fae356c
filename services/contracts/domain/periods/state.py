"""A question that is not answered yet."""

from __future__ import annotations

from msgspec import Struct

from shared.kernel.instants import Instant


class Question(Struct, frozen=True, kw_only=True):
    """A "settled through" that acceptance asked for and that is not answered yet."""

    through: Instant
    asked_by: str
