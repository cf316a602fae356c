"""A deadline that is open."""

from __future__ import annotations

from msgspec import Struct

from shared.deadlines.model import Deadline
from shared.kernel.instants import Instant
from shared.kernel.names import key_name


class Running(Struct, frozen=True, kw_only=True):
    """A deadline that is open: armed, or held until everything earlier is decided."""

    deadline: Deadline
    held: bool = False

    @property
    def due_at(self) -> Instant:
        """The exclusive instant at which the period ends."""
        return self.deadline.derivation.due_at


def generation_key(item: str, kind: str) -> str:
    """The counter that numbers the deadlines of a kind of an item."""
    return key_name(item, kind)
