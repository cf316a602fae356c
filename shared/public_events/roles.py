"""Dated roles as every service keeps them (R-422, R-427): who held what when, by what was on record then. Pure."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from shared.kernel.instants import Instant
from shared.public_events.terms import RoleHolder, RoleName

# Roles of which a side has one: a new holder ends the one before.
ROLES_OF_ONE: frozenset[RoleName] = frozenset({"project_manager", "acceptor"})


class HeldRole(Struct, frozen=True, kw_only=True):
    """A role, and the instant at which contracts recorded it: before that it has no power (R-427)."""

    holder: RoleHolder
    recorded_at: Instant

    def in_force(self, at: Instant) -> bool:
        """Whether it was held at `at`: half-open, and on record by then."""
        held_to = self.holder.held_to
        return self.recorded_at <= at and self.holder.held_from <= at and (held_to is None or at < held_to)


def ended_by(holder: RoleHolder, revoked: RoleHolder, recorded_at: Instant) -> RoleHolder:
    """The holder after a revocation that was recorded at `recorded_at`; another holder as he was.

    It works from the later of its date and its recording, and shortens an end that was dated before; it never
    lengthens one (R-427). An end before the start is a plan that was given up.
    """
    if _identity(holder) != _identity(revoked):
        return holder
    ends = max(revoked.held_to or recorded_at, recorded_at)
    return holder if holder.held_to is not None and holder.held_to <= ends else replace(holder, held_to=ends)


def _identity(holder: RoleHolder) -> tuple[str, ...]:
    return holder.role, holder.side, holder.issuer, holder.subject, holder.held_from
