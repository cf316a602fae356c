"""Roles (R-071, R-072, R-422, R-423, R-427): each side names and revokes its own people, without a change form."""

from __future__ import annotations

from msgspec.structs import replace

from services.contracts.domain.authority import APPOINTERS, Act, act_in_role
from services.contracts.domain.commands import AppointRole, RevokeRole
from services.contracts.domain.deciders.drafting import ROLES_OF_ONE, check_one_side, check_role
from services.contracts.domain.errors import RoleNotHeld
from services.contracts.domain.events import RoleAppointed, RoleRevoked
from services.contracts.domain.state import Draft, Signed
from services.contracts.domain.streams import contract_stream
from shared.commands.command import Context
from shared.commands.decision import UNCHANGED, Decision
from shared.kernel.instants import Instant
from shared.messages.events import NewEvent
from shared.public_events.terms import RoleHolder


def appoint_role(state: Draft | Signed, body: AppointRole, context: Context) -> Decision:
    """A side names a person. A new project manager or acceptor replaces the one before (R-072)."""
    act = act_in_role(state, context, APPOINTERS, side=body.side)
    check_role(body.role, body.side, "role")
    holder = RoleHolder(
        role=body.role,
        side=body.side,
        issuer=body.issuer or context.actor.issuer,
        subject=body.subject,
        name=body.name,
        held_from=max(body.held_from or context.received_at, context.received_at),
    )
    known = tuple(held.holder for held in state.roles)
    check_one_side(holder, known, "subject")
    current = tuple(other for other in known if _same_role(other, holder) and other.held_to is None)
    if any(_same_person(other, holder) for other in current):
        return UNCHANGED
    replaced = current if holder.role in ROLES_OF_ONE else ()
    stream = contract_stream(state.contract)
    appointed = RoleAppointed(contract=state.contract, holder=holder)
    return Decision(
        events=(
            *(_revoked(state.contract, act, other, holder.held_from, "replaced") for other in replaced),
            act.proposes(stream, appointed, holder.held_from),
        )
    )


def revoke_role(state: Draft | Signed, body: RevokeRole, context: Context) -> Decision:
    """A side ends a role; never with effect on the past (R-427)."""
    act = act_in_role(state, context, APPOINTERS, side=body.side)
    issuer = body.issuer or context.actor.issuer
    held = tuple(
        held.holder
        for held in state.roles
        if (held.holder.role, held.holder.side, held.holder.issuer, held.holder.subject)
        == (body.role, body.side, issuer, body.subject)
    )
    if not held:
        raise RoleNotHeld(f"{body.subject} {body.role}", field="subject")
    current = tuple(holder for holder in held if holder.held_to is None)
    if not current:
        return UNCHANGED
    ends = max(body.held_to or context.received_at, context.received_at)
    return Decision(events=tuple(_revoked(state.contract, act, holder, ends, body.reason) for holder in current))


def _revoked(contract: str, act: Act, holder: RoleHolder, at: Instant, reason: str) -> NewEvent:
    ended = replace(holder, held_to=at)
    event = RoleRevoked(contract=contract, holder=ended, reason=reason)
    return act.proposes(contract_stream(contract), event, at)


def _same_role(one: RoleHolder, other: RoleHolder) -> bool:
    return (one.role, one.side) == (other.role, other.side)


def _same_person(one: RoleHolder, other: RoleHolder) -> bool:
    return (one.issuer, one.subject) == (other.issuer, other.subject)
