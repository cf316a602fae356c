"""Drafts as they are stored."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from shared.kernel.ids import Identifier, Sha256
from shared.messages.events import Event
from shared.public_events.terms import RoleHolder, Terms


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


EVENTS: tuple[type[Event], ...] = (
    ContractDrafted,
    DraftRevised,
)
