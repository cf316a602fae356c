"""When a change takes effect (R-204): a derivation that waits for its calendar and moves with it (R-403, R-404)."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.catalog.calendars.shipped import load_shipped
from services.contracts.domain.catalogue.state import CalendarKnown
from services.contracts.domain.changes.commands import ShiftBody, SignChange, WithdrawChange
from services.contracts.domain.changes.events import (
    ChangeApproved,
    ChangeFailed,
    ChangeRequested,
    ChangeTookEffect,
    ChangeWithdrawn,
    ContractAmended,
)
from services.contracts.domain.deadlines import open_deadline
from services.contracts.domain.schedule.errors import DateNotPossible
from services.contracts.domain.state import State
from shared.deadlines.commands import DeadlineElapsed, RecomputeDeadline
from shared.deadlines.model import DeadlineMet, DeadlineMoved, DeadlineSet
from shared.kernel.instants import Instant, start_of_day
from shared.periods import CalendarYear, DayException, WorkCalendar, calendar_of, lead_time, merge, rederive
from shared.public_events.contracts import MilestoneShift
from shared.testing.spec import Spec
from tests.unit.contracts.world import C_OWNER, P_MANAGER, change_form, elapsed, in_force, sign_form, signature, signed

BEFORE_2027 = load_shipped()
NEW_YEAR_2027 = DayException(date=date(2027, 1, 1), kind="statutory_holiday", name_zh="元旦", name_en="New Year")


def with_year(*days: DayException) -> WorkCalendar:
    """The shipped calendar after the year 2027 was published."""
    return merge(BEFORE_2027, CalendarYear(year=2027, days=days, source="test"))


def amended(*rest_days: date) -> WorkCalendar:
    """The shipped calendar with more rest days in 2026."""
    *years, last = BEFORE_2027.years
    added = tuple(DayException(date=day, kind="holiday_block") for day in rest_days)
    days = tuple(sorted((*last.days, *added), key=lambda day: day.date))
    return calendar_of("cn", (*years, replace(last, days=days)))


def know(spec: Spec[State], calendar: WorkCalendar) -> Spec[State]:
    """Contracts learns of a newer calendar."""
    spec.facts["calendar/cn"] = CalendarKnown(calendar=calendar)  # type: ignore[index]  # the world's own dict
    return spec


def asked(at: Instant, **changes: Any) -> Spec[State]:
    """A form over Alibaba 8, submitted at `at`, planned for that very day."""
    day = date.fromisoformat(at[:10])
    form = change_form(drafted_on=day, planned_effect_on=day, **changes)
    return signed("alibaba-8", signed_at=at).when(form, actor=P_MANAGER)


def approved_of(spec: Spec[State]) -> Spec[State]:
    spec.after().when(sign_form(spec), actor=P_MANAGER).after()
    return spec.when(sign_form(spec), actor=C_OWNER)


def recomputed(spec: Spec[State], calendar: WorkCalendar) -> Spec[State]:
    deadline = open_deadline(in_force(spec), "change_effect", "CR1")
    assert deadline is not None
    return know(spec, calendar).when(RecomputeDeadline(deadline_id=deadline.deadline_id))


YEAR_END: Instant = "2026-12-28T02:00:00.000Z"
MARCH: Instant = "2026-03-02T02:00:00.000Z"


def test_r_204_an_earliest_date_that_waits_for_a_calendar_is_provisional() -> None:
    event = asked(YEAR_END).event(ChangeRequested)
    assert event.earliest.provisional
    assert [str(step.date) for step in event.earliest.steps if step.counted][:4] == [
        "2026-12-28",
        "2026-12-29",
        "2026-12-30",
        "2026-12-31",
    ]


def test_r_403_a_change_does_not_take_effect_while_its_date_is_provisional() -> None:
    spec = approved_of(asked(YEAR_END))
    assert spec.event(ChangeApproved).provisional
    deadline = spec.event(DeadlineSet).deadline
    spec.after().at("2027-02-01T02:00:00.000Z")
    due_at = deadline.derivation.due_at
    spec.when(DeadlineElapsed(deadline_id=deadline.deadline_id, due_at=due_at)).then_nothing()


def test_r_204_when_the_year_is_published_the_change_takes_effect_after_the_holiday() -> None:
    """1 January 2027 is a Friday: five working days ahead of 5 January lie from 28 December on."""
    spec = approved_of(asked(YEAR_END)).after()
    recomputed(spec, with_year(NEW_YEAR_2027)).then_types(DeadlineMoved)
    moved = spec.event(DeadlineMoved)
    assert moved.reason == "calendar_published"
    assert moved.deadline.derivation.due_at == start_of_day(date(2027, 1, 5))
    change = in_force(spec.after()).changes["CR1"]
    assert (change.effective_on, change.provisional) == (date(2027, 1, 5), False)
    elapsed(spec, "change_effect", "CR1").then_types(DeadlineMet, ContractAmended, ChangeTookEffect)
    assert spec.event(ChangeTookEffect).effective_on == date(2027, 1, 5)
    assert spec.decision.events[-1].effective_at == start_of_day(date(2027, 1, 5))


def test_r_403_a_year_that_is_published_late_gives_the_effect_its_own_date() -> None:
    """Published in February: the instant of effect stays 00:00 of 5 January, whenever it is decided."""
    spec = approved_of(asked(YEAR_END)).after().at("2027-02-01T02:00:00.000Z")
    recomputed(spec, with_year(NEW_YEAR_2027)).after()
    elapsed(spec, "change_effect", "CR1")
    assert {event.effective_at for event in spec.decision.events} == {start_of_day(date(2027, 1, 5))}


def test_r_404_rest_days_inside_the_notice_move_the_date_of_effect() -> None:
    spec = approved_of(asked(MARCH))
    assert spec.event(ChangeApproved).effective_on == date(2026, 3, 9)
    recomputed(spec.after(), amended(date(2026, 3, 5), date(2026, 3, 6))).then_types(DeadlineMoved)
    assert spec.event(DeadlineMoved).reason == "calendar_amended"
    assert in_force(spec.after()).changes["CR1"].effective_on == date(2026, 3, 11)


def test_r_404_rest_days_known_before_the_approval_move_it_too() -> None:
    spec = know(asked(MARCH).after(), amended(date(2026, 3, 5), date(2026, 3, 6)))
    spec.when(sign_form(spec), actor=P_MANAGER).after().when(sign_form(spec), actor=C_OWNER)
    assert spec.event(ChangeApproved).effective_on == date(2026, 3, 11)


def test_r_204_a_date_that_both_sides_waived_the_notice_for_does_not_move() -> None:
    spec = approved_of(asked(YEAR_END, notice_waived=True))
    assert spec.event(ChangeApproved).effective_on == date(2026, 12, 28)
    spec.then_types(type(spec.decision.events[0].data), ChangeApproved, ContractAmended, ChangeTookEffect)


@given(
    day=st.dates(date(2025, 1, 6), date(2026, 11, 20)),
    planned=st.none() | st.integers(0, 40),
    rest=st.sets(st.dates(date(2026, 1, 1), date(2026, 12, 24)), max_size=6),
)
@settings(deadline=None)
def test_r_402_property_a_date_of_effect_is_derived_again_from_what_is_stored(
    day: date, planned: int | None, rest: set[date]
) -> None:
    """With the same calendar it is equal, with another it is never before the planned day, and starts a working day."""
    planned_on = None if planned is None else date.fromordinal(day.toordinal() + planned)
    known = {day.date for day in BEFORE_2027.years[-1].days}
    for calendar in (BEFORE_2027, amended(*(found for found in rest if found not in known))):
        derived = lead_time(day, "-5wd", calendar, planned_on)
        assert rederive(derived, calendar) == derived
        assert derived.due_at >= start_of_day(planned_on or day)
        assert sum(step.counted for step in derived.steps) == 5


FAR = (ShiftBody(milestone="m5", planned_on=date(9999, 12, 31)),)


def test_r_114_a_milestone_moved_beyond_what_can_be_counted_is_refused_with_its_field() -> None:
    spec = signed("alibaba-8").when(change_form(milestone_shifts=FAR), actor=P_MANAGER)
    spec.refuses(DateNotPossible, "/milestone_shifts/0/planned_on")


def test_an_approved_change_that_cannot_be_applied_fails_and_can_be_withdrawn() -> None:
    """A form from before such days were refused: approved, it ends with a name instead of waiting for ever."""
    spec = asked(MARCH)
    event = spec.event(ChangeRequested)
    shift = MilestoneShift(milestone="m5", planned_on=date(9999, 12, 31))
    old = replace(event, form=replace(event.form, milestone_shifts=(shift,)))
    spec.given((f"change-{event.form.contract}-CR1", old))
    sign = SignChange(change="CR1", signature=signature(event.content_sha256))
    spec.when(sign, actor=P_MANAGER).after().when(sign, actor=C_OWNER).after()
    elapsed(spec, "change_effect", "CR1").then_types(DeadlineMet, ChangeFailed).after()
    assert in_force(spec).changes["CR1"].status == "failed"
    spec.when(WithdrawChange(change="CR1", reason="日期有误"), actor=P_MANAGER).then_types(ChangeWithdrawn).after()
    assert in_force(spec).changes["CR1"].status == "withdrawn"
