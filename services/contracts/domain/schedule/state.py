"""What is known of milestones and extensions."""

from __future__ import annotations

from msgspec import Struct

from services.contracts.domain.schedule.events import ExtensionProposed
from shared.kernel.actors import Side
from shared.kernel.instants import Instant


class MilestoneProgress(Struct, frozen=True, kw_only=True):
    """A milestone beside its term: `generation` counts the deadlines set for it, `late` is the flag of T-35.

    `due_at` is the due instant of its latest deadline, open or not.
    """

    generation: int = 0
    due_at: Instant | None = None
    late: bool = False
    met_at: Instant | None = None
    on_time: bool | None = None
    delays: tuple[Delay, ...] = ()


class Delay(Struct, frozen=True, kw_only=True):
    """A cause of lateness as one side stated it."""

    cause: str
    cause_side: Side
    stated_by: Side


class Extension(Struct, frozen=True, kw_only=True):
    """A proposed extension; agreed when both sides signed it."""

    proposal: ExtensionProposed
    agreed: bool = False
