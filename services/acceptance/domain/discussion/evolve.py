"""An item after one more event of a discussion (R-408)."""

from __future__ import annotations

from msgspec.structs import replace

from services.acceptance.domain.discrepancies.state import PlanAgreed
from services.acceptance.domain.discussion.events import (
    ConclusionSigned,
    DiscussionConcluded,
    DiscussionHeld,
    DiscussionOpened,
)
from services.acceptance.domain.discussion.state import InDiscussion, SignedConclusion
from services.acceptance.domain.escalation.state import Discussing
from services.acceptance.domain.folding import cannot_follow, expect, not_of_item, objected, with_discrepancies
from services.acceptance.domain.review.state import UnderReview
from services.acceptance.domain.state import Item
from shared.messages.events import Recorded


def evolve(item: Item, recorded: Recorded) -> Item:
    """The item after one more event of this subject."""
    data = recorded.data
    match data:
        case DiscussionOpened():
            expect(item, UnderReview, recorded)
            opened = with_discrepancies(objected(item), data.discrepancies)
            return replace(opened, phase=InDiscussion(round=data.round))
        case DiscussionHeld():
            return replace(item, phase=replace(expect(item, InDiscussion, recorded), held=True))
        case ConclusionSigned():
            return _conclusion_signed(item, data, recorded)
        case DiscussionConcluded():
            return _concluded(item, data, recorded)
        case _:
            raise not_of_item(recorded)


def _discussing(item: Item, recorded: Recorded) -> Discussing:
    if not isinstance(item.phase, Discussing):
        raise cannot_follow(item, recorded)
    return item.phase


def _conclusion_signed(item: Item, data: ConclusionSigned, recorded: Recorded) -> Item:
    phase = _discussing(item, recorded)
    others = tuple(held for held in phase.conclusions if held.signature.side != data.signature.side)
    mine = SignedConclusion(conclusion=data.conclusion, signature=data.signature)
    return replace(item, phase=replace(phase, conclusions=(*others, mine)))


def _concluded(item: Item, data: DiscussionConcluded, recorded: Recorded) -> Item:
    """A conclusion to rework is an agreed plan; the other results are followed by acceptance or closing."""
    phase = _discussing(item, recorded)
    if data.conclusion.result != "rework":
        return item
    planned_again = (
        replace(
            item.discrepancies[treatment.discrepancy],
            state="agreed",
            treatment=treatment.treatment,
            correct_by=treatment.correct_by,
        )
        for treatment in data.conclusion.treatments
    )
    return replace(with_discrepancies(item, planned_again), phase=PlanAgreed(round=phase.round))
