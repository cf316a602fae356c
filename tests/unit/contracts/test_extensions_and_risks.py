"""Extensions by agreement (R-114), risk notices (R-215..R-217), and calendars that change under them (R-403, R-404)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.catalog.calendars.shipped import load_shipped, shipped_years
from services.contracts.domain.catalogue.state import CalendarKnown
from services.contracts.domain.errors import ActForOtherSide, IdTaken, ItemUnknown, SignatureOverOtherContent
from services.contracts.domain.risks.commands import AnswerRisk, NotifyRisk, RiskAnswerBody
from services.contracts.domain.risks.errors import RiskAlreadyAnswered, RiskUnknown
from services.contracts.domain.risks.events import RiskAnswerConditional, RiskAnswered, RiskNotified
from services.contracts.domain.schedule.commands import AgreeExtension, ProposeExtension
from services.contracts.domain.schedule.errors import ExtensionUnknown, MilestoneNotOpen, NothingExtended
from services.contracts.domain.schedule.events import ContractExtended, ExtensionProposed
from services.contracts.domain.schedule.terms import extended_term
from services.contracts.domain.state import State
from shared.commands.decision import Outcome
from shared.deadlines.commands import RecomputeDeadline
from shared.deadlines.model import Deadline, DeadlineLapsed, DeadlineMet, DeadlineMoved, DeadlineSet
from shared.kernel.instants import Instant
from shared.periods import CalendarYear, DayException, WorkCalendar, calendar_of, compute
from shared.public_events.terms import MilestoneTerm
from shared.testing.spec import Spec
from tests.unit.contracts.world import (
    C_MANAGER,
    C_STAFF,
    P_MANAGER,
    P_OWNER,
    elapsed,
    in_force,
    signature,
    signed,
    submitted,
)

SOON: Instant = "2025-09-26T02:00:00.000Z"
EXTENSION = ProposeExtension(extension="E1", cause="甲方系统延期上线", cause_side="customer", days=5, milestone="m2")
RISK = NotifyRisk(risk="R1", description="源表数据质量不达标", proposal="甲方先行清洗")


def proposed(proposal: ProposeExtension = EXTENSION) -> Spec[State]:
    return signed("alibaba-8").at(SOON).when(proposal, actor=P_MANAGER).after()


def agreement(spec: Spec[State]) -> AgreeExtension:
    sha256 = in_force(spec).extensions["E1"].proposal.content_sha256
    return AgreeExtension(extension="E1", signature=signature(sha256))


def test_r_114_an_extension_is_proposed_by_one_side() -> None:
    spec = signed("alibaba-8").when(EXTENSION, actor=P_MANAGER).then_types(ExtensionProposed)
    assert spec.event(ExtensionProposed).signature.side == "provider"
    spec.after().when(EXTENSION, actor=P_MANAGER).then_nothing()
    spec.when(replace(EXTENSION, days=6), actor=P_MANAGER).refuses(IdTaken, "/extension")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"milestone": "m9"}, MilestoneNotOpen),
        ({"milestone": ""}, NothingExtended),
        ({"items": ("nothing",)}, ItemUnknown),
    ],
)
def test_an_extension_of_nothing_is_refused(changes: dict[str, Any], error: type[Exception]) -> None:
    signed("alibaba-8").when(replace(EXTENSION, **changes), actor=P_MANAGER).refuses(error)  # type: ignore[arg-type]


def test_r_114_with_the_agreement_the_milestone_and_those_after_it_move_by_the_same_days() -> None:
    spec = proposed()
    before = {term.milestone_id: term for term in in_force(spec).terms.milestones}
    spec.when(agreement(spec), actor=C_MANAGER)
    spec.then_types(ContractExtended, DeadlineMoved, DeadlineMoved, DeadlineMoved, DeadlineMoved)
    event = spec.event(ContractExtended)
    assert event.milestones == ("m2", "m3", "m4", "m5")
    assert (event.cause_side, event.days, event.terms.version) == ("customer", 5, 2)
    assert {found.side for found in event.agreed_by} == {"customer", "provider"}
    after = {term.milestone_id: term for term in event.terms.milestones}
    assert after["m1"] == before["m1"]
    assert [after[name].offset for name in ("m2", "m3", "m4", "m5")] == ["15d", "29d", "33d", "35d"]


def test_r_114_a_milestone_that_is_met_does_not_move() -> None:
    spec = proposed().receive(submitted("survey-report", "reports"), source="acceptance").after()
    spec.when(agreement(spec), actor=C_MANAGER)
    assert spec.event(ContractExtended).milestones == ("m3", "m4", "m5")


def test_r_114_items_under_review_can_be_extended_alone() -> None:
    spec = proposed(replace(EXTENSION, milestone="", items=("reports",)))
    spec.when(agreement(spec), actor=C_MANAGER).then_types(ContractExtended)
    assert (spec.event(ContractExtended).milestones, spec.event(ContractExtended).items) == ((), ("reports",))


def test_the_side_that_proposed_cannot_agree_for_both() -> None:
    spec = proposed()
    spec.when(agreement(spec), actor=P_MANAGER).then_nothing()
    spec.when(agreement(spec), actor=C_STAFF).without_effect("R-426")
    wrong = AgreeExtension(extension="E1", signature=signature("0" * 64))
    spec.when(wrong, actor=C_MANAGER).refuses(SignatureOverOtherContent)
    unknown = AgreeExtension(extension="E9", signature=signature("0" * 64))
    spec.when(unknown, actor=C_MANAGER).refuses(ExtensionUnknown)
    spec.when(agreement(spec), actor=C_MANAGER).after().when(agreement(spec), actor=C_MANAGER).then_nothing()


def test_a_late_milestone_that_is_extended_runs_again() -> None:
    spec = proposed(replace(EXTENSION, milestone="m1", days=30))
    elapsed(spec, "milestone", "m1").after()
    spec.when(agreement(spec), actor=C_MANAGER)
    again = spec.event(DeadlineSet).deadline
    assert (again.subject, again.generation) == ("m1", 2)
    assert not in_force(spec.after()).milestones["m1"].late


@given(offset=st.integers(min_value=1, max_value=300), days=st.integers(min_value=1, max_value=60))
def test_r_114_property_the_nominal_day_moves_by_exactly_the_days(offset: int, days: int) -> None:
    """Whatever rest days lie between: an extension is a move of the nominal day, and rolling comes after."""
    signed_on, calendar = date(2025, 1, 6), load_shipped()
    term = MilestoneTerm(milestone_id="m", name_zh="里程碑", offset=f"{offset}d")
    moved = extended_term(term, days).offset
    nominal = signed_on + timedelta(days=offset + days)
    assert compute(signed_on, f"{moved}!", calendar).last_day == nominal
    last_day = compute(signed_on, moved, calendar).last_day
    assert last_day is not None
    assert last_day >= nominal
    assert calendar.is_working(last_day)


def milestone_deadline(spec: Spec[State], name: str) -> Deadline:
    return next(found for found in in_force(spec).deadlines.values() if found.subject == name)


def extended_milestone(spec: Spec[State], name: str, days: int) -> Deadline:
    """The deadline of a milestone that both sides have extended."""
    spec.when(replace(EXTENSION, milestone=name, days=days), actor=P_MANAGER).after()
    spec.when(agreement(spec), actor=C_MANAGER).after()
    return milestone_deadline(spec, name)


def test_r_114_an_extended_milestone_in_working_days_is_recounted_when_the_year_is_published() -> None:
    """T on 25 December 2025: 26, 29, 30, 31, then 1 January by the plain week, which is a holiday: Sunday the 4th."""
    spec = signed(
        "alibaba-8", calendar=known_until(2025), signed_at="2025-12-25T02:00:00.000Z", parameters={"m2.offset": "5wd"}
    )
    deadline = extended_milestone(spec, "m2", 2)
    assert (deadline.derivation.last_day, deadline.derivation.provisional) == (date(2026, 1, 5), True)
    with_calendar(spec, load_shipped()).when(RecomputeDeadline(deadline_id=deadline.deadline_id)).after()
    assert milestone_deadline(spec, "m2").derivation.last_day == date(2026, 1, 6)
    term = next(term for term in in_force(spec).terms.milestones if term.milestone_id == "m2")
    assert (term.offset, term.extended_by) == ("5wd", 2)


def test_r_114_days_are_added_to_the_nominal_end_of_a_milestone_in_months() -> None:
    """T on 3 September 2026: 3 October rolls to the 8th; with two days the 5th does, too."""
    spec = signed("alibaba-8", signed_at="2026-09-03T02:00:00.000Z", parameters={"m2.offset": "1m"})
    assert milestone_deadline(spec, "m2").derivation.last_day == date(2026, 10, 8)
    assert extended_milestone(spec, "m2", 2).derivation.last_day == date(2026, 10, 8)


def test_r_404_an_extension_adds_to_an_end_that_was_kept() -> None:
    """T on the 25th, three days: Sunday the 28th rolled to the 29th, and stayed there when the 28th became worked."""
    shipped = known_until(2025)
    before = [*shipped.years[:-1], replace(shipped.years[-1], days=_without_28_september(shipped))]
    spec = signed("alibaba-8", calendar=calendar_of("cn", before))
    deadline = milestone_deadline(spec, "m1")
    with_calendar(spec, shipped).when(RecomputeDeadline(deadline_id=deadline.deadline_id)).after()
    assert milestone_deadline(spec, "m1").derivation.last_day == date(2025, 9, 29)
    assert extended_milestone(spec, "m1", 1).derivation.last_day == date(2025, 9, 30)


def answer(text: str = "同意清洗", control: str = "") -> AnswerRisk:
    return AnswerRisk(risk="R1", answer=RiskAnswerBody(answer=text, agreed_control=control))


def notified(calendar: WorkCalendar | None = None, at: Instant = SOON) -> Spec[State]:
    return signed("alibaba-25", calendar=calendar).at(at).when(RISK, actor=P_MANAGER).after()


def test_r_215_the_provider_reports_a_risk_and_three_days_run() -> None:
    spec = signed("alibaba-25").at(SOON).when(RISK, actor=P_MANAGER).then_types(RiskNotified, DeadlineSet)
    deadline = spec.event(DeadlineSet).deadline
    # Friday 26 September + 3 days is Monday the 29th.
    assert (deadline.timer, deadline.side, deadline.derivation.last_day) == ("T-28", "customer", date(2025, 9, 29))
    spec.after().when(RISK, actor=P_MANAGER).then_nothing()
    spec.when(replace(RISK, proposal="其他"), actor=P_MANAGER).refuses(IdTaken, "/risk")


def test_r_005_the_days_for_an_answer_end_at_the_cut_off_of_the_contract() -> None:
    spec = signed("alibaba-25", cutoff="18:00").at(SOON).when(RISK, actor=P_MANAGER)
    assert spec.event(DeadlineSet).deadline.derivation.due_at == "2025-09-29T10:00:00.000Z"


def test_r_423_the_customer_reports_no_risk_of_the_provider() -> None:
    signed("alibaba-25").when(RISK, actor=C_MANAGER).refuses(ActForOtherSide)
    signed("alibaba-25").when(RISK, actor=P_OWNER).without_effect("R-426")


def test_r_216_an_answer_in_time_ends_the_period() -> None:
    spec = notified().at("2025-09-29T15:59:59.999Z").when(answer(), actor=C_MANAGER)
    spec.then_types(RiskAnswered, DeadlineMet)
    assert spec.event(RiskAnswered).in_time
    spec.after().when(answer(), actor=C_MANAGER).then_nothing()
    spec.when(answer("改变主意"), actor=C_MANAGER).refuses(RiskAlreadyAnswered)


def test_r_216_the_agreed_control_can_follow_the_answer() -> None:
    spec = notified().when(answer(), actor=C_MANAGER).after()
    spec.when(answer("按建议执行", "甲方于三日内清洗"), actor=C_MANAGER).then_types(RiskAnswered)
    assert spec.event(RiskAnswered).in_time


def test_r_216_a_late_answer_is_recorded_and_stays_late() -> None:
    """24:00 of the 29th belongs to the 30th: the due instant is exclusive (R-401)."""
    spec = notified().at("2025-09-29T16:00:00.000Z").when(answer(), actor=C_MANAGER)
    spec.then_types(RiskAnswered)
    assert not spec.event(RiskAnswered).in_time


def test_r_216_without_an_answer_the_period_lapses() -> None:
    spec = elapsed(notified(), "risk_answer", "R1").then_types(DeadlineLapsed)
    assert spec.event(DeadlineLapsed).consequence == "risk_unanswered"
    spec.after().when(answer(), actor=C_MANAGER)
    assert not spec.event(RiskAnswered).in_time


def test_a_risk_is_answered_by_the_customers_manager() -> None:
    spec = notified()
    spec.when(answer(), actor=P_MANAGER).refuses(ActForOtherSide)
    spec.when(answer(), actor=C_STAFF).without_effect("R-426")
    unknown = AnswerRisk(risk="R9", answer=RiskAnswerBody(answer="?"))
    spec.when(unknown, actor=C_MANAGER).refuses(RiskUnknown)


def known_until(year: int) -> WorkCalendar:
    """The shipped calendar as it was before the notice of the year after `year`."""
    return calendar_of("cn", [found for found in shipped_years() if found.year <= year])


def with_calendar(spec: Spec[State], calendar: WorkCalendar) -> Spec[State]:
    spec.facts["calendar/cn"] = CalendarKnown(calendar=calendar)  # type: ignore[index]  # the world's own dict
    return spec


def risk_deadline(spec: Spec[State]) -> Deadline:
    found = [deadline for deadline in in_force(spec).deadlines.values() if deadline.kind == "risk_answer"]
    return found[0]


YEAR_END: Instant = "2025-12-30T02:00:00.000Z"


def test_r_403_a_provisional_deadline_does_not_fire() -> None:
    spec = notified(known_until(2025), YEAR_END)
    assert risk_deadline(spec).derivation.provisional
    elapsed(spec, "risk_answer", "R1").then_nothing()


def test_r_403_an_answer_after_a_provisional_due_instant_waits_for_the_year() -> None:
    """Estimated end: Friday 2 January 2026. The notice of 2026 makes it a holiday, so the 4th, worked, is the end."""
    spec = notified(known_until(2025), YEAR_END)
    assert risk_deadline(spec).derivation.last_day == date(2026, 1, 2)
    spec.at("2026-01-04T02:00:00.000Z").when(answer(), actor=C_MANAGER, key="k1").conditional("R-403")
    assert spec.event(RiskAnswerConditional).key == "k1"
    spec.after().when(answer(), actor=C_MANAGER).then_nothing()
    with_calendar(spec, load_shipped())
    spec.when(RecomputeDeadline(deadline_id=risk_deadline(spec).deadline_id))
    spec.then_types(DeadlineMoved, RiskAnswered, DeadlineMet)
    assert spec.event(DeadlineMoved).reason == "calendar_published"
    assert spec.event(RiskAnswered).in_time
    (final,) = spec.decision.final_answers
    assert (final.key, final.outcome) == ("k1", Outcome(data={"in_time": "true"}))


def test_r_403_an_answer_that_turns_out_late_is_late() -> None:
    spec = notified(known_until(2025), YEAR_END)
    spec.at("2026-01-05T02:00:00.000Z").when(answer(), actor=C_MANAGER).after()
    with_calendar(spec, load_shipped())
    spec.when(RecomputeDeadline(deadline_id=risk_deadline(spec).deadline_id)).then_types(DeadlineMoved, RiskAnswered)
    assert not spec.event(RiskAnswered).in_time


def amended(day: date, kind: str) -> WorkCalendar:
    """2025 with one more exception."""
    years = [found for found in shipped_years() if found.year <= 2025]
    last = years[-1]
    extra = DayException(date=day, kind=kind)  # type: ignore[arg-type]
    days = tuple(sorted((*last.days, extra), key=lambda found: found.date))
    return calendar_of("cn", [*years[:-1], CalendarYear(year=2025, days=days, source="test")])


def test_r_404_an_amended_calendar_extends_a_running_period() -> None:
    spec = notified(known_until(2025))
    with_calendar(spec, amended(date(2025, 9, 29), "holiday_block"))
    deadline = risk_deadline(spec)
    spec.when(RecomputeDeadline(deadline_id=deadline.deadline_id)).then_types(DeadlineMoved)
    moved = spec.event(DeadlineMoved)
    assert (moved.reason, moved.deadline.derivation.last_day) == ("calendar_amended", date(2025, 9, 30))
    spec.after().when(RecomputeDeadline(deadline_id=deadline.deadline_id)).then_nothing()


def test_r_404_an_amended_calendar_never_shortens_a_firm_period() -> None:
    """Notified on the 25th: the end on Sunday the 28th, a day that is worked. Before, it was a plain rest day."""
    before = known_until(2025)
    years = [*before.years[:-1], replace(before.years[-1], days=_without_28_september(before))]
    spec = notified(calendar_of("cn", years), "2025-09-25T03:00:00.000Z")
    assert risk_deadline(spec).derivation.last_day == date(2025, 9, 29)
    with_calendar(spec, before)
    spec.when(RecomputeDeadline(deadline_id=risk_deadline(spec).deadline_id))
    moved = spec.event(DeadlineMoved)
    assert (moved.reason, moved.deadline.derivation.last_day) == ("calendar_kept", date(2025, 9, 29))
    assert moved.deadline.derivation.calendar_version == before.version


def _without_28_september(calendar: WorkCalendar) -> tuple[DayException, ...]:
    return tuple(day for day in calendar.years[-1].days if day.date != date(2025, 9, 28))


def test_a_deadline_under_an_old_calendar_is_computed_anew_instead_of_firing() -> None:
    spec = notified(known_until(2025))
    with_calendar(spec, amended(date(2025, 9, 29), "holiday_block"))
    elapsed(spec, "risk_answer", "R1").then_types(DeadlineMoved)
