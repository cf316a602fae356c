"""All discrepancies withdrawn before a resubmission: the first review goes on with the days that were left (R-157)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.acceptance.domain.discrepancies.commands import CloseDiscrepancy
from services.acceptance.domain.discrepancies.events import DiscrepanciesRaised
from services.acceptance.domain.discrepancies.state import DiscrepancyOpen
from services.acceptance.domain.review.events import ItemAccepted, ReviewStarted
from services.acceptance.domain.review.state import UnderReview
from shared.kernel.instants import BEIJING, Instant, to_instant
from tests.unit.acceptance import rounds
from tests.unit.acceptance.profiles import uploaded
from tests.unit.acceptance.samples import ACCEPTOR, CUSTOMER_PM, Story, calendar, extension, notice
from tests.unit.acceptance.test_silence import DUE, LATE, full_set, held, report

ITEM = "tuning"


def withdrawn(story: Story, at: Instant, item: str = ITEM) -> Story:
    for found in story.item(item).live:
        story.did(ACCEPTOR, CloseDiscrepancy(discrepancy=found.discrepancy_id, how="withdrawn"), item, at)
    return story


def at_noon(day: date) -> Instant:
    return to_instant(datetime(day.year, day.month, day.day, 12, tzinfo=BEIJING))


def test_r_157_a_notice_taken_back_on_its_day_leaves_the_end_where_it_was() -> None:
    story = withdrawn(report().did(ACCEPTOR, notice(), ITEM, "2026-03-04T02:00:00.000Z"), "2026-03-04T09:00:00.000Z")
    deadline = story.running("review").deadline
    assert (deadline.derivation.due_at, deadline.legal_effect, deadline.timer) == (DUE, True, "T-11")
    phase = story.item(ITEM).phase
    assert isinstance(phase, UnderReview) and (phase.round, phase.silence) == (1, True)


def test_r_157_the_days_that_were_left_run_on_from_the_day_after() -> None:
    # Stopped on Wednesday 4 March with Thursday, Friday and Monday left; withdrawn on Tuesday 10 March.
    story = withdrawn(report().did(ACCEPTOR, notice(), ITEM, "2026-03-04T02:00:00.000Z"), "2026-03-10T02:00:00.000Z")
    assert story.running("review").due_at == "2026-03-13T16:00:00.000Z"
    held(story).settled("2026-03-13T16:00:00.000Z")
    assert story.event(ItemAccepted).basis == "silence"


def test_r_157_withdrawn_after_the_plan_was_agreed_it_goes_on_too() -> None:
    story = withdrawn(rounds.agreed(), "2026-03-04T02:00:00.000Z")
    assert story.running("review").deadline.legal_effect is True
    assert not [known for known in story.contract.running.values() if known.deadline.kind != "review"]


def test_r_157_a_later_notice_is_a_first_one() -> None:
    story = withdrawn(report().did(ACCEPTOR, notice(), ITEM, "2026-03-04T02:00:00.000Z"), "2026-03-04T09:00:00.000Z")
    story.does(ACCEPTOR, notice("仍有延迟"), ITEM, "2026-03-05T02:00:00.000Z")
    assert story.event(DiscrepanciesRaised).round == 1
    assert isinstance(story.after().item(ITEM).phase, DiscrepancyOpen)


def test_r_157_after_a_resubmission_a_withdrawal_does_not_bring_the_silence_back() -> None:
    story = rounds.discussed()
    for name in ("d1", "d2"):
        if story.item(ITEM).discrepancies[name].state not in ("settled", "withdrawn"):
            story.did(ACCEPTOR, CloseDiscrepancy(discrepancy=name, how="withdrawn"), ITEM)
    assert not any(known.deadline.legal_effect for known in story.contract.running.values())


def test_r_157_with_one_settled_and_one_withdrawn_something_had_been_wrong() -> None:
    story = rounds.objected().did(ACCEPTOR, CloseDiscrepancy(discrepancy="d1", how="settled"), ITEM)
    story.does(ACCEPTOR, CloseDiscrepancy(discrepancy="d2", how="withdrawn"), ITEM)
    assert (story.event(ReviewStarted).round, story.event(ReviewStarted).silence_accepts) == (2, False)


@pytest.mark.parametrize("at", ["2026-03-09T15:00:00.000Z", LATE])
def test_r_157_nothing_left_ends_with_the_day_of_the_withdrawal(at: Instant) -> None:
    story = report().did(ACCEPTOR, notice(), ITEM, "2026-03-09T02:00:00.000Z")
    due = {"2026-03-09T15:00:00.000Z": DUE, LATE: "2026-03-10T16:00:00.000Z"}[at]
    assert withdrawn(story, at).running("review").due_at == due


def test_r_157_r_114_the_days_of_an_extension_are_left_too() -> None:
    story = report().at("2026-03-03T01:00:00.000Z")
    story.receive(extension(story, ITEM, days=2)).after().did(ACCEPTOR, notice(), ITEM, "2026-03-04T02:00:00.000Z")
    assert withdrawn(story, "2026-03-04T09:00:00.000Z").running("review").due_at == "2026-03-11T16:00:00.000Z"


def test_r_186_where_any_feedback_breaks_the_silence_the_notice_has_broken_it() -> None:
    story = full_set().did(CUSTOMER_PM, notice(), "project", "2026-03-04T02:00:00.000Z")
    withdrawn(story, "2026-03-04T09:00:00.000Z", "project")
    assert (story.running("review").due_at, story.running("review").deadline.legal_effect) == (DUE, False)


def test_r_157_calendar_days_are_left_as_calendar_days() -> None:
    story = uploaded().did(ACCEPTOR, notice(), "service", "2026-03-04T02:00:00.000Z")
    deadline = withdrawn(story, "2026-03-04T09:00:00.000Z", "service").running("review").deadline
    assert (deadline.derivation.due_at, deadline.derivation.spec, deadline.legal_effect) == (DUE, "5d", True)


@given(st.dates(date(2025, 1, 6), date(2025, 10, 30)), st.integers(0, 6), st.integers(0, 20))
def test_r_157_no_working_day_is_lost_or_won(received: date, noticed_after: int, withdrawn_after: int) -> None:
    """The working days of the review, before the notice and after the withdrawal, are five, by a count of its own."""
    noticed = received + timedelta(days=noticed_after)
    taken_back = noticed + timedelta(days=withdrawn_after)
    story = report(at=at_noon(received))
    if story.running("review").due_at <= at_noon(noticed):
        return
    story = withdrawn(story.did(ACCEPTOR, notice(), ITEM, at_noon(noticed)), at_noon(taken_back))
    end = story.running("review").deadline.derivation.last_day
    assert end is not None
    before = _working(received, noticed)
    assert before + _working(taken_back, end) == 5 or (before == 5 and end >= taken_back)


def _working(after: date, until: date) -> int:
    days = (after + timedelta(days=n) for n in range(1, (until - after).days + 1))
    return sum(calendar().is_working(day) for day in days)
