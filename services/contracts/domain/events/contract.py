"""The contract itself: drafts, signatures, the signed terms, roles, completion."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from shared.kernel.ids import Identifier, Sha256
from shared.messages.events import Event
from shared.public_events.terms import RoleHolder, Signature, Terms


class PlanningWarning(Struct, frozen=True, kw_only=True):
    """Something that planning should see but nothing forbids (R-115)."""

    rule: str
    about: str
    text_en: str
    text_zh: str


class ContractDrafted(Event, frozen=True, kw_only=True):
    """A draft of a catalogue revision; `asked_sha256` is the hash of what was asked, so that a repeat is known."""

    TOPIC: ClassVar[str] = "contracts.contract_drafted.v1"

    contract: Identifier
    terms: Terms
    roles: tuple[RoleHolder, ...]
    warnings: tuple[PlanningWarning, ...] = ()
    asked_sha256: Sha256


class DraftRevised(Event, frozen=True, kw_only=True):
    """The draft anew, at the next version; earlier signatures are void."""

    TOPIC: ClassVar[str] = "contracts.draft_revised.v1"

    terms: Terms
    roles: tuple[RoleHolder, ...]
    warnings: tuple[PlanningWarning, ...] = ()
    asked_sha256: Sha256


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


class ContractCompleted(Event, frozen=True, kw_only=True):
    """Every acceptance item is terminal (R-322)."""

    TOPIC: ClassVar[str] = "contracts.contract_completed.v1"

    contract: Identifier


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
