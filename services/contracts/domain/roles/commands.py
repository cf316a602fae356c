"""The people of a side: named, and no longer named."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from services.contracts.domain.base import LIST_MAX, Body
from shared.kernel.actors import PERSONAL, Side, Subject
from shared.kernel.instants import Instant
from shared.kernel.texts import Line, Text
from shared.public_events.terms import RoleName


class RoleBody(Body, frozen=True, kw_only=True):
    """A person in a role (R-422). Without `issuer` the person's tokens come from the same issuer as the caller's."""

    role: RoleName
    side: Side
    subject: Subject
    issuer: Line = ""
    name: Annotated[Line, PERSONAL] = ""


class AppointRole(RoleBody, frozen=True, kw_only=True):
    """A side names a person; effective when recorded, or later if `held_from` says so (R-072, R-422).

    `replaces` names the people who were to begin at the same time or later, and now do not.
    """

    held_from: Instant | None = None
    replaces: Annotated[tuple[Subject, ...], Meta(max_length=LIST_MAX)] = ()


class RevokeRole(Body, frozen=True, kw_only=True):
    """A side ends a role; it works from the later of `held_to` and the recording (R-427)."""

    role: RoleName
    side: Side
    subject: Subject
    issuer: Line = ""
    held_to: Instant | None = None
    reason: Text = ""
