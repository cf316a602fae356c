"""What a process believes of the end of a log, and how it finds out that the log has lost it.

A database that comes back without its newest commits (a fail-over to a standby that was behind, a restore) does not
say so. Everything that was folded from the lost events is wrong then, in memory and in whoever was told; so the event
that was seen last is looked at again, by its place and its id, before anything is built on it.
"""

from __future__ import annotations

from typing import NamedTuple

from shared.kernel.errors import LogWentBack


class Believed(NamedTuple):
    """The newest event that was seen: its position and its id (None: no event stands at that position)."""

    position: int = 0
    event_id: str | None = None

    def check(self, found: str | None) -> None:
        """Raise LogWentBack unless the log has, at this position, the event that was seen there."""
        if self.position and found != self.event_id:
            raise LogWentBack(f"at position {self.position} stood {self.event_id}, now {found or 'nothing'}")


NOTHING_SEEN = Believed()


class Newest(NamedTuple):
    """The end of a log as it is now, and the id of what stands at the position that was asked about."""

    position: int
    event_id: str | None
    there: str | None

    @property
    def believed(self) -> Believed:
        """What to believe from now on."""
        return Believed(self.position, self.event_id)
