"""Acts that wait, and acts that rest on a role."""

from __future__ import annotations

from msgspec import Struct

from shared.kernel.actors import Actor, Side
from shared.kernel.instants import Instant


class Waiting(Struct, frozen=True, kw_only=True):
    """A conditional act (R-401, R-403, R-427), whole, so that it can be decided again."""

    event_id: str
    item: str
    act: str
    body: bytes
    actor: Actor
    key: str
    why: str
    received_at: Instant


class ActedInRole(Struct, frozen=True, kw_only=True):
    """An act that was decided on a role, for the case that the role turns out to have been revoked (R-427)."""

    event_id: str
    item: str
    issuer: str
    subject: str
    side: Side
    role: str
    received_at: Instant
