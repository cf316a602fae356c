"""Which roles a contract needs, who may hold one, and from when (R-071, R-072, R-422, R-423)."""

from __future__ import annotations

from collections import Counter

from services.contracts.domain.roles.commands import RoleBody
from services.contracts.domain.roles.errors import PersonOfBothSides, RoleHeldByOne, RoleMissing, RoleNotOfSide
from shared.kernel.actors import Side
from shared.kernel.instants import Instant
from shared.public_events.roles import ROLES_OF_ONE, HeldRole
from shared.public_events.terms import RoleHolder, RoleName

# without these nobody could sign, manage or accept.
NEEDED_ROLES: tuple[tuple[Side, RoleName], ...] = (
    ("customer", "signatory"),
    ("customer", "project_manager"),
    ("customer", "acceptor"),
    ("provider", "signatory"),
    ("provider", "project_manager"),
)
CUSTOMER_ROLES: frozenset[RoleName] = frozenset({"acceptor"})


def first_holders(roles: tuple[RoleBody, ...], issuer: str, since: Instant) -> tuple[RoleHolder, ...]:
    """The first people of both sides (R-071, R-072, R-422, R-423); who has no issuer has the drafter's."""
    holders = tuple(
        RoleHolder(
            role=role.role,
            side=role.side,
            issuer=role.issuer or issuer,
            subject=role.subject,
            name=role.name,
            held_from=since,
        )
        for role in roles
    )
    counts = Counter((holder.side, holder.role) for holder in holders)
    for side, needed in NEEDED_ROLES:
        if not counts[side, needed]:
            raise RoleMissing(f"{side} {needed}", field="/roles")
    for index, holder in enumerate(holders):
        check_role(holder.role, holder.side, f"/roles/{index}")
        if holder.role in ROLES_OF_ONE and counts[holder.side, holder.role] > 1:
            raise RoleHeldByOne(f"{holder.side} {holder.role}", field=f"/roles/{index}")
        check_one_side(holder, holders, f"/roles/{index}")
    return holders


def check_role(role: RoleName, side: Side, field: str) -> None:
    """Only the customer has an acceptor (R-072)."""
    if role in CUSTOMER_ROLES and side != "customer":
        raise RoleNotOfSide(f"{side} {role}", field=field)


def check_one_side(holder: RoleHolder, others: tuple[RoleHolder, ...], field: str) -> None:
    """Nobody holds roles of both sides, now or later (R-423)."""
    person = (holder.issuer, holder.subject)
    if any((other.issuer, other.subject) == person and other.side != holder.side for other in others):
        raise PersonOfBothSides(holder.subject, field=field)


def held_since(holders: tuple[RoleHolder, ...], recorded_at: Instant) -> tuple[HeldRole, ...]:
    """The people of a draft with the time from which their powers count (R-427)."""
    return tuple(HeldRole(holder=holder, recorded_at=recorded_at) for holder in holders)
