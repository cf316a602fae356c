"""Nobody takes a lease that somebody else holds, whatever clocks say and whoever is paused (decision 34)."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct


class Taking(Struct, frozen=True, kw_only=True):
    """A lease went from one owner to another `left_s` before it would have run out, by the database's clock.

    One that was given back had run out at once.
    """

    lease: str
    before: str
    after: str
    left_s: float


def none_taken(takings: Iterable[Taking]) -> list[str]:
    """Which leases were taken from somebody else while they had not run out."""
    return [
        f"{taking.lease}: {taking.after} took it from {taking.before} {taking.left_s:.1f} s before it ran out"
        for taking in takings
        if taking.left_s > 0 and taking.after != taking.before
    ]
