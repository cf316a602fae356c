"""Who may act: parties, sides, dated roles, and appointments that are still on their way (R-072, R-422..R-427)."""

from __future__ import annotations

from msgspec.structs import replace

from services.acceptance.domain.communications.events import CommunicationRecorded, CommunicationWithoutEffect
from services.acceptance.domain.conditional.events import ActConditional, ActDecided, ListedForReview
from services.acceptance.domain.discrepancies.commands import StartRework
from services.acceptance.domain.discrepancies.events import DiscrepanciesRaised
from services.acceptance.domain.discrepancies.state import DiscrepancyOpen
from services.acceptance.domain.errors import ActForOtherSide, ContractNotArrived
from services.acceptance.domain.review.events import ItemAccepted, WarningRecorded
from services.acceptance.domain.review.state import Accepted
from services.acceptance.domain.settlement.events import InvoiceRequested
from shared.deadlines.model import DeadlineHeld, DeadlineLapsed, DeadlineMet, DeadlineSet
from shared.public_events.contracts import RoleAppointed, RoleRevoked
from tests.unit.acceptance.samples import (
    ACCEPTOR,
    COLLEAGUE,
    CONTRACT,
    CUSTOMER_PM,
    ENGINEER,
    PROVIDER_PM,
    REPLY,
    START,
    STRANGER,
    Story,
    alibaba_1,
    alibaba_25,
    holder,
    notice,
    signed,
    submission,
)

DUE = "2026-03-09T16:00:00.000Z"


def report() -> Story:
    return signed(alibaba_25()).submitted("tuning", "tuning-report")


def test_r_426_an_organisation_that_is_no_party_is_refused_and_not_recorded() -> None:
    report().does(STRANGER, notice(), "tuning").refuses(ContractNotArrived)


def test_r_423_nobody_acts_for_the_other_side() -> None:
    report().accepts("tuning", "signature", PROVIDER_PM).refuses(ActForOtherSide)
    report().does(PROVIDER_PM, notice(), "tuning").refuses(ActForOtherSide)
    signed(alibaba_25()).does(CUSTOMER_PM, submission("tuning-report"), "tuning").refuses(ActForOtherSide)
    report().does(ACCEPTOR, StartRework(), "tuning").refuses(ActForOtherSide)


def test_r_072_only_the_acceptor_accepts() -> None:
    story = report().accepts("tuning", "signature", CUSTOMER_PM, "2026-03-04T01:00:00.000Z").conditional("R-427")
    story.after().settled("2026-03-04T01:00:00.000Z")
    story.then_types(CommunicationWithoutEffect, ActDecided)
    assert story.event(CommunicationWithoutEffect).rule == "R-426"
    assert story.decision.final_answers[0].outcome.code == "WRONG_PERSON"


def test_r_427_an_answer_that_is_known_already_spares_the_wait() -> None:
    story = report().settled("2026-03-04T01:00:00.000Z").after()
    story.accepts("tuning", "signature", COLLEAGUE, "2026-03-04T00:00:00.000Z").without_effect("R-426")


def test_r_401_the_acceptor_was_appointed_minutes_before_his_notice() -> None:
    story = report().does(COLLEAGUE, notice(), "tuning", "2026-03-09T15:30:00.000Z").then_types(ActConditional).after()
    held = story.elapses(story.running("review"), at="2026-03-09T16:05:00.000Z").after()
    held.at("2026-03-09T15:20:00.000Z").appointed(COLLEAGUE, "customer", "acceptor")
    held.then_types(DiscrepanciesRaised, DeadlineMet, DeadlineSet, ActDecided)
    (answer,) = held.decision.final_answers
    assert (answer.subject, answer.outcome.kind) == ("qian", "done")
    recorded = held.decision.events[0]
    assert recorded.effective_at == "2026-03-09T15:30:00.000Z"
    assert recorded.actor is not None
    assert (recorded.actor.subject, recorded.actor.role, recorded.actor.side) == ("qian", "acceptor", "customer")


def test_r_427_an_appointment_recorded_after_the_act_does_not_count() -> None:
    story = report().did(COLLEAGUE, notice(), "tuning", "2026-03-04T01:00:00.000Z")
    story.at("2026-03-04T01:00:01.000Z").appointed(COLLEAGUE, "customer", "acceptor").then_nothing()
    story.after().settled("2026-03-04T01:00:00.000Z").then_types(CommunicationWithoutEffect, ActDecided)


def test_r_427_an_appointment_that_is_dated_back_does_not_count_before_its_recording() -> None:
    story = report().did(COLLEAGUE, notice(), "tuning", "2026-03-04T01:00:00.000Z")
    dated_back = RoleAppointed(contract=CONTRACT, holder=holder(COLLEAGUE, "customer", "acceptor", START))
    story.at("2026-03-04T01:00:00.001Z").receive(dated_back).then_nothing()
    story.after().settled("2026-03-04T01:00:00.000Z").then_types(CommunicationWithoutEffect, ActDecided)
    assert story.decision.final_answers[0].outcome.code == "WRONG_PERSON"


def test_r_401_a_due_deadline_waits_for_an_older_act_whose_person_is_not_known() -> None:
    story = report().did(COLLEAGUE, notice(), "tuning", "2026-03-09T15:30:00.000Z")
    story.elapses(story.running("review")).then_types(DeadlineHeld).after()
    # The answer to the deadline's question covers the act as well: both are decided, the act first.
    story.settled(DUE).then_types(
        CommunicationWithoutEffect, ActDecided, DeadlineLapsed, ItemAccepted, InvoiceRequested, WarningRecorded
    )


def test_r_401_acts_on_an_item_are_decided_in_the_order_of_their_receipt() -> None:
    story = report().did(COLLEAGUE, notice("先到"), "tuning", "2026-03-04T01:00:00.000Z")
    story.does(ACCEPTOR, notice("后到"), "tuning", "2026-03-04T02:00:00.000Z").conditional("R-401").after()
    story.at("2026-03-03T01:00:00.000Z").appointed(COLLEAGUE, "customer", "acceptor").after()
    found = [discrepancy.finding for discrepancy in story.item("tuning").discrepancies.values()]
    assert found == ["先到", "后到"]
    assert not story.contract.waiting


def test_a_conditional_act_can_end_refused_and_leaves_nothing_else() -> None:
    story = report().did(COLLEAGUE, notice(), "tuning", "2026-03-04T01:00:00.000Z")
    story.accepts("tuning", "signature", at="2026-03-03T23:00:00.000Z").after()
    story.at("2026-03-03T01:00:00.000Z").appointed(COLLEAGUE, "customer", "acceptor").then_types(ActDecided)
    (answer,) = story.decision.final_answers
    assert (answer.outcome.kind, answer.outcome.code, answer.outcome.rule) == (
        "refused",
        "ALREADY_TERMINAL",
        "R-148",
    )
    story.after()
    assert isinstance(story.item("tuning").phase, Accepted)


def test_r_186_a_wrong_person_of_the_customer_still_breaks_the_silence_of_alibaba_1() -> None:
    story = signed(alibaba_1()).submitted("project", "charter", "catalogue", "design")
    training = replace(submission("training"), deliverable="training")
    story.did(PROVIDER_PM, training, "project")
    story.did(COLLEAGUE, notice(), "project", "2026-03-04T01:00:00.000Z").settled("2026-03-04T01:00:00.000Z")
    story.then_types(CommunicationWithoutEffect, CommunicationRecorded, DeadlineMet, ActDecided)


def test_r_074_project_information_comes_from_the_providers_project_manager() -> None:
    story = signed(alibaba_25()).does(ENGINEER, submission("tuning-report"), "tuning").conditional("R-427").after()
    story.settled(story.now).then_types(CommunicationWithoutEffect, ActDecided)


def test_anybody_of_a_party_may_write() -> None:
    story = report()
    story.does(ENGINEER, REPLY).then_types(CommunicationRecorded)
    story.does(COLLEAGUE, replace(REPLY, kind="protest"), "tuning").then_types(CommunicationRecorded)
    assert story.decision.events[0].stream == "item-C1/tuning"
    assert story.does(ENGINEER, REPLY).decision.events[0].stream == "dossier-C1"


class TestRevocation:
    def test_r_427_an_act_after_a_recorded_revocation_does_not_count(self) -> None:
        story = report().at("2026-03-04T01:00:00.000Z").receive(revoked()).after()
        story.does(ACCEPTOR, notice(), "tuning", "2026-03-04T02:00:00.000Z").conditional("R-427")

    def test_r_427_an_act_decided_on_a_role_that_had_been_revoked_is_listed_not_undone(self) -> None:
        story = report().did(ACCEPTOR, notice(), "tuning", "2026-03-04T02:00:00.000Z")
        story.at("2026-03-04T01:00:00.000Z").receive(revoked()).then_types(ListedForReview)
        listed = story.event(ListedForReview)
        raised = next(event for event in story.history if isinstance(event.data, DiscrepanciesRaised))
        assert (listed.cited_event, listed.rule) == (raised.event_id, "R-427")
        assert isinstance(story.after().item("tuning").phase, DiscrepancyOpen)

    def test_r_427_an_act_before_the_revocation_stands(self) -> None:
        story = report().did(ACCEPTOR, notice(), "tuning", "2026-03-04T02:00:00.000Z")
        story.at("2026-03-05T01:00:00.000Z").receive(revoked()).then_nothing()

    def test_r_427_a_revocation_that_is_dated_back_works_from_its_recording(self) -> None:
        story = report().did(ACCEPTOR, notice(), "tuning", "2026-03-04T02:00:00.000Z")
        dated_back = replace(holder(ACCEPTOR, "customer", "acceptor"), held_to="2026-03-03T00:00:00.000Z")
        story.at("2026-03-05T01:00:00.000Z").receive(RoleRevoked(contract=CONTRACT, holder=dated_back)).then_nothing()
        story.after().does(ACCEPTOR, notice("又一项"), "tuning", "2026-03-05T02:00:00.000Z").conditional("R-427")


def revoked() -> RoleRevoked:
    return RoleRevoked(contract=CONTRACT, holder=holder(ACCEPTOR, "customer", "acceptor"))
