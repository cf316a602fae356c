"""Acts that are kept until they can be decided, and what people have to look at again."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from services.acceptance.domain.base import ItemEvent
from shared.commands.decision import OutcomeKind
from shared.kernel.actors import PERSONAL, Actor
from shared.kernel.instants import Instant
from shared.messages.events import Event


class ActConditional(ItemEvent, frozen=True, kw_only=True):
    """A whole act, kept so that it can be decided again (R-401, R-403, R-427). `why` is a stable word.

    `actor` is as authenticated; `key` and the actor name the stored result that the final answer replaces.
    """

    TOPIC: ClassVar[str] = "acceptance.act_conditional.v1"

    act: str
    body: Annotated[msgspec.Raw, PERSONAL]
    actor: Actor
    key: str
    why: str
    received_at: Instant


class ActDecided(ItemEvent, frozen=True, kw_only=True):
    """The end of a conditional act: how it was decided, by which rule."""

    TOPIC: ClassVar[str] = "acceptance.act_decided.v1"

    conditional: str
    outcome: OutcomeKind
    code: str = ""
    rule: str = ""


class ListedForReview(ItemEvent, frozen=True, kw_only=True):
    """`cited_event` stands, but what it rested on turned out otherwise, so people look at it again (R-427)."""

    TOPIC: ClassVar[str] = "acceptance.listed_for_review.v1"

    cited_event: str
    rule: str
    reason: str


EVENTS: tuple[type[Event], ...] = (
    ActConditional,
    ActDecided,
    ListedForReview,
)
