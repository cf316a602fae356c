"""Discussion, third round and escalation (R-146, R-158, R-175, R-176)."""

from __future__ import annotations

from datetime import date

from services.acceptance.domain.discrepancies.errors import DiscrepancyUnknown
from services.acceptance.domain.discrepancies.events import DiscrepanciesAnswered, TreatmentAgreed
from services.acceptance.domain.discrepancies.state import DiscrepancyOpen, PlanAgreed
from services.acceptance.domain.discussion.commands import ConcludeDiscussion
from services.acceptance.domain.discussion.errors import NotInDiscussion, TakeOutNeedsChange, TreatmentsIncomplete
from services.acceptance.domain.discussion.events import ConclusionSigned, DiscussionConcluded, DiscussionOpened
from services.acceptance.domain.discussion.state import InDiscussion
from services.acceptance.domain.errors import AlreadyTerminal
from services.acceptance.domain.escalation.events import (
    EscalationWithdrawn,
    ItemEscalated,
    OverdueFlagged,
    OverdueWithdrawn,
)
from services.acceptance.domain.escalation.state import Escalated
from services.acceptance.domain.review.events import ItemAccepted, ItemClosed
from services.acceptance.domain.review.state import UnderReview
from services.acceptance.domain.settlement.events import InvoiceRequested
from shared.deadlines.model import DeadlineLapsed, DeadlineMet, DeadlineSet
from shared.public_events.contracts import ChangeDecided
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
    rework,
)
from tests.unit.acceptance.samples import (
    ACCEPTOR,
    CONTRACT,
    CUSTOMER_DIRECTOR,
    CUSTOMER_PM,
    PROVIDER_DIRECTOR,
    PROVIDER_PM,
    extension,
    notice,
)


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
        re_reviewed().does(ACCEPTOR, notice("仍有", again="d9"), ITEM).refuses(
            DiscrepancyUnknown, "/aspects/0/discrepancy"
        )

    def test_r_158_one_side_alone_concludes_nothing(self) -> None:
        story = discussed().does(CUSTOMER_PM, rework("d1"), ITEM).then_types(ConclusionSigned).after()
        story.does(CUSTOMER_PM, rework("d1"), ITEM).then_nothing()
        assert isinstance(story.item(ITEM).phase, InDiscussion)

    def test_r_158_both_sides_agree_on_rework_and_the_next_round_runs_like_the_first(self) -> None:
        story = discussed().did(CUSTOMER_PM, rework("d1"), ITEM)
        story.does(PROVIDER_PM, rework("d1"), ITEM)
        story.then_types(ConclusionSigned, DiscussionConcluded, DeadlineMet, DeadlineSet).after()
        assert isinstance(story.item(ITEM).phase, PlanAgreed)
        concluded = next(event.data for event in story.history if isinstance(event.data, DiscussionConcluded))
        assert {signature.side for signature in concluded.decided_by} == {"customer", "provider"}
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
        story = discussed().does(PROVIDER_PM, out, ITEM).refuses(TakeOutNeedsChange, "/change")
        story.receive(ChangeDecided(contract=CONTRACT, change="CR-1", decision="approved")).after()
        story.did(PROVIDER_PM, out, ITEM).does(CUSTOMER_PM, out, ITEM)
        story.then_types(ConclusionSigned, DiscussionConcluded, ItemClosed, DeadlineMet).after()
        story.does(PROVIDER_PM, out, ITEM).refuses(AlreadyTerminal)

    def test_r_158_a_conclusion_to_rework_treats_exactly_what_is_open(self) -> None:
        discussed().does(CUSTOMER_PM, rework("d1", "d2"), ITEM).refuses(TreatmentsIncomplete, "/treatments")
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
        story.does(PROVIDER_PM, answers("d1", day=date(2026, 3, 20)), ITEM, "2026-03-17T15:10:00.000Z").then_nothing()
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

    def test_r_401_an_extension_agreed_in_time_takes_an_escalation_back_and_the_period_runs_on(self) -> None:
        story = objected("反压").lapses("response").at("2026-03-17T01:00:00.000Z")
        story.receive(extension(story, ITEM, days=3))
        story.then_types(EscalationWithdrawn, OverdueWithdrawn, DeadlineSet).after()
        # The nominal end of Tuesday 17 March moves by three calendar days, to Friday.
        assert story.running("response").due_at == "2026-03-20T16:00:00.000Z"
        story.did(PROVIDER_PM, answers("d1"), ITEM, "2026-03-12T01:00:00.000Z")
        assert isinstance(story.item(ITEM).phase, DiscrepancyOpen)
