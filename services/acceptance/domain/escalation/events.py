"""Lateness told to those who can act: flags beside the state, and the state ESCALATED."""

from __future__ import annotations

from typing import Annotated, ClassVar

from services.acceptance.domain.base import ItemEvent
from shared.kernel.actors import PERSONAL, Side
from shared.kernel.instants import Instant
from shared.messages.events import Event


class OverdueFlagged(ItemEvent, frozen=True, kw_only=True):
    """A flag beside the state, never an acceptance (R-145, R-155)."""

    TOPIC: ClassVar[str] = "acceptance.overdue_flagged.v1"

    deadline: str
    kind: str
    side: Side
    due_at: Instant


class OverdueEscalated(ItemEvent, frozen=True, kw_only=True):
    """An overdue flag is told to higher roles (R-155); the state of the item stays."""

    TOPIC: ClassVar[str] = "acceptance.overdue_escalated.v1"

    to_roles: tuple[str, ...]
    reason: str


class OverdueWithdrawn(ItemEvent, frozen=True, kw_only=True):
    """The flag is down: the act was received in time after all (`received_in_time`), or came late and ended it."""

    TOPIC: ClassVar[str] = "acceptance.overdue_withdrawn.v1"

    deadline: str
    reason: str


class ItemEscalated(ItemEvent, frozen=True, kw_only=True):
    """The state ESCALATED (R-176): the directors decide.

    `deadline` is the missed one, empty for a third round and where a side asked for it (R-175), `text` what it said.
    """

    TOPIC: ClassVar[str] = "acceptance.item_escalated.v1"

    to_roles: tuple[str, ...]
    reason: str
    deadline: str = ""
    due_at: Instant | None = None
    text: Annotated[str, PERSONAL] = ""


class EscalationWithdrawn(ItemEvent, frozen=True, kw_only=True):
    """The act that the escalation missed had been received in time (R-401): the item is where it was before."""

    TOPIC: ClassVar[str] = "acceptance.escalation_withdrawn.v1"

    deadline: str
    reason: str


EVENTS: tuple[type[Event], ...] = (
    OverdueFlagged,
    OverdueEscalated,
    OverdueWithdrawn,
    ItemEscalated,
    EscalationWithdrawn,
)
