"""An item after one more event of the discrepancy flow (R-408)."""

from __future__ import annotations

from msgspec.structs import replace

from services.acceptance.domain.discrepancies.events import (
    DiscrepanciesAnswered,
    DiscrepanciesRaised,
    DiscrepancyClosed,
    Resubmitted,
    ReworkStarted,
    TreatmentAgreed,
)
from services.acceptance.domain.discrepancies.state import DiscrepancyOpen, PlanAgreed, Rework
from services.acceptance.domain.folding import (
    cannot_follow,
    expect,
    not_of_item,
    objected,
    with_discrepancies,
    with_received,
)
from services.acceptance.domain.review.state import Interrupted, UnderReview
from services.acceptance.domain.state import Item
from shared.messages.events import Recorded


def evolve(item: Item, recorded: Recorded) -> Item:
    """The item after one more event of this subject."""
    data = recorded.data
    match data:
        case DiscrepanciesRaised():
            return _raised(item, data, recorded)
        case DiscrepanciesAnswered():
            return with_discrepancies(item, data.discrepancies)
        case TreatmentAgreed():
            return _agreed(item, data, recorded)
        case DiscrepancyClosed(discrepancy=name, how=how):
            return with_discrepancies(item, (replace(item.discrepancies[name], state=how),))
        case ReworkStarted():
            return replace(item, phase=Rework(round=expect(item, PlanAgreed, recorded).round))
        case Resubmitted(submissions=submissions, received_at=received_at):
            resubmitted = with_received(item, submissions, received_at, recorded)
            return with_discrepancies(resubmitted, data.discrepancies)
        case _:
            raise not_of_item(recorded)


def _raised(item: Item, data: DiscrepanciesRaised, recorded: Recorded) -> Item:
    """The first notice interrupts the review; further ones add aspects to it."""
    interrupted = item.interrupted
    match item.phase:
        case UnderReview(silence=silence, closes=closes):
            interrupted = Interrupted(silence=silence, closes=closes, left=data.review_left)
        case DiscrepancyOpen():
            pass
        case _:
            raise cannot_follow(item, recorded)
    phase = DiscrepancyOpen(round=data.round, notice_until=data.notice_until)
    return replace(with_discrepancies(objected(item), data.discrepancies), phase=phase, interrupted=interrupted)


def _agreed(item: Item, data: TreatmentAgreed, recorded: Recorded) -> Item:
    phase = expect(item, DiscrepancyOpen, recorded)
    names = data.discrepancies
    agreed = with_discrepancies(item, (replace(item.discrepancies[name], state="agreed") for name in names))
    return replace(agreed, phase=PlanAgreed(round=phase.round)) if data.complete else agreed
