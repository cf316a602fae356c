"""What follows from acceptance: milestones met or late (T-35), completion (R-322), answers to "settled through"."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from services.contracts.domain.deadlines import open_deadline
from services.contracts.domain.periods.events import SettledThrough, SettlementAsked
from services.contracts.domain.progress.events import ContractCompleted
from services.contracts.domain.schedule.commands import DelayBody, ExplainDelay
from services.contracts.domain.schedule.errors import MilestoneNotLate
from services.contracts.domain.schedule.events import DelayExplained, MilestoneReached
from services.contracts.domain.schedule.terms import fulfilled_at
from services.contracts.domain.state import Completed, Signed
from services.contracts.publishing import rows, to_public
from shared.deadlines.commands import DeadlineElapsed
from shared.deadlines.model import Deadline, DeadlineLapsed, DeadlineMet
from shared.kernel.instants import Instant
from shared.public_events import contracts as public
from shared.public_events.acceptance import ActConditional, Closed, ReviewStarted, Voided
from shared.public_events.deadlines import DeadlineHasLapsed, DeadlineIsDue
from tests.unit.contracts.world import (
    C_MANAGER,
    C_STAFF,
    CONTRACT,
    P_MANAGER,
    accepted,
    elapsed,
    in_force,
    signed,
    submitted,
)

SOON: Instant = "2025-09-26T02:00:00.000Z"
LATE: Instant = "2025-11-20T02:00:00.000Z"


def test_alibaba_8_a_milestone_is_met_when_its_report_is_submitted() -> None:
    spec = signed("alibaba-8").at(SOON).receive(submitted("start-report", "reports"), source="acceptance")
    spec.then_types(MilestoneReached, DeadlineMet)
    assert spec.event(MilestoneReached).milestone == "m1"
    assert spec.event(MilestoneReached).on_time


def test_a_milestone_is_met_once() -> None:
    spec = signed("alibaba-8").at(SOON).receive(submitted("start-report", "reports"), source="acceptance").after()
    spec.receive(submitted("start-report", "reports"), source="acceptance").then_types()


@pytest.mark.rule("R-311")
def test_alibaba_8_the_last_milestone_is_met_when_both_have_signed() -> None:
    spec = signed("alibaba-8").at(SOON)
    for report in ("start-report", "survey-report", "assessment-report", "improvement-plan"):
        spec.receive(submitted(report, "reports"), source="acceptance").after()
    spec.receive(submitted("acceptance-report", "acceptance-report"), source="acceptance").then_types()
    spec.receive(accepted("reports"), source="acceptance").then_types()
    spec.receive(accepted("acceptance-report"), source="acceptance")
    spec.then_types(MilestoneReached, DeadlineMet, ContractCompleted)
    assert spec.event(MilestoneReached).milestone == "m5"


@pytest.mark.rule("R-132")
def test_alibaba_25_a_phase_is_a_milestone_and_the_report_the_last() -> None:
    spec = signed("alibaba-25").at(SOON)
    spec.receive(accepted("phase-survey"), source="acceptance").then_types(MilestoneReached, DeadlineMet).after()
    spec.receive(submitted("tuning-report", "tuning-report"), source="acceptance").then_types()
    for item in ("phase-tuning", "phase-verification"):
        spec.receive(accepted(item), source="acceptance").after()
    spec.receive(accepted("tuning-report", "silence"), source="acceptance").after()
    assert isinstance(spec.state, Completed)
    assert all(milestone.met_at for milestone in spec.state.milestones.values())


def test_t_35_a_milestone_that_is_not_met_is_flagged_late() -> None:
    spec = signed("alibaba-8")
    elapsed(spec, "milestone", "m1").then_types(DeadlineLapsed)
    assert spec.event(DeadlineLapsed).consequence == "milestone_late"
    spec.after()
    assert in_force(spec).milestones["m1"].late
    messages = to_public(spec.state, spec.history[-1])
    assert [type(message.data) for message in messages] == [DeadlineHasLapsed]


def test_t_35_the_cause_of_lateness_is_recorded_for_each_side() -> None:
    explain = ExplainDelay(milestone="m1", delay=DelayBody(cause="测试环境未开通", cause_side="customer"))
    signed("alibaba-8").when(explain, actor=P_MANAGER).refuses(MilestoneNotLate, "milestone")
    spec = elapsed(signed("alibaba-8"), "milestone", "m1").after()
    spec.when(explain, actor=C_STAFF).without_effect("R-426")
    spec.when(explain, actor=P_MANAGER).then_types(DelayExplained).after()
    spec.when(explain, actor=P_MANAGER).then_nothing()
    spec.when(explain, actor=C_MANAGER).then_types(DelayExplained)


def test_a_late_milestone_is_met_late() -> None:
    spec = elapsed(signed("alibaba-8"), "milestone", "m1").after()
    spec.at(LATE).receive(submitted("start-report", "reports"), source="acceptance").then_types(MilestoneReached)
    assert not spec.event(MilestoneReached).on_time


def test_r_400_on_time_is_a_question_of_effect_and_not_of_hearing_of_it() -> None:
    """The flag of lateness does not wait; a fact that took effect in time withdraws it."""
    spec = signed("alibaba-8")
    fact = submitted("start-report", "reports")
    elapsed(spec, "milestone", "m1").after()
    spec.at(SOON).receive(fact, source="acceptance")
    assert spec.event(MilestoneReached).on_time
    assert not in_force(spec.after()).milestones["m1"].late


def test_a_deadline_that_moved_or_closed_does_not_fire() -> None:
    spec = signed("alibaba-8")
    deadline_id = next(iter(in_force(spec).deadlines))
    spec.when(DeadlineElapsed(deadline_id=deadline_id, due_at=SOON)).then_nothing()
    spec.when(DeadlineElapsed(deadline_id="unknown", due_at=SOON)).then_nothing()


@pytest.mark.rule("R-310")
def test_r_322_a_contract_is_complete_when_every_item_has_ended() -> None:
    spec = signed().at(SOON).receive(accepted("delivery", "silence"), source="acceptance")
    spec.then_types(ContractCompleted).after()
    assert isinstance(spec.state, Completed)
    assert spec.state.completed_at == SOON


def test_r_322_an_item_that_was_taken_out_does_not_stop_completion() -> None:
    spec = signed("alibaba-25").at(SOON)
    for item in ("phase-survey", "phase-tuning", "phase-verification"):
        spec.receive(accepted(item), source="acceptance").after()
    closed = Closed(contract=CONTRACT, item="tuning-report", reason="taken_out")
    spec.receive(closed, source="acceptance").then_types(ContractCompleted)


def test_r_322_a_contract_of_which_nothing_was_accepted_is_not_complete() -> None:
    closed = Closed(contract=CONTRACT, item="delivery", reason="closed_unconfirmed")
    spec = signed().receive(closed, source="acceptance")
    spec.then()
    assert type(spec.after().state) is Signed


def test_a_contract_is_not_complete_while_an_acceptance_is_voided() -> None:
    spec = signed().at(SOON).receive(accepted("delivery"), source="acceptance").after()
    voided = Voided(contract=CONTRACT, item="delivery", voided_event="e", evidence="s")
    spec.receive(voided, source="acceptance")
    assert type(spec.state) is Signed
    spec.receive(accepted("delivery"), source="acceptance").then_types(ContractCompleted)


def test_an_acceptance_that_was_voided_has_no_end_until_it_is_accepted_again() -> None:
    spec = signed("alibaba-25").at(SOON)
    for item in ("phase-survey", "phase-tuning", "phase-verification", "tuning-report"):
        spec.receive(accepted(item), source="acceptance").after()
    spec.receive(Voided(contract=CONTRACT, item="tuning-report", voided_event="e", evidence="s"), source="acceptance")
    spec.receive(submitted("tuning-report", "tuning-report"), source="acceptance").then_types()
    assert type(spec.state) is Signed


def test_r_322_a_contract_is_complete_at_the_end_of_its_last_item_however_late_that_is_heard() -> None:
    spec = signed("alibaba-25").at(SOON)
    for item in ("phase-survey", "phase-tuning"):
        spec.receive(accepted(item), source="acceptance").after()
    spec.at(LATE).receive(accepted("phase-verification"), source="acceptance").after()
    # What took effect earlier is heard of last.
    spec.at(SOON).receive(accepted("tuning-report"), source="acceptance")
    assert spec.decision.events[-1].effective_at == LATE


def test_t_35_a_milestone_of_several_facts_is_reached_with_the_last_of_them() -> None:
    spec = signed("alibaba-25").at(LATE).receive(accepted("phase-survey"), source="acceptance").after()
    spec.at(SOON).receive(accepted("phase-tuning"), source="acceptance").after()
    state = in_force(spec)
    both = replace(state.terms.milestones[0], items=("phase-survey", "phase-tuning"))
    assert fulfilled_at(state, both) == LATE
    assert fulfilled_at(state, replace(both, items=("phase-survey", "tuning-report"))) is None


def test_t_35_a_milestone_is_reached_by_the_submission_of_an_item_or_by_its_end() -> None:
    started = ReviewStarted(contract=CONTRACT, item="tuning-report", round=1, silence_accepts=True)
    spec = signed("alibaba-25").at(SOON).receive(started, source="acceptance").after()
    spec.at(LATE).receive(accepted("tuning-report"), source="acceptance").after()
    term = replace(in_force(spec).terms.milestones[0], items=("tuning-report",))
    assert fulfilled_at(in_force(spec), replace(term, met_when="submitted")) == SOON
    assert fulfilled_at(in_force(spec), replace(term, met_when="accepted")) == LATE


def test_a_milestone_counts_from_the_first_submission_of_a_deliverable() -> None:
    spec = signed("alibaba-8")
    for at in (SOON, LATE):
        spec.at(at).receive(submitted("start-report", "reports"), source="acceptance").after()
    assert in_force(spec).submitted["start-report"] == SOON


def test_t_35_what_is_met_at_the_due_instant_is_late() -> None:
    """The due instant is exclusive (R-401)."""
    for at, on_time in (("2025-09-28T15:59:59.999Z", True), ("2025-09-28T16:00:00.000Z", False)):
        spec = signed("alibaba-8").at(at).receive(submitted("start-report", "reports"), source="acceptance")
        assert spec.event(MilestoneReached).on_time is on_time


def test_a_milestone_counts_from_the_first_review_of_an_item() -> None:
    spec = signed("alibaba-25")
    for at, number in ((SOON, 1), (LATE, 2)):
        started = ReviewStarted(contract=CONTRACT, item="tuning-report", round=number, silence_accepts=True)
        spec.at(at).receive(started, source="acceptance").after()
    assert in_force(spec).items["tuning-report"].submitted_at == SOON


def due_deadline(spec: object) -> Deadline:
    return next(iter(in_force(spec).deadlines.values()))  # type: ignore[arg-type]


def test_r_401_a_due_deadline_is_answered_at_once() -> None:
    spec = signed("alibaba-8").at(LATE)
    question = due_deadline(spec)
    spec.receive(DeadlineIsDue(owner="acceptance", deadline=question), source="acceptance")
    spec.then(
        SettledThrough(contract=CONTRACT, through=question.derivation.due_at, asked_by=question.deadline_id)
    ).after()
    messages = to_public(spec.state, spec.history[-1])
    assert [type(message.data) for message in messages] == [public.SettledThrough]


def test_r_401_a_conditional_act_is_answered_when_no_earlier_request_can_be_on_its_way() -> None:
    """A request that contracts received before the act may still wait for its decision, so the ticker answers."""
    spec = signed().at(SOON)
    act = ActConditional(contract=CONTRACT, item="delivery", act="accept_item", why="role", received_at=SOON)
    spec.receive(act, source="acceptance").then_types(SettlementAsked)
    asked = spec.event(SettlementAsked)
    spec.after()
    (row,) = rows(spec.history[-1])
    assert (row.deadline_id, row.due_at, row.status) == (asked.question, SOON, "armed")
    elapsed_row = DeadlineElapsed(deadline_id=row.deadline_id, due_at=row.due_at)
    spec.when(elapsed_row).then(
        SettledThrough(contract=CONTRACT, through=SOON, asked_by=asked.asked_by, question=asked.question)
    ).after()
    (closed,) = rows(spec.history[-1])
    assert (closed.deadline_id, closed.status) == (asked.question, "closed")
    spec.when(elapsed_row).then_nothing()


def test_r_005_a_milestone_ends_at_the_cut_off_of_its_contract() -> None:
    spec = signed("alibaba-8", cutoff="18:00")
    deadline = open_deadline(in_force(spec), "milestone", "m1")
    assert deadline is not None
    # T+3 is 28 September; 18:00 in Beijing is 10:00 UTC.
    assert deadline.derivation.due_at == "2025-09-28T10:00:00.000Z"


@pytest.mark.rule("R-106")
def test_r_105_the_milestones_of_a_phase_count_from_t_each_by_its_own_days() -> None:
    spec = signed("alibaba-25")
    days = {milestone.milestone_id: milestone.planned_on for milestone in in_force(spec).terms.milestones}
    # T+1, T+6, T+9 and T+13; 1 to 8 October are the National Day block.
    assert days == {
        "m1": date(2025, 9, 26),
        "m2": date(2025, 10, 9),
        "m3": date(2025, 10, 9),
        "m4": date(2025, 10, 9),
    }
