"""Running periods that move: provisional ones (R-403), amended calendars (R-404), agreed extensions (R-114)."""

from __future__ import annotations

from datetime import date

from services.acceptance.domain.communications.events import CommunicationWithoutEffect
from services.acceptance.domain.conditional.events import ActDecided
from services.acceptance.domain.discrepancies.events import DiscrepanciesRaised
from shared.deadlines.model import DeadlineMet, DeadlineMoved, DeadlineSet
from shared.periods import CalendarYear, DayException, WorkCalendar, calendar_of, merge
from tests.unit.acceptance.samples import ACCEPTOR, alibaba_8, calendar, extension, facts, notice, signed
from tests.unit.acceptance.test_silence import held, report


def test_r_403_a_provisional_deadline_never_fires() -> None:
    story = report(at="2026-12-28T01:00:00.000Z")
    running = story.running("review")
    assert running.deadline.derivation.provisional
    story.elapses(running).then_nothing()


def test_r_403_an_act_after_a_provisional_end_waits_for_the_year() -> None:
    story = report(at="2026-12-28T01:00:00.000Z")
    story.does(ACCEPTOR, notice(), "tuning", "2027-01-05T01:00:00.000Z").conditional("R-403").after()
    story.settled("2027-01-05T01:00:00.000Z").then_nothing()
    # With New Year's Day off the period ends on Tuesday 5 January: the notice was in time.
    story.recomputes(story.running("review"), year_2027())
    story.then_types(DeadlineMoved, DiscrepanciesRaised, DeadlineMet, DeadlineSet, ActDecided)
    moved = story.event(DeadlineMoved)
    assert (moved.reason, moved.deadline.derivation.provisional) == ("calendar_published", False)
    assert moved.old_due_at < moved.deadline.derivation.due_at == "2027-01-05T16:00:00.000Z"
    assert story.decision.final_answers[0].outcome.kind == "done"


def test_r_403_an_act_that_stays_late_is_decided_when_the_firm_deadline_fires() -> None:
    story = report(at="2026-12-28T01:00:00.000Z")
    story.does(ACCEPTOR, notice(), "tuning", "2027-01-06T01:00:00.000Z").after()
    story.recomputes(story.running("review"), year_2027()).then_types(DeadlineMoved).after()
    held(story).settled("2027-01-06T01:00:00.000Z")
    assert story.event(CommunicationWithoutEffect).rule == "R-401"


def test_r_114_an_extended_review_is_recounted_when_the_year_is_published() -> None:
    story = report(at="2026-12-28T01:00:00.000Z").at("2026-12-29T01:00:00.000Z")
    story.receive(extension(story, "tuning", days=2)).then_types(DeadlineMoved).after()
    assert story.running("review").deadline.derivation.provisional
    story.recomputes(story.running("review"), year_2027()).then_types(DeadlineMoved).after()
    # 1 January off: the fifth working day is Tuesday 5 January, two days more are Thursday 7 January.
    assert story.running("review").due_at == "2027-01-07T16:00:00.000Z"


def test_r_114_an_extended_review_is_recounted_around_labour_day_2019_as_amended() -> None:
    before, after = labour_day_2019()
    story = report(before, at="2019-04-25T01:00:00.000Z").at("2019-04-26T01:00:00.000Z")
    story.receive(extension(story, "tuning", days=2)).after()
    assert story.running("review").due_at == "2019-05-06T16:00:00.000Z"
    story.recomputes(story.running("review"), after).after()
    assert story.running("review").due_at == "2019-05-07T16:00:00.000Z"


def test_r_114_a_flag_taken_back_by_an_extension_leaves_a_period_with_its_whole_derivation() -> None:
    before, after = labour_day_2019()
    story = signed(alibaba_8(), before, "2019-04-25T01:00:00.000Z").submitted("reports", "kick-off", "survey")
    agreed_at = "2019-05-03T15:00:00.000Z"
    story.elapses(story.running("review")).after().at(agreed_at).receive(extension(story, "reports", days=2)).after()
    assert (story.running("review").due_at, story.item("reports").overdue) == ("2019-05-06T16:00:00.000Z", ())
    story.recomputes(story.running("review"), after).after()
    assert story.running("review").due_at == "2019-05-07T16:00:00.000Z"


def test_r_404_an_amended_calendar_extends_a_running_period() -> None:
    """Labour Day 2019: the notice of 22 March moved the block inside the running period."""
    before, after = labour_day_2019()
    story = report(before, at="2019-04-25T01:00:00.000Z")
    assert story.running("review").due_at == "2019-05-03T16:00:00.000Z"
    story.recomputes(story.running("review"), after).then_types(DeadlineMoved).after()
    moved = story.event(DeadlineMoved)
    assert moved.reason == "calendar_amended"
    assert story.running("review").due_at == moved.deadline.derivation.due_at == "2019-05-05T16:00:00.000Z"


def test_r_404_a_running_period_is_not_shortened() -> None:
    before, after = labour_day_2019()
    story = report(after, at="2019-04-25T01:00:00.000Z")
    story.recomputes(story.running("review"), before).after()
    moved = story.event(DeadlineMoved)
    assert (moved.reason, moved.old_due_at) == ("calendar_kept", "2019-05-05T16:00:00.000Z")
    assert story.running("review").due_at == "2019-05-05T16:00:00.000Z"
    story.recomputes(story.running("review"), before).then_nothing()


def test_r_404_a_deadline_does_not_fire_with_an_old_calendar() -> None:
    before, after = labour_day_2019()
    story = report(before, at="2019-04-25T01:00:00.000Z")
    running = story.running("review")
    story.facts = facts(after)
    story.elapses(running).then_types(DeadlineMoved).after()
    assert story.running("review").held is False


def test_r_404_a_newer_calendar_arrives_while_the_deadline_is_held() -> None:
    before, after = labour_day_2019()
    story = held(report(before, at="2019-04-25T01:00:00.000Z"))
    story.facts = facts(after)
    story.settled("2019-05-03T16:00:00.000Z").then_types(DeadlineMoved).after()
    story.does(ACCEPTOR, notice(), "tuning", "2019-05-05T15:00:00.000Z")
    story.then_types(DiscrepanciesRaised, DeadlineMet, DeadlineSet)


def year_2027() -> WorkCalendar:
    """The calendar with a year whose only exception is New Year's Day."""
    new_year = DayException(date=date(2027, 1, 1), kind="statutory_holiday")
    return merge(calendar(), CalendarYear(year=2027, days=(new_year,), source="test"))


def labour_day_2019() -> tuple[WorkCalendar, WorkCalendar]:
    """2019 before the notice of 22 March (1 May alone), and after it (1 to 4 May, made up on 28 April and 5 May)."""

    def of(*days: tuple[date, str]) -> WorkCalendar:
        year = CalendarYear(
            year=2019,
            days=tuple(DayException(date=day, kind=kind) for day, kind in days),  # type: ignore[arg-type]
            source="test",
        )
        return calendar_of("cn", (year, CalendarYear(year=2020, days=(), source="test")))

    first = (date(2019, 5, 1), "statutory_holiday")
    block = tuple((date(2019, 5, day), "holiday_block") for day in (2, 3, 4))
    made_up = ((date(2019, 4, 28), "makeup_working_day"), (date(2019, 5, 5), "makeup_working_day"))
    return of(first), of(made_up[0], first, *block, made_up[1])
