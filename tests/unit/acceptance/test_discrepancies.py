"""Notice, answer, agreement, rework and re-review (section I, R-142, R-156, R-157, R-159)."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from services.acceptance.domain.communications.events import CommunicationWithoutEffect
from services.acceptance.domain.discrepancies.commands import CloseDiscrepancy, StartRework
from services.acceptance.domain.discrepancies.errors import (
    CorrectionInThePast,
    DiscrepancyUnknown,
    NoDiscrepancyOpen,
    NotAnswered,
    PlanNotAgreed,
    WorkNotListed,
)
from services.acceptance.domain.discrepancies.events import (
    DiscrepanciesAnswered,
    DiscrepanciesRaised,
    DiscrepancyClosed,
    Resubmitted,
    ReworkStarted,
    TreatmentAgreed,
)
from services.acceptance.domain.discrepancies.state import DiscrepancyOpen, PlanAgreed, Rework
from services.acceptance.domain.discussion.errors import NeedsAgreementOfBoth
from services.acceptance.domain.errors import AlreadyTerminal
from services.acceptance.domain.escalation.events import OverdueFlagged
from services.acceptance.domain.review.errors import DiscrepanciesOpen, NotUnderReview
from services.acceptance.domain.review.events import ItemAccepted, ReviewStarted
from services.acceptance.domain.review.state import UnderReview
from shared.deadlines.model import DeadlineLapsed, DeadlineMet, DeadlineSet
from tests.unit.acceptance.rounds import (
    ITEM,
    agreed,
    agrees,
    answers,
    discussed,
    objected,
    re_reviewed,
    resubmits,
    reviewed,
)
from tests.unit.acceptance.samples import (
    ACCEPTOR,
    CUSTOMER_PM,
    PROVIDER_PM,
    alibaba_1,
    alibaba_25,
    notice,
    signed,
)


class TestNotice:
    def test_r_170_each_aspect_is_one_discrepancy(self) -> None:
        story = reviewed().does(ACCEPTOR, notice("反压", "延迟"), ITEM)
        raised = story.event(DiscrepanciesRaised).discrepancies
        assert [(found.discrepancy_id, found.finding, found.state) for found in raised] == [
            ("d1", "反压", "open"),
            ("d2", "延迟", "open"),
        ]

    def test_r_172_the_providers_ten_working_days_start_with_the_notice(self) -> None:
        deadline = objected().running("response").deadline
        assert (deadline.timer, deadline.rule, deadline.side, deadline.legal_effect) == (
            "T-12",
            "R-172",
            "provider",
            False,
        )
        assert deadline.derivation.due_at == "2026-03-17T16:00:00.000Z"

    def test_r_074_the_customers_project_manager_can_notify(self) -> None:
        reviewed().does(CUSTOMER_PM, notice(), ITEM).then_types(DiscrepanciesRaised, DeadlineMet, DeadlineSet)

    def test_r_179_without_a_requirement_or_a_finding_it_is_no_discrepancy(self) -> None:
        reviewed().does(ACCEPTOR, notice("  "), ITEM).without_effect("R-179")

    def test_r_179_the_precise_aspects_of_a_notice_count(self) -> None:
        story = reviewed().does(ACCEPTOR, notice(" ", "延迟"), ITEM)
        assert len(story.event(DiscrepanciesRaised).discrepancies) == 1
        assert story.event(CommunicationWithoutEffect).rule == "R-179"
        assert story.decision.outcome.kind == "done"

    def test_r_171_aspects_can_be_added_inside_the_review_period_only(self) -> None:
        story = objected()
        story.does(ACCEPTOR, notice("反压"), ITEM).then_nothing()
        story.does(ACCEPTOR, notice("乱序"), ITEM, "2026-03-09T15:59:59.999Z").then_types(DiscrepanciesRaised)
        assert story.event(DiscrepanciesRaised).discrepancies[0].discrepancy_id == "d3"
        story.does(ACCEPTOR, notice("乱序"), ITEM, "2026-03-09T16:00:00.000Z").without_effect("R-171")

    def test_a_notice_needs_a_review_and_cannot_follow_on_acceptance(self) -> None:
        signed(alibaba_25()).does(ACCEPTOR, notice(), ITEM).refuses(NotUnderReview)
        agreed().does(ACCEPTOR, notice(), ITEM).refuses(NotUnderReview)
        reviewed().accepts(ITEM, "signature").after().does(ACCEPTOR, notice(), ITEM).refuses(AlreadyTerminal)
        discussed().does(ACCEPTOR, notice(), ITEM).refuses(NeedsAgreementOfBoth)

    def test_an_item_with_open_discrepancies_is_not_accepted(self) -> None:
        objected().accepts(ITEM, "signature").refuses(DiscrepanciesOpen)
        agreed().accepts(ITEM, "signature").refuses(DiscrepanciesOpen)
        discussed().accepts(ITEM, "signature").refuses(NeedsAgreementOfBoth)


class TestAnswerAndAgreement:
    def test_r_172_an_answer_may_come_in_parts_and_be_changed_until_it_is_agreed(self) -> None:
        story = objected().does(PROVIDER_PM, answers("d1"), ITEM)
        assert story.event(DiscrepanciesAnswered).complete is False
        story.after().does(PROVIDER_PM, answers("d1"), ITEM).then_nothing()
        story.does(PROVIDER_PM, answers("d1", day=date(2026, 3, 11)), ITEM).then_types(DiscrepanciesAnswered).after()
        story.does(PROVIDER_PM, answers("d2"), ITEM)
        assert story.event(DiscrepanciesAnswered).complete is True

    def test_r_172_an_answer_names_an_open_discrepancy_and_a_date_to_come(self) -> None:
        story = objected()
        story.does(PROVIDER_PM, answers("d9"), ITEM).refuses(DiscrepancyUnknown, "/treatments/0/discrepancy")
        past = answers("d1", day=date(2026, 3, 2))
        story.does(PROVIDER_PM, past, ITEM).refuses(CorrectionInThePast, "/treatments/0/correct_by")
        reviewed().does(PROVIDER_PM, answers("d1"), ITEM).refuses(NoDiscrepancyOpen)
        discussed().does(PROVIDER_PM, answers("d1"), ITEM).refuses(NeedsAgreementOfBoth)

    def test_r_156_a_partial_agreement_does_not_stop_the_providers_timer(self) -> None:
        story = objected().did(PROVIDER_PM, answers("d1", "d2"), ITEM)
        story.does(ACCEPTOR, agrees("d1"), ITEM).then_types(TreatmentAgreed).after()
        assert isinstance(story.item(ITEM).phase, DiscrepancyOpen)
        assert story.running("response")
        story.does(ACCEPTOR, agrees("d1"), ITEM).then_nothing()

    def test_r_156_with_the_last_agreement_the_correction_dates_become_deadlines(self) -> None:
        story = objected().did(PROVIDER_PM, answers("d1", "d2"), ITEM).did(ACCEPTOR, agrees("d1"), ITEM)
        story.does(CUSTOMER_PM, agrees("d2"), ITEM)
        story.then_types(TreatmentAgreed, DeadlineMet, DeadlineSet, DeadlineSet).after()
        assert isinstance(story.item(ITEM).phase, PlanAgreed)
        corrections = [running.deadline for running in story.contract.running.values()]
        assert {deadline.subject for deadline in corrections} == {"d1", "d2"}
        assert {deadline.side for deadline in corrections} == {"provider"}
        assert {deadline.derivation.due_at for deadline in corrections} == {"2026-03-13T16:00:00.000Z"}

    def test_r_156_there_is_nothing_to_agree_to_before_an_answer(self) -> None:
        objected().does(ACCEPTOR, agrees("d1"), ITEM).refuses(NotAnswered, "/discrepancies/0")
        objected().does(ACCEPTOR, agrees("d9"), ITEM).refuses(DiscrepancyUnknown, "/discrepancies/0")

    def test_r_173_a_correction_after_a_milestone_needs_change_control(self) -> None:
        terms = alibaba_25()
        milestones = (replace(terms.milestones[0], planned_on=date(2026, 3, 12)),)
        story = signed(replace(terms, milestones=milestones)).submitted(ITEM, "tuning-report")
        story.did(ACCEPTOR, notice(), ITEM).did(PROVIDER_PM, answers("d1"), ITEM)
        story.does(ACCEPTOR, agrees("d1"), ITEM)
        assert story.event(TreatmentAgreed).milestones_affected == ("go-live",)

    def test_r_156_withdrawing_the_last_open_one_completes_the_plan(self) -> None:
        story = objected().did(PROVIDER_PM, answers("d1", "d2"), ITEM).did(ACCEPTOR, agrees("d1"), ITEM)
        story.does(ACCEPTOR, CloseDiscrepancy(discrepancy="d2", how="withdrawn"), ITEM)
        story.then_types(DiscrepancyClosed, TreatmentAgreed, DeadlineMet, DeadlineSet).after()
        assert isinstance(story.item(ITEM).phase, PlanAgreed)


class TestReworkAndReReview:
    def test_r_157_rework_follows_the_agreed_plan(self) -> None:
        objected().does(PROVIDER_PM, StartRework(), ITEM).refuses(PlanNotAgreed)
        story = agreed().does(PROVIDER_PM, StartRework(), ITEM).then_types(ReworkStarted).after()
        assert isinstance(story.item(ITEM).phase, Rework)
        story.does(PROVIDER_PM, StartRework(), ITEM).then_nothing()

    def test_r_157_a_resubmission_lists_what_was_done_about_each_discrepancy(self) -> None:
        agreed().does(PROVIDER_PM, resubmits("d1"), ITEM).refuses(WorkNotListed, "/done")
        objected().does(PROVIDER_PM, resubmits("d1", "d2"), ITEM).refuses(PlanNotAgreed)

    def test_r_174_resubmission_starts_five_working_days_without_silence(self) -> None:
        story = agreed().does(PROVIDER_PM, resubmits("d1", "d2"), ITEM, "2026-03-12T02:00:00.000Z")
        story.then_types(ReworkStarted, Resubmitted, DeadlineMet, DeadlineMet, ReviewStarted, DeadlineSet)
        assert story.event(Resubmitted).submissions[0].version == 2
        deadline = story.event(DeadlineSet).deadline
        assert (deadline.kind, deadline.timer, deadline.rule, deadline.legal_effect) == (
            "re_review",
            "T-13",
            "R-174",
            False,
        )
        assert deadline.derivation.due_at == "2026-03-19T16:00:00.000Z"
        assert story.event(ReviewStarted).silence_accepts is False

    def test_r_192_silence_in_a_re_review_is_overdue_never_acceptance(self) -> None:
        story = re_reviewed()
        story.elapses(story.running("re_review"))
        story.then_types(DeadlineLapsed, OverdueFlagged, DeadlineSet, DeadlineSet).after()
        assert isinstance(story.item(ITEM).phase, UnderReview)

    def test_r_192_silence_passes_by_parameter(self) -> None:
        terms = alibaba_25()
        passing = replace(terms, items=(terms.items[0], replace(terms.items[1], re_review_silence_passes=True)))
        story = signed(passing).submitted(ITEM, "tuning-report").did(ACCEPTOR, notice("反压", "延迟"), ITEM)
        story.did(PROVIDER_PM, answers("d1", "d2"), ITEM).did(ACCEPTOR, agrees("d1", "d2"), ITEM)
        story.did(PROVIDER_PM, resubmits("d1", "d2"), ITEM).lapses("re_review")
        assert story.item(ITEM).is_terminal

    def test_r_159_the_representative_signs_the_re_review(self) -> None:
        story = re_reviewed().accepts(ITEM, "signature")
        assert story.event(ItemAccepted).rule == "R-159"
        assert story.event(ItemAccepted).content[0].version == 2

    def test_r_157_a_discrepancy_can_be_settled_or_withdrawn_once(self) -> None:
        story = re_reviewed().does(ACCEPTOR, CloseDiscrepancy(discrepancy="d1", how="settled"), ITEM)
        story.then_types(DiscrepancyClosed).after()
        story.does(ACCEPTOR, CloseDiscrepancy(discrepancy="d1", how="settled"), ITEM).then_nothing()
        story.does(ACCEPTOR, CloseDiscrepancy(discrepancy="d1", how="withdrawn"), ITEM).refuses(DiscrepancyUnknown)
        story.does(ACCEPTOR, CloseDiscrepancy(discrepancy="d7", how="settled"), ITEM).refuses(DiscrepancyUnknown)

    def test_r_157_closing_one_ends_its_own_correction_only(self) -> None:
        story = agreed().does(ACCEPTOR, CloseDiscrepancy(discrepancy="d1", how="withdrawn"), ITEM)
        assert story.event(DeadlineMet).deadline.subject == "d1"

    def test_r_157_with_everything_settled_the_item_is_reviewed_again_without_silence(self) -> None:
        story = objected("反压").does(ACCEPTOR, CloseDiscrepancy(discrepancy="d1", how="settled"), ITEM)
        story.then_types(DiscrepancyClosed, DeadlineMet, ReviewStarted, DeadlineSet).after()
        assert story.running("re_review").deadline.legal_effect is False
        story.accepts(ITEM, "signature").after()
        assert story.item(ITEM).is_terminal

    def test_without_the_full_flow_the_notice_is_answered_by_a_resubmission(self) -> None:
        story = signed(alibaba_1()).submitted("project", "charter", "catalogue", "design")
        story.does(PROVIDER_PM, resubmits(), "project").refuses(PlanNotAgreed)
