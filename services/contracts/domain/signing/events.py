"""Signatures over the terms as they are stored."""

from __future__ import annotations

from typing import ClassVar

from shared.kernel.ids import Identifier
from shared.messages.events import Event
from shared.public_events.terms import RoleHolder, Signature, Terms


class SideSigned(Event, frozen=True, kw_only=True):
    """One side signed the terms (R-425), and with them took the people who were named for it as its own."""

    TOPIC: ClassVar[str] = "contracts.side_signed.v1"

    signature: Signature
    roles: tuple[RoleHolder, ...] = ()


class ContractSigned(Event, frozen=True, kw_only=True):
    """Both sides signed the same content: the terms hold, with T and the planned milestones."""

    TOPIC: ClassVar[str] = "contracts.contract_signed.v1"

    contract: Identifier
    terms: Terms
    roles: tuple[RoleHolder, ...]
    signatures: tuple[Signature, ...]


EVENTS: tuple[type[Event], ...] = (
    SideSigned,
    ContractSigned,
)
