"""Roles (R-071, R-072, R-422, R-423, R-427): each side names and revokes its own people, without a change form."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from services.contracts.domain.authority import Act, act_of_appointer
from services.contracts.domain.roles.commands import AppointRole, RevokeRole
from services.contracts.domain.roles.errors import RoleNotHeld, RolePlanned
from services.contracts.domain.roles.events import RoleAppointed, RoleRevoked
from services.contracts.domain.roles.terms import check_one_side, check_role
from services.contracts.domain.state import Draft, Signed
from services.contracts.domain.streams import contract_stream
from shared.commands.command import Context
from shared.commands.decision import UNCHANGED, Decision
from shared.kernel.instants import Instant
from shared.messages.events import NewEvent
from shared.public_events.roles import ROLES_OF_ONE, HeldRole
from shared.public_events.terms import RoleHolder

REPLACED = "replaced"


def appoint_role(state: Draft | Signed, body: AppointRole, context: Context) -> Decision:
    """A side names a person. A new project manager or acceptor ends the one before at his own start (R-072, R-422)."""
    act = act_of_appointer(state, context, body.side)
    check_role(body.role, body.side, "/role")
    holder = RoleHolder(
        role=body.role,
        side=body.side,
        issuer=body.issuer or context.actor.issuer,
        subject=body.subject,
        name=body.name,
        held_from=max(body.held_from or context.received_at, context.received_at),
    )
    check_one_side(holder, tuple(held.holder for held in state.roles), "/subject")
    rivals = _rivals(state.roles, holder, context.received_at)
    others = tuple(other for other in rivals.planned if not _same_person(other, holder))
    if not others and any(_covers(other, holder) for other in (*rivals.before, *rivals.planned)):
        return UNCHANGED
    for other in others:
        if other.subject not in body.replaces:
            raise RolePlanned(f"{other.subject} {other.role} {other.held_from}", field="/replaces")
    appointed = RoleAppointed(contract=state.contract, holder=holder)
    ended = ((other, holder.held_from) for other in rivals.before if _ends_after(other, holder.held_from))
    given_up = ((other, context.received_at) for other in rivals.planned)
    return Decision(
        events=(
            *(_revoked(state.contract, act, other, at, REPLACED) for other, at in (*ended, *given_up)),
            act.proposes(contract_stream(state.contract), appointed, holder.held_from),
        )
    )


class Rivals(Struct, frozen=True, kw_only=True):
    """Who would hold a role beside a new holder: those who began before he does, and those who are planned after."""

    before: tuple[RoleHolder, ...]
    planned: tuple[RoleHolder, ...]


def _rivals(roles: Iterable[HeldRole], new: RoleHolder, now: Instant) -> Rivals:
    """Of a role of one everybody, of another one the same person. What began when it was recorded is no plan."""
    rivals = [
        held
        for held in roles
        if _same_role(held.holder, new)
        and (new.role in ROLES_OF_ONE or _same_person(held.holder, new))
        and _ends_after(held.holder, max(held.holder.held_from, now))
    ]
    planned = [held for held in rivals if held.holder.held_from > max(held.recorded_at, now)]
    return Rivals(
        before=tuple(held.holder for held in rivals if held not in planned or held.holder.held_from < new.held_from),
        planned=tuple(held.holder for held in planned if held.holder.held_from >= new.held_from),
    )


def revoke_role(state: Draft | Signed, body: RevokeRole, context: Context) -> Decision:
    """A side ends a role, also one that was to end later or has not begun; never with effect on the past (R-427)."""
    act = act_of_appointer(state, context, body.side)
    issuer = body.issuer or context.actor.issuer
    held = tuple(
        held.holder
        for held in state.roles
        if (held.holder.role, held.holder.side, held.holder.issuer, held.holder.subject)
        == (body.role, body.side, issuer, body.subject)
    )
    if not held:
        raise RoleNotHeld(f"{body.subject} {body.role}", field="/subject")
    ends = max(body.held_to or context.received_at, context.received_at)
    running = tuple(holder for holder in held if _ends_after(holder, ends))
    if not running:
        return UNCHANGED
    return Decision(events=tuple(_revoked(state.contract, act, holder, ends, body.reason) for holder in running))


def _revoked(contract: str, act: Act, holder: RoleHolder, at: Instant, reason: str) -> NewEvent:
    ended = replace(holder, held_to=at)
    event = RoleRevoked(contract=contract, holder=ended, reason=reason)
    return act.proposes(contract_stream(contract), event, at)


def _covers(known: RoleHolder, new: RoleHolder) -> bool:
    return _same_person(known, new) and known.held_to is None and known.held_from <= new.held_from


def _ends_after(holder: RoleHolder, at: Instant) -> bool:
    return holder.held_to is None or holder.held_to > at


def _same_role(one: RoleHolder, other: RoleHolder) -> bool:
    return (one.role, one.side) == (other.role, other.side)


def _same_person(one: RoleHolder, other: RoleHolder) -> bool:
    return (one.issuer, one.subject) == (other.issuer, other.subject)
