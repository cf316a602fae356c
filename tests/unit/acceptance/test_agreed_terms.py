"""What a contract agrees is what its periods and views go by: the cut-off (R-005, R-013) and the criteria (R-425)."""

from __future__ import annotations

from msgspec.structs import replace

from services.acceptance.api import read_item
from services.acceptance.domain.discrepancies.commands import CloseDiscrepancy
from services.acceptance.domain.review.events import ItemAccepted
from services.acceptance.domain.settlement.events import InvoiceRequested
from tests.unit.acceptance.samples import ACCEPTOR, Story, alibaba_25, notice, signed
from tests.unit.acceptance.test_views_and_api import FoldedReader, call

ITEM = "tuning"
AGREED = alibaba_25(cutoff="18:00")
# 18:00 in Beijing on Monday 9 March, the fifth working day.
DUE = "2026-03-09T10:00:00.000Z"


def report() -> Story:
    return signed(AGREED).submitted(ITEM, "tuning-report")


def test_r_005_a_review_ends_at_the_cutoff_of_its_last_day() -> None:
    assert report().running("review").due_at == DUE


def test_r_013_silence_accepts_at_the_cutoff() -> None:
    story = report().lapses("review")
    accepted = next(recorded for recorded in story.history if isinstance(recorded.data, ItemAccepted))
    assert (accepted.data.basis, accepted.effective_at) == ("silence", DUE)  # type: ignore[attr-defined]


def test_r_005_an_objection_between_the_cutoff_and_midnight_comes_too_late() -> None:
    story = report().does(ACCEPTOR, notice(), ITEM, "2026-03-09T10:00:00.000Z").conditional("R-401").after()
    story.elapses(story.running("review")).after()
    story.settled(DUE).after()
    assert story.item(ITEM).state == "accepted"


def test_r_005_a_re_review_ends_at_the_cutoff_too() -> None:
    story = report().did(ACCEPTOR, notice(), ITEM, "2026-03-04T02:00:00.000Z")
    story.did(ACCEPTOR, CloseDiscrepancy(discrepancy="d1", how="settled"), ITEM)
    assert story.running("re_review").due_at.endswith("T10:00:00.000Z")


def test_r_157_a_review_that_goes_on_after_the_cutoff_has_the_next_working_day() -> None:
    """Noticed on the last day, nothing was left; withdrawn at 19:00, when that day's cut-off is over."""
    story = report().did(ACCEPTOR, notice(), ITEM, "2026-03-09T09:00:00.000Z")
    story.did(ACCEPTOR, CloseDiscrepancy(discrepancy="d1", how="withdrawn"), ITEM, "2026-03-11T11:00:00.000Z")
    assert story.running("review").due_at == "2026-03-12T10:00:00.000Z"


def test_r_446_the_due_date_of_payment_is_derived_with_the_cutoff() -> None:
    pay_by = report().accepts(ITEM, "signature").event(InvoiceRequested).pay_by_derivation
    assert pay_by is not None
    assert (pay_by.cutoff, pay_by.due_at) == ("18:00", "2026-03-16T10:00:00.000Z")


async def test_the_criteria_of_acceptance_are_shown_with_the_item() -> None:
    criteria = ("吞吐量提升 20%", "延迟低于 5 秒")
    items = (AGREED.items[0], replace(AGREED.items[1], criteria=criteria))
    reader = FoldedReader(signed(replace(AGREED, items=items)))
    shown = await read_item(call(ACCEPTOR, contract="C1", item=ITEM), reader)
    assert shown.criteria == criteria
