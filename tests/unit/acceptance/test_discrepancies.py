"""The discrepancy flow: notice, answer, agreement, rework, re-review, discussion, escalation (section I, R-156..R-159)."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from services.acceptance.domain.commands import (
    AgreeTreatment,
    AnswerDiscrepancies,
    CloseDiscrepancy,
    ConcludeDiscussion,
    NewVersion,
    Resubmit,
    StartRework,
    WorkDone,
)
from services.acceptance.domain.errors import (
    AlreadyTerminal,
    CorrectionInThePast,
    DiscrepanciesOpen,
    DiscrepancyUnknown,
    NeedsAgreementOfBoth,
    NoDiscrepancyOpen,
    NotAnswered,
    NotInDiscussion,
    NotUnderReview,
    PlanNotAgreed,
    TakeOutNeedsChange,
    TreatmentsIncomplete,
    WorkNotListed,
)
from services.acceptance.domain.events import (
    ConclusionSigned,
    DiscrepanciesAnswered,
    DiscrepanciesRaised,
    DiscrepancyClosed,
    DiscussionConcluded,
    DiscussionOpened,
    EscalationWithdrawn,
    InvoiceRequested,
    ItemAccepted,
    ItemClosed,
    ItemEscalated,
    OverdueFlagged,
    OverdueWithdrawn,
    Resubmitted,
    ReviewStarted,
    ReworkStarted,
    Treatment,
    TreatmentAgreed,
)
from services.acceptance.domain.state import (
    DiscrepancyOpen,
    Escalated,
    InDiscussion,
    PlanAgreed,
    Rework,
    UnderReview,
)
from shared.deadlines.model import DeadlineLapsed, DeadlineMet, DeadlineSet
from shared.public_events.contracts import ChangeDecided
from tests.unit.acceptance.samples import (
    ACCEPTOR,
    CONTRACT,
    CUSTOMER_DIRECTOR,
    CUSTOMER_PM,
    PROVIDER_DIRECTOR,
    PROVIDER_PM,
    Story,
    alibaba_1,
    alibaba_25,
    file,
    notice,
    signed,
)

ITEM = "tuning"
FRIDAY = date(2026, 3, 13)


def treatment(name: str, day: date = FRIDAY) -> Treatment:
    return Treatment(discrepancy=name, treatment="重新调优", correct_by=day)


def answers(*names: str, day: date = FRIDAY) -> AnswerDiscrepancies:
    return AnswerDiscrepancies(treatments=tuple(treatment(name, day) for name in names))


def agrees(*names: str) -> AgreeTreatment:
    return AgreeTreatment(discrepancies=names)


def resubmits(*names: str, content: str = "v2") -> Resubmit:
    version = NewVersion(deliverable="tuning-report", files=(file("tuning-report", content),))
    return Resubmit(versions=(version,), done=tuple(WorkDone(discrepancy=name, done="已修改") for name in names))


def reviewed() -> Story:
    return signed(alibaba_25()).submitted(ITEM, "tuning-report")


def objected(*findings: str) -> Story:
    """Two discrepancies are open since Tuesday 3 March."""
    return reviewed().did(ACCEPTOR, notice(*(findings or ("反压", "延迟"))), ITEM, "2026-03-03T02:00:00.000Z")


def agreed() -> Story:
    return objected().did(PROVIDER_PM, answers("d1", "d2"), ITEM).did(CUSTOMER_PM, agrees("d1", "d2"), ITEM)


def re_reviewed() -> Story:
    return agreed().did(PROVIDER_PM, resubmits("d1", "d2"), ITEM, "2026-03-12T02:00:00.000Z")


def discussed() -> Story:
    """The second objection, on Monday 16 March: d1 was found again."""
    return re_reviewed().did(ACCEPTOR, notice("仍有反压", again="d1"), ITEM, "2026-03-16T02:00:00.000Z")


def rework(*names: str) -> ConcludeDiscussion:
    day = date(2026, 3, 27)
    return ConcludeDiscussion(result="rework", treatments=tuple(treatment(name, day) for name in names))


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
        story.does(PROVIDER_PM, answers("d9"), ITEM).refuses(DiscrepancyUnknown, "treatments")
        past = answers("d1", day=date(2026, 3, 2))
        story.does(PROVIDER_PM, past, ITEM).refuses(CorrectionInThePast, "treatments")
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
        objected().does(ACCEPTOR, agrees("d1"), ITEM).refuses(NotAnswered, "discrepancies")
        objected().does(ACCEPTOR, agrees("d9"), ITEM).refuses(DiscrepancyUnknown, "discrepancies")

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
        agreed().does(PROVIDER_PM, resubmits("d1"), ITEM).refuses(WorkNotListed, "done")
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

    def test_r_157_with_everything_withdrawn_the_item_is_reviewed_again_without_silence(self) -> None:
        story = objected("反压").does(ACCEPTOR, CloseDiscrepancy(discrepancy="d1", how="withdrawn"), ITEM)
        story.then_types(DiscrepancyClosed, DeadlineMet, ReviewStarted, DeadlineSet).after()
        story.accepts(ITEM, "signature").after()
        assert story.item(ITEM).is_terminal

    def test_without_the_full_flow_the_notice_is_answered_by_a_resubmission(self) -> None:
        story = signed(alibaba_1()).submitted("project", "charter", "catalogue", "design")
        story.does(PROVIDER_PM, resubmits(), "project").refuses(PlanNotAgreed)


class TestDiscussion:
    def test_r_146_a_second_objection_opens_the_discussion_of_three_working_days(self) -> None:
        story = re_reviewed().does(ACCEPTOR, notice("仍有反压", again="d1"), ITEM, "2026-03-16T02:00:00.000Z")
        story.then_types(DiscussionOpened, DeadlineMet, DeadlineSet)
        deadline = story.event(DeadlineSet).deadline
        assert (deadline.kind, deadline.timer, deadline.rule) == ("discussion", "T-14", "R-175")
        assert deadline.derivation.due_at == "2026-03-19T16:00:00.000Z"

    def test_r_178_new_aspects_in_a_re_review_are_allowed_and_flagged(self) -> None:
        story = re_reviewed().does(ACCEPTOR, notice("乱码"), ITEM)
        (found,) = story.event(DiscussionOpened).discrepancies
        assert (found.discrepancy_id, found.new_in_re_review) == ("d3", True)

    def test_an_aspect_found_again_names_a_known_discrepancy(self) -> None:
        re_reviewed().does(ACCEPTOR, notice("仍有", again="d9"), ITEM).refuses(DiscrepancyUnknown, "aspects")

    def test_r_158_one_side_alone_concludes_nothing(self) -> None:
        story = discussed().does(CUSTOMER_PM, rework("d1"), ITEM).then_types(ConclusionSigned).after()
        story.does(CUSTOMER_PM, rework("d1"), ITEM).then_nothing()
        assert isinstance(story.item(ITEM).phase, InDiscussion)

    def test_r_158_both_sides_agree_on_rework_and_the_next_round_runs_like_the_first(self) -> None:
        story = discussed().did(CUSTOMER_PM, rework("d1"), ITEM)
        story.does(PROVIDER_PM, rework("d1"), ITEM)
        story.then_types(ConclusionSigned, DiscussionConcluded, DeadlineMet, DeadlineSet).after()
        assert isinstance(story.item(ITEM).phase, PlanAgreed)
        assert {signature.side for signature in story.history[-3].data.decided_by} == {"customer", "provider"}  # type: ignore[attr-defined]
        story.did(PROVIDER_PM, resubmits("d1", content="v3"), ITEM)
        phase = story.item(ITEM).phase
        assert isinstance(phase, UnderReview)
        assert phase.round == 3

    def test_r_425_different_conclusions_are_no_agreement(self) -> None:
        story = discussed().did(CUSTOMER_PM, rework("d1"), ITEM)
        story.does(PROVIDER_PM, ConcludeDiscussion(result="accept_as_is"), ITEM).then_types(ConclusionSigned)

    def test_r_158_accepted_as_it_is_by_both(self) -> None:
        as_is = ConcludeDiscussion(result="accept_as_is")
        story = discussed().did(PROVIDER_PM, as_is, ITEM).does(CUSTOMER_PM, as_is, ITEM)
        story.then_types(ConclusionSigned, DiscussionConcluded, ItemAccepted, DeadlineMet, InvoiceRequested)
        assert story.event(ItemAccepted).rule == "R-158"
        assert len(story.event(ItemAccepted).signatures) == 2

    def test_r_158_taken_out_by_an_approved_change_only(self) -> None:
        out = ConcludeDiscussion(result="take_out", change="CR-1")
        story = discussed().does(PROVIDER_PM, out, ITEM).refuses(TakeOutNeedsChange, "change")
        story.receive(ChangeDecided(contract=CONTRACT, change="CR-1", decision="approved")).after()
        story.did(PROVIDER_PM, out, ITEM).does(CUSTOMER_PM, out, ITEM)
        story.then_types(ConclusionSigned, DiscussionConcluded, ItemClosed, DeadlineMet).after()
        story.does(PROVIDER_PM, out, ITEM).refuses(AlreadyTerminal)

    def test_r_158_a_conclusion_to_rework_treats_exactly_what_is_open(self) -> None:
        discussed().does(CUSTOMER_PM, rework("d1", "d2"), ITEM).refuses(TreatmentsIncomplete, "treatments")
        discussed().does(CUSTOMER_PM, rework(), ITEM).refuses(TreatmentsIncomplete)
        reviewed().does(CUSTOMER_PM, rework(), ITEM).refuses(NotInDiscussion)


class TestEscalation:
    def test_r_176_no_answer_in_ten_working_days_is_overdue_and_escalated(self) -> None:
        story = objected()
        story.elapses(story.running("response"))
        story.then_types(DeadlineLapsed, OverdueFlagged, ItemEscalated).after()
        assert story.item(ITEM).overdue[0].side == "provider"
        assert isinstance(story.item(ITEM).phase, Escalated)
        story.does(PROVIDER_PM, answers("d1"), ITEM).without_effect("R-176")

    def test_r_176_answered_but_not_agreed_is_escalated_without_blame(self) -> None:
        story = objected().did(PROVIDER_PM, answers("d1", "d2"), ITEM)
        story.elapses(story.running("response")).then_types(DeadlineLapsed, ItemEscalated)
        assert story.event(ItemEscalated).reason == "no_agreement"

    def test_r_176_a_failed_discussion_is_escalated(self) -> None:
        story = discussed().lapses("discussion")
        phase = story.item(ITEM).phase
        assert isinstance(phase, Escalated)
        assert phase.reason == "discussion_failed"

    def test_r_176_a_third_objection_is_for_the_directors(self) -> None:
        story = discussed().did(CUSTOMER_PM, rework("d1"), ITEM).did(PROVIDER_PM, rework("d1"), ITEM)
        story.did(PROVIDER_PM, resubmits("d1", content="v3"), ITEM)
        story.does(ACCEPTOR, notice("还是反压", again="d1"), ITEM)
        story.then_types(DiscussionOpened, DeadlineMet, ItemEscalated)
        assert story.event(ItemEscalated).reason == "third_round"

    def test_r_158_after_escalation_the_directors_decide(self) -> None:
        story = discussed().lapses("discussion").at("2026-03-20T08:00:00.000Z")
        story.does(CUSTOMER_PM, rework("d1"), ITEM).conditional("R-427")
        story.did(CUSTOMER_DIRECTOR, rework("d1"), ITEM).did(PROVIDER_DIRECTOR, rework("d1"), ITEM)
        assert isinstance(story.item(ITEM).phase, PlanAgreed)

    def test_r_401_an_answer_received_in_time_but_decided_later_takes_the_escalation_back(self) -> None:
        story = objected("反压").lapses("response")
        story.does(PROVIDER_PM, answers("d1", day=date(2026, 3, 20)), ITEM, "2026-03-17T15:00:00.000Z")
        story.then_types(EscalationWithdrawn, DiscrepanciesAnswered, ItemEscalated).after()
        story.does(ACCEPTOR, agrees("d1"), ITEM, "2026-03-17T15:30:00.000Z")
        story.then_types(EscalationWithdrawn, TreatmentAgreed, OverdueWithdrawn, DeadlineSet).after()
        assert story.history[-2].data.reason == "received_in_time"  # type: ignore[attr-defined]
        assert isinstance(story.item(ITEM).phase, PlanAgreed)
        assert not story.item(ITEM).overdue

    def test_r_156_a_missed_correction_date_is_overdue_until_the_resubmission(self) -> None:
        story = agreed()
        for running in tuple(story.contract.running.values()):
            story.elapses(running).then_types(DeadlineLapsed, OverdueFlagged).after()
        story.did(PROVIDER_PM, resubmits("d1", "d2"), ITEM)
        assert not story.item(ITEM).overdue
        reasons = {event.data.reason for event in story.history if isinstance(event.data, OverdueWithdrawn)}
        assert reasons == {"act_came_late"}
