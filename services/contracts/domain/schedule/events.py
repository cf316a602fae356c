"""Milestones and extensions as they are stored (R-105..R-114)."""

from __future__ import annotations

from typing import ClassVar

from shared.kernel.actors import Side
from shared.kernel.ids import Identifier, Sha256
from shared.messages.events import Event
from shared.public_events.terms import Signature, Terms


class ExtensionProposed(Event, frozen=True, kw_only=True):
    """One side proposes to move milestones (R-114); its signature covers `content_sha256`."""

    TOPIC: ClassVar[str] = "contracts.extension_proposed.v1"

    extension: Identifier
    cause: str
    cause_side: Side
    days: int
    milestone: str = ""
    items: tuple[Identifier, ...] = ()
    content_sha256: Sha256
    signature: Signature


class ContractExtended(Event, frozen=True, kw_only=True):
    """Both sides agreed: the milestones moved by the days, rest days rolled afterwards."""

    TOPIC: ClassVar[str] = "contracts.contract_extended.v1"

    contract: Identifier
    extension: Identifier
    cause: str
    cause_side: Side
    days: int
    milestones: tuple[Identifier, ...]
    items: tuple[Identifier, ...] = ()
    agreed_by: tuple[Signature, ...]
    terms: Terms


class MilestoneReached(Event, frozen=True, kw_only=True):
    """A milestone's criterion is met; effective when the last fact that it waited for took effect (T-35)."""

    TOPIC: ClassVar[str] = "contracts.milestone_reached.v1"

    contract: Identifier
    milestone: Identifier
    on_time: bool


class DelayExplained(Event, frozen=True, kw_only=True):
    """The cause of a late milestone, as one side states it (T-35)."""

    TOPIC: ClassVar[str] = "contracts.delay_explained.v1"

    milestone: Identifier
    cause: str
    cause_side: Side
    stated_by: Side


ScheduleEvent = ExtensionProposed | ContractExtended | MilestoneReached | DelayExplained
EVENTS: tuple[type[Event], ...] = (
    ExtensionProposed,
    ContractExtended,
    MilestoneReached,
    DelayExplained,
)
