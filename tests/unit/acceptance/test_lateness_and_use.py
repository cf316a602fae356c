"""Lateness without silence (R-145, R-155), acceptance by use (R-190, R-191), after-care (R-246), changes (R-147)."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from services.acceptance.domain.aftercare.events import AfterCareEnded, AfterCareStarted
from services.acceptance.domain.communications.events import CommunicationRecorded, CommunicationWithoutEffect
from services.acceptance.domain.conditional.events import ListedForReview
from services.acceptance.domain.escalation.events import OverdueEscalated, OverdueFlagged, OverdueWithdrawn
from services.acceptance.domain.items.commands import RequestChangeOfAccepted
from services.acceptance.domain.items.errors import NotAcceptedYet
from services.acceptance.domain.items.events import ChangeOfAcceptedRequested
from services.acceptance.domain.review.events import ItemAccepted
from services.acceptance.domain.review.state import Accepted, UnderReview
from services.acceptance.domain.settlement.events import InvoiceRequested
from services.acceptance.domain.use.commands import RecordTrialRun, RecordUse
from services.acceptance.domain.use.errors import NothingToUse, TrialRunContradiction, UseInTheFuture
from services.acceptance.domain.use.events import TrialRunRecorded, UseRecorded
from shared.deadlines.model import DeadlineLapsed, DeadlineMet, DeadlineSet
from shared.public_events.terms import Terms
from tests.unit.acceptance.samples import (
    ACCEPTOR,
    CUSTOMER_PM,
    PROVIDER_PM,
    REPLY,
    Story,
    alibaba_8,
    alibaba_25,
    extension,
    notice,
    signed,
)

DUE = "2026-03-09T16:00:00.000Z"


def reports() -> Story:
    return signed(alibaba_8()).submitted("reports", "kick-off", "survey")


def overdue() -> Story:
    return reports().lapses("review", "reports")


class TestOverdue:
    def test_r_145_a_period_without_a_silence_rule_raises_a_flag_and_accepts_nothing(self) -> None:
        story = reports()
        story.elapses(story.running("review")).then_types(DeadlineLapsed, OverdueFlagged, DeadlineSet, DeadlineSet)
        assert {event.effective_at for event in story.decision.events} == {DUE}
        story.after()
        assert isinstance(story.item("reports").phase, UnderReview)
        assert [flag.side for flag in story.item("reports").overdue] == ["customer"]

    def test_r_155_managers_after_three_working_days_directors_after_five(self) -> None:
        story = overdue()
        steps = sorted(story.contract.running.values(), key=lambda running: running.due_at)
        assert [running.deadline.kind for running in steps] == ["escalation", "escalation"]
        # The period was over at 00:00 of Tuesday 10 March, the trigger day of what follows.
        assert [running.due_at for running in steps] == ["2026-03-13T16:00:00.000Z", "2026-03-17T16:00:00.000Z"]
        assert not any(running.deadline.legal_effect for running in steps)
        story.elapses(steps[0]).then_types(DeadlineLapsed, OverdueEscalated)
        assert story.event(OverdueEscalated).to_roles == ("project_manager",)
        story.after().elapses(steps[1])
        assert story.event(OverdueEscalated).to_roles == ("project_director",)

    def test_r_145_a_late_acceptance_counts_and_takes_the_flag_down(self) -> None:
        story = overdue().accepts("reports", "signature", at="2026-03-20T01:00:00.000Z")
        story.then_types(ItemAccepted, DeadlineMet, DeadlineMet, OverdueWithdrawn)
        assert story.event(OverdueWithdrawn).reason == "act_came_late"

    def test_r_401_an_act_received_in_time_but_decided_later_takes_the_flag_back(self) -> None:
        story = overdue().accepts("reports", "signature", at="2026-03-09T15:59:59.999Z")
        assert story.event(OverdueWithdrawn).reason == "received_in_time"

    def test_r_401_an_extension_agreed_in_time_takes_the_flag_back_and_the_period_runs_on(self) -> None:
        story = overdue().at("2026-03-09T01:00:00.000Z").receive(extension(overdue(), "reports", days=2))
        story.then_types(OverdueWithdrawn, DeadlineMet, DeadlineMet, DeadlineSet).after()
        (running,) = story.contract.running.values()
        assert (running.deadline.kind, running.due_at) == ("review", "2026-03-11T16:00:00.000Z")

    def test_r_114_an_extension_agreed_when_the_flag_is_up_takes_it_down_where_it_reaches_further(self) -> None:
        """The review ended with Monday the 9th; five days more end with Saturday the 14th, which rolls to the 16th."""
        story = overdue().at("2026-03-11T01:00:00.000Z").receive(extension(overdue(), "reports", days=5))
        story.then_types(OverdueWithdrawn, DeadlineMet, DeadlineMet, DeadlineSet).after()
        (running,) = story.contract.running.values()
        assert (running.deadline.kind, running.due_at) == ("review", "2026-03-16T16:00:00.000Z")
        story.lapses("review", "reports")
        assert [flag.due_at for flag in story.item("reports").overdue] == ["2026-03-16T16:00:00.000Z"]

    def test_r_114_an_extension_that_is_over_when_it_is_agreed_is_for_people_to_look_at(self) -> None:
        """Two days more end with the 11th; agreed on the 12th."""
        story = overdue().at("2026-03-12T01:00:00.000Z").receive(extension(overdue(), "reports", days=2))
        story.then_types(ListedForReview).after()
        assert len(story.item("reports").overdue) == 1

    def test_a_late_objection_counts_where_silence_has_no_effect(self) -> None:
        story = overdue().does(ACCEPTOR, notice(), "reports", "2026-03-20T01:00:00.000Z")
        assert story.event(OverdueWithdrawn).reason == "act_came_late"
        assert story.decision.outcome.kind == "done"


def under_review(agreed: Terms | None = None) -> Story:
    return signed(agreed or alibaba_25()).submitted("tuning", "tuning-report")


def use(at: str) -> RecordUse:
    return RecordUse(used_at=at, description="接入生产大屏", evidence_sha256="4" * 64)


class TestUse:
    def test_r_190_use_accepts_when_it_happened_even_if_recorded_later(self) -> None:
        story = under_review().does(PROVIDER_PM, use("2026-03-03T08:00:00.000Z"), "tuning", "2026-03-06T01:00:00.000Z")
        story.then_types(UseRecorded, ItemAccepted, DeadlineMet, InvoiceRequested)
        assert story.event(ItemAccepted).basis == "use"
        story.after()
        phase = story.item("tuning").phase
        assert isinstance(phase, Accepted)
        assert phase.effective_at == "2026-03-03T08:00:00.000Z"

    def test_r_190_also_while_a_discrepancy_is_open_and_by_either_side(self) -> None:
        story = under_review().did(ACCEPTOR, notice(), "tuning").at("2026-03-04T01:00:00.000Z")
        story.does(CUSTOMER_PM, use("2026-03-03T08:00:00.000Z"), "tuning").then_types(
            UseRecorded, ItemAccepted, DeadlineMet, InvoiceRequested
        )

    def test_r_144_other_profiles_know_no_acceptance_by_use(self) -> None:
        story = reports().does(PROVIDER_PM, use("2026-03-03T08:00:00.000Z"), "reports", "2026-03-03T09:00:00.000Z")
        story.without_effect("R-144")

    def test_r_190_use_is_a_past_fact_about_something_delivered(self) -> None:
        story = under_review()
        story.does(PROVIDER_PM, use("2026-04-01T00:00:00.000Z"), "tuning").refuses(UseInTheFuture, "/used_at")
        story.does(PROVIDER_PM, use("2026-03-01T00:00:00.000Z"), "tuning").refuses(NothingToUse, "/used_at")
        signed(alibaba_25()).does(PROVIDER_PM, use("2026-03-01T00:00:00.000Z"), "tuning").refuses(NothingToUse)

    def test_r_191_use_in_a_trial_run_is_recorded_but_accepts_nothing(self) -> None:
        story = under_review().did(CUSTOMER_PM, RecordTrialRun(what="started", on=date(2026, 3, 2)))
        story.does(PROVIDER_PM, use("2026-03-03T08:00:00.000Z"), "tuning", "2026-03-04T01:00:00.000Z")
        story.then_types(UseRecorded)
        assert story.decision.outcome.rule == "R-191"
        assert story.event(UseRecorded).in_trial_run
        story.after().did(PROVIDER_PM, RecordTrialRun(what="ended", on=date(2026, 3, 3)))
        story.does(PROVIDER_PM, use("2026-03-03T18:00:00.000Z"), "tuning")
        assert story.event(ItemAccepted).basis == "use"

    @pytest.mark.parametrize(
        ("used_at", "in_trial_run"),
        [
            ("2026-03-03T15:59:59.999Z", False),
            ("2026-03-03T16:00:00.000Z", True),
            ("2026-03-06T15:59:59.999Z", True),
            ("2026-03-06T16:00:00.000Z", False),
        ],
        ids=["the day before", "the first day", "the last day", "the day after"],
    )
    def test_r_191_first_and_last_day_of_a_trial_run_belong_to_it(self, used_at: str, in_trial_run: bool) -> None:
        story = under_review().at("2026-03-06T16:30:00.000Z")
        story.did(CUSTOMER_PM, RecordTrialRun(what="started", on=date(2026, 3, 4)))
        story.did(CUSTOMER_PM, RecordTrialRun(what="ended", on=date(2026, 3, 6)))
        story.does(PROVIDER_PM, use(used_at), "tuning")
        assert story.event(UseRecorded).in_trial_run is in_trial_run
        assert (story.after().item("tuning").state == "accepted") is not in_trial_run

    def test_a_protest_against_use_is_recorded_and_changes_nothing(self) -> None:
        story = under_review().did(PROVIDER_PM, use("2026-03-02T02:00:00.000Z"), "tuning", "2026-03-03T01:00:00.000Z")
        story.does(CUSTOMER_PM, replace(REPLY, kind="protest"), "tuning").then_types(CommunicationRecorded)

    def test_use_recorded_after_acceptance_adds_nothing(self) -> None:
        story = under_review().accepts("tuning", "signature").after().at("2026-03-04T01:00:00.000Z")
        story.does(PROVIDER_PM, use("2026-03-03T08:00:00.000Z"), "tuning").without_effect("R-148")
        story.then_types(CommunicationWithoutEffect)

    def test_r_191_start_and_end_of_a_trial_run_do_not_contradict_each_other(self) -> None:
        ended = RecordTrialRun(what="ended", on=date(2026, 3, 2))
        story = signed(alibaba_25()).does(CUSTOMER_PM, ended).refuses(TrialRunContradiction, "/on")
        started = RecordTrialRun(what="started", on=date(2026, 3, 2))
        story.does(CUSTOMER_PM, replace(started, on=date(2026, 3, 9))).refuses(TrialRunContradiction)
        story.did(CUSTOMER_PM, started).does(PROVIDER_PM, started).then_nothing()
        story.does(PROVIDER_PM, replace(started, on=date(2026, 3, 1))).refuses(TrialRunContradiction)


def phase_confirmed(agreed: Terms | None = None) -> Story:
    story = under_review(agreed).accepts("survey", "joint_confirmation", CUSTOMER_PM).after()
    return story.accepts("survey", "joint_confirmation", PROVIDER_PM).after()


def trial_run(story: Story) -> Story:
    story.did(CUSTOMER_PM, RecordTrialRun(what="started", on=date(2026, 3, 2)))
    return story.did(CUSTOMER_PM, RecordTrialRun(what="ended", on=date(2026, 3, 6)), at="2026-03-06T09:00:00.000Z")


class TestAfterCare:
    def test_r_246_the_warranty_begins_when_acceptance_and_trial_run_are_over(self) -> None:
        story = trial_run(phase_confirmed()).accepts("tuning", "signature", at="2026-03-09T02:00:00.000Z")
        started = story.event(AfterCareStarted)
        assert (started.from_day, started.last_day) == (date(2026, 3, 9), date(2026, 4, 9))
        assert started.report_unsigned is False
        deadline = story.event(DeadlineSet).deadline
        assert (deadline.kind, deadline.timer, deadline.rule, deadline.subject) == (
            "after_care_end",
            "T-31",
            "R-246",
            "warranty",
        )

    def test_r_246_it_waits_for_the_end_of_the_trial_run(self) -> None:
        story = phase_confirmed().did(CUSTOMER_PM, RecordTrialRun(what="started", on=date(2026, 3, 2)))
        story.accepts("tuning", "signature", at="2026-03-04T02:00:00.000Z").after()
        assert not story.contract.care
        story.does(PROVIDER_PM, RecordTrialRun(what="ended", on=date(2026, 3, 6)), at="2026-03-06T02:00:00.000Z")
        story.then_types(TrialRunRecorded, AfterCareStarted, DeadlineSet)
        assert story.event(AfterCareStarted).from_day == date(2026, 3, 6)

    def test_r_246_it_waits_for_the_last_item(self) -> None:
        story = trial_run(under_review()).accepts("tuning", "signature").after()
        assert not story.contract.care

    def test_r_246_where_no_trial_run_was_recorded_both_sides_are_asked_for_five_working_days(self) -> None:
        story = phase_confirmed().accepts("tuning", "signature", at="2026-03-04T02:00:00.000Z").after()
        asked = [known.deadline for known in story.contract.running.values()]
        assert {(known.kind, known.side, known.rule, known.legal_effect) for known in asked} == {
            ("trial_run_answer", "customer", "R-246", True),
            ("trial_run_answer", "provider", "R-246", True),
        }
        assert {known.derivation.due_at for known in asked} == {"2026-03-11T16:00:00.000Z"}
        assert not story.contract.care

    def test_r_246_without_an_answer_the_warranty_starts_with_the_acceptance(self) -> None:
        story = phase_confirmed().accepts("tuning", "signature", at="2026-03-04T02:00:00.000Z").after()
        for running in tuple(story.contract.running.values()):
            story.elapses(running).after()
        story.settled("2026-03-11T16:00:00.000Z")
        story.then_types(DeadlineLapsed, DeadlineMet, AfterCareStarted, DeadlineSet)
        started = story.event(AfterCareStarted)
        assert (started.from_day, started.last_day) == (date(2026, 3, 4), date(2026, 4, 4))

    def test_r_246_an_answer_in_time_is_waited_for_and_a_late_one_changes_nothing(self) -> None:
        stated = RecordTrialRun(what="started", on=date(2026, 3, 3))
        story = phase_confirmed().accepts("tuning", "signature", at="2026-03-04T02:00:00.000Z").after()
        story.did(PROVIDER_PM, stated, at="2026-03-10T02:00:00.000Z")
        assert not story.contract.running and not story.contract.care
        story.did(CUSTOMER_PM, RecordTrialRun(what="ended", on=date(2026, 3, 16)), at="2026-03-17T02:00:00.000Z")
        assert story.contract.care and story.running("after_care_end").deadline.derivation.last_day == date(2026, 4, 16)
        late = phase_confirmed().accepts("tuning", "signature", at="2026-03-04T02:00:00.000Z").after()
        late.does(PROVIDER_PM, stated, at="2026-03-12T02:00:00.000Z").conditional("R-401").after()
        for running in tuple(late.contract.running.values()):
            late.elapses(running).after()
        late.settled("2026-03-13T00:00:00.000Z").after()
        assert late.running("after_care_end").deadline.derivation.last_day == date(2026, 4, 4)

    def test_r_247_after_deemed_acceptance_it_starts_with_the_deemed_date_without_a_signed_report(self) -> None:
        story = trial_run(phase_confirmed()).lapses("review")
        started = next(event.data for event in story.history if isinstance(event.data, AfterCareStarted))
        assert started.from_day == date(2026, 3, 10)
        assert started.report_unsigned is True

    @pytest.mark.parametrize(("period", "last_day"), [("5d", 14), ("5d!", 14), ("2w", 23)])
    def test_r_011_the_warranty_ends_at_24_00_whatever_the_cutoff_and_is_not_rolled(
        self, period: str, last_day: int
    ) -> None:
        agreed = alibaba_25(cutoff="18:00")
        agreed = replace(agreed, after_care=(replace(agreed.after_care[0], period=period),))
        story = trial_run(phase_confirmed(agreed)).accepts("tuning", "signature", at="2026-03-09T02:00:00.000Z")
        assert story.event(AfterCareStarted).last_day == date(2026, 3, last_day)
        assert story.event(DeadlineSet).deadline.derivation.due_at == f"2026-03-{last_day}T16:00:00.000Z"

    def test_r_445_the_end_of_the_warranty_releases_the_retention(self) -> None:
        story = trial_run(phase_confirmed()).accepts("tuning", "signature", at="2026-03-09T02:00:00.000Z").after()
        story.elapses(story.running("after_care_end"))
        story.then_types(DeadlineLapsed, AfterCareEnded, InvoiceRequested)
        request = story.event(InvoiceRequested)
        assert (request.line.line_id, request.basis) == ("retention", ("warranty_end",))
        assert story.decision.events[-1].effective_at == "2026-04-09T16:00:00.000Z"


def test_r_147_a_wish_to_change_accepted_content_is_a_flag_and_the_acceptance_stays() -> None:
    wish = RequestChangeOfAccepted(reason="增加一个指标")
    under_review().does(ACCEPTOR, wish, "tuning").refuses(NotAcceptedYet)
    story = under_review().accepts("tuning", "signature").after()
    story.does(ACCEPTOR, wish, "tuning").then_types(ChangeOfAcceptedRequested).after()
    assert isinstance(story.item("tuning").phase, Accepted)
    story.does(CUSTOMER_PM, wish, "tuning").then_nothing()
