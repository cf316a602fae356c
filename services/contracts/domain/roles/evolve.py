"""The people of a contract after one was named or revoked."""

from __future__ import annotations

from msgspec.structs import replace

from services.contracts.domain.roles.events import RoleAppointed, RoleEvent
from services.contracts.domain.state import Contract
from shared.kernel.instants import Instant
from shared.public_events.roles import HeldRole, ended_by


def role_changed(state: Contract, event: RoleEvent, recorded_at: Instant) -> Contract:
    """Fold an appointment or a revocation; the power counts from its recording (R-427)."""
    if isinstance(event, RoleAppointed):
        return replace(state, roles=(*state.roles, HeldRole(holder=event.holder, recorded_at=recorded_at)))
    roles = (replace(held, holder=ended_by(held.holder, event.holder, recorded_at)) for held in state.roles)
    return replace(state, roles=tuple(roles))
