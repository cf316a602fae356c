"""Dated roles as they are stored."""

from __future__ import annotations

from typing import ClassVar

from shared.kernel.ids import Identifier
from shared.messages.events import Event
from shared.public_events.terms import RoleHolder


class RoleAppointed(Event, frozen=True, kw_only=True):
    """A dated role began (R-422)."""

    TOPIC: ClassVar[str] = "contracts.role_appointed.v1"

    contract: Identifier
    holder: RoleHolder


class RoleRevoked(Event, frozen=True, kw_only=True):
    """A role ends at `holder.held_to`, or when this is recorded if that is later (R-427)."""

    TOPIC: ClassVar[str] = "contracts.role_revoked.v1"

    contract: Identifier
    holder: RoleHolder
    reason: str = ""


RoleEvent = RoleAppointed | RoleRevoked
EVENTS: tuple[type[Event], ...] = (
    RoleAppointed,
    RoleRevoked,
)
