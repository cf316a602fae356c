"""Silence that accepts, and the due instant that decides (R-143, R-185..R-188, R-401, R-403, R-404, R-406)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from services.acceptance.answers import detail
from services.acceptance.domain.communications.events import CommunicationRecorded, CommunicationWithoutEffect
from services.acceptance.domain.conditional.events import ActConditional, ActDecided, ListedForReview
from services.acceptance.domain.discrepancies.commands import Resubmit, WorkDone
from services.acceptance.domain.discrepancies.events import DiscrepanciesRaised
from services.acceptance.domain.discrepancies.state import DiscrepancyOpen
from services.acceptance.domain.review.events import ItemAccepted, WarningRecorded
from services.acceptance.domain.review.state import Accepted, UnderReview
from services.acceptance.domain.settlement.events import InvoiceRequested
from services.acceptance.domain.submission.commands import NewVersion, SubmitDeliverable
from services.acceptance.projections.items import ItemDocument
from shared.deadlines.commands import DeadlineElapsed
from shared.deadlines.model import DeadlineHeld, DeadlineLapsed, DeadlineMet, DeadlineMoved, DeadlineSet
from shared.periods import WorkCalendar
from shared.public_events.notices import NotificationDelivered
from tests.unit.acceptance.samples import (
    ACCEPTOR,
    COLLEAGUE,
    CONTRACT,
    CUSTOMER_PM,
    PROVIDER_PM,
    REPLY,
    Story,
    alibaba_1,
    alibaba_25,
    extension,
    file,
    notice,
    signed,
)

# Received on Monday 2 March; five working days end with Monday 9 March, 24:00 in Beijing.
DUE = "2026-03-09T16:00:00.000Z"
IN_TIME = "2026-03-09T15:59:59.999Z"
LATE = "2026-03-09T16:01:00.000Z"


def full_set(known: WorkCalendar | None = None, at: str = "2026-03-02T01:00:00.000Z") -> Story:
    """Alibaba 1, completely submitted."""
    story = signed(alibaba_1(), known, at).submitted("project", "charter", "catalogue", "design")
    return story.did(PROVIDER_PM, SubmitDeliverable(deliverable="training", note="签到表"), "project")


def report(known: WorkCalendar | None = None, at: str = "2026-03-02T01:00:00.000Z") -> Story:
    """Alibaba 25, its report under review."""
    return signed(alibaba_25(), known, at).submitted("tuning", "tuning-report")


def held(story: Story) -> Story:
    """The review's deadline is due and held; contracts has not answered yet."""
    return story.elapses(story.running("review")).after()


class TestSilenceAccepts:
    def test_r_143_silence_accepts_at_the_due_instant_whenever_it_is_recorded(self) -> None:
        story = full_set()
        story.elapses(story.running("review"), at="2026-03-12T08:00:00.000Z").then_types(DeadlineHeld).after()
        story.settled(DUE)
        story.then_types(DeadlineLapsed, ItemAccepted, InvoiceRequested, WarningRecorded)
        assert {event.effective_at for event in story.decision.events} == {DUE}
        story.after()
        phase = story.item("project").phase
        assert isinstance(phase, Accepted)
        assert (phase.basis, phase.effective_at) == ("silence", DUE)

    def test_r_406_a_deemed_acceptance_cites_receipt_deadline_and_review(self) -> None:
        story = full_set()
        deadline = story.running("review").deadline
        receipts = {event.event_id for event in story.history if event.type == "acceptance.deliverable_submitted.v1"}
        held(story).settled(DUE)
        accepted = story.event(ItemAccepted)
        assert (accepted.deadline, accepted.rule) == (deadline.deadline_id, "R-185")
        assert receipts < set(accepted.grounds)
        story.after()
        lapsed = next(event for event in story.history if isinstance(event.data, DeadlineLapsed))
        assert lapsed.event_id in accepted.grounds
        shown = detail(ItemDocument(item=story.item("project"), organisations=(), version=1, changed_at=DUE))
        assert (shown.basis, shown.grounds) == ("silence", accepted.grounds)

    def test_r_188_a_deemed_acceptance_is_paid_like_any_other(self) -> None:
        story = held(full_set()).settled(DUE)
        request = story.event(InvoiceRequested)
        assert request.basis == ("silence",)
        assert request.items[0].content == story.event(ItemAccepted).content

    def test_r_185_a_profile_without_the_rule_gives_no_deadline_with_legal_effect(self) -> None:
        terms = alibaba_25()
        loud = replace(terms, items=(terms.items[0], replace(terms.items[1], silence=False)))
        story = signed(loud).submitted("tuning", "tuning-report")
        assert story.running("review").deadline.legal_effect is False

    def test_r_401_nothing_fires_before_its_instant_or_twice(self) -> None:
        story = full_set()
        running = story.running("review")
        elapsed = DeadlineElapsed(deadline_id=running.deadline.deadline_id, due_at=running.due_at)
        story.at(IN_TIME).when(elapsed).then_nothing()
        story.at(LATE).when(replace(elapsed, due_at="2026-03-09T15:00:00.000Z")).then_nothing()
        story.when(elapsed).then_types(DeadlineHeld).after()
        story.when(elapsed).then_nothing()
        story.settled(DUE).after()
        story.when(elapsed).then_nothing()
        story.settled(LATE).then_nothing()

    def test_r_401_a_deadline_is_not_fired_by_an_answer_before_the_ticker_has_found_it_due(self) -> None:
        full_set().settled("2026-03-10T00:00:00.000Z").then_nothing()

    def test_r_401_a_question_that_is_answered_already_is_not_waited_for(self) -> None:
        story = full_set().settled("2026-03-10T00:00:00.000Z").after()
        story.elapses(story.running("review"))
        story.then_types(DeadlineHeld, DeadlineLapsed, ItemAccepted, InvoiceRequested, WarningRecorded)


class TestObjectionsDecideByReceipt:
    def test_r_142_an_objection_in_time_stops_the_timer(self) -> None:
        story = report().does(ACCEPTOR, notice(), "tuning", IN_TIME)
        story.then_types(DiscrepanciesRaised, DeadlineMet, DeadlineSet)
        story.after()
        assert isinstance(story.item("tuning").phase, DiscrepancyOpen)

    def test_r_401_in_time_but_decided_while_the_deadline_is_held(self) -> None:
        story = held(report())
        story.does(ACCEPTOR, notice(), "tuning", IN_TIME).then_types(DiscrepanciesRaised, DeadlineMet, DeadlineSet)
        story.after().settled(DUE).then_nothing()

    def test_r_401_exactly_at_the_due_instant_is_late(self) -> None:
        report().does(ACCEPTOR, notice(), "tuning", DUE).conditional("R-401")

    def test_r_401_late_while_the_ticker_is_stopped_waits_and_then_has_no_effect(self) -> None:
        story = report().does(ACCEPTOR, notice(), "tuning", LATE).conditional("R-401")
        story.then_types(ActConditional).after()
        story.settled(LATE).then_nothing()
        story.elapses(story.running("review"))
        story.then_types(
            DeadlineHeld,
            DeadlineLapsed,
            ItemAccepted,
            InvoiceRequested,
            WarningRecorded,
            CommunicationWithoutEffect,
            ActDecided,
        )
        assert story.event(CommunicationWithoutEffect).rule == "R-401"

    def test_r_401_late_while_held_is_answered_under_its_own_key(self) -> None:
        story = held(report()).does(ACCEPTOR, notice(), "tuning", LATE).after()
        story.settled(DUE)
        (answer,) = story.decision.final_answers
        assert (answer.subject, answer.outcome.kind, answer.outcome.rule) == ("lin", "without_effect", "R-401")
        assert "2026-03-09 24:00" in answer.outcome.detail
        story.after()
        assert not story.contract.waiting
        assert isinstance(story.item("tuning").phase, Accepted)

    def test_r_401_late_while_an_earlier_one_in_time_is_still_queued(self) -> None:
        story = held(report()).does(ACCEPTOR, notice("second"), "tuning", LATE).after()
        story.does(ACCEPTOR, notice("first"), "tuning", IN_TIME)
        story.then_types(DiscrepanciesRaised, DeadlineMet, DeadlineSet, CommunicationWithoutEffect, ActDecided)
        assert story.event(CommunicationWithoutEffect).rule == "R-171"
        story.after()
        assert isinstance(story.item("tuning").phase, DiscrepancyOpen)

    def test_r_401_an_extension_agreed_in_time_but_still_on_its_way_moves_the_held_deadline(self) -> None:
        story = held(report()).does(ACCEPTOR, notice(), "tuning", LATE).after()
        story.at(IN_TIME).receive(extension(story, "tuning", days=2))
        story.then_types(DeadlineMoved, DiscrepanciesRaised, DeadlineMet, DeadlineSet, ActDecided)
        moved = story.event(DeadlineMoved)
        assert (moved.reason, moved.old_due_at) == ("extended", DUE)
        assert moved.deadline.derivation.due_at == "2026-03-11T16:00:00.000Z"

    def test_r_401_an_extension_agreed_after_the_end_moves_nothing(self) -> None:
        story = held(report()).at(LATE)
        story.receive(extension(story, "tuning", days=2)).then_types(ListedForReview)

    def test_r_148_an_extension_after_the_deemed_acceptance_is_for_people_to_look_at(self) -> None:
        story = held(report()).settled(DUE).after().at(LATE)
        story.receive(extension(story, "tuning", days=2)).then_types(ListedForReview)

    def test_a_late_acceptance_is_kept_but_silence_has_accepted(self) -> None:
        story = held(report()).accepts("tuning", "signature", at=LATE).conditional("R-401").after()
        story.settled(DUE)
        assert story.event(ItemAccepted).basis == "silence"
        assert story.event(CommunicationWithoutEffect).rule == "R-148"

    def test_r_401_in_time_but_decided_after_the_acceptance_is_recorded_and_told_the_way_out(self) -> None:
        story = held(report()).settled(DUE).after()
        story.does(ACCEPTOR, notice(), "tuning", IN_TIME).without_effect("R-443")
        story.then_types(CommunicationWithoutEffect).after()
        assert isinstance(story.item("tuning").phase, Accepted)


class TestReplies:
    def test_r_186_any_reply_by_anybody_of_the_customer_stops_the_silence_of_alibaba_1(self) -> None:
        story = full_set().does(COLLEAGUE, REPLY, "project", IN_TIME)
        story.then_types(CommunicationRecorded, DeadlineMet).after()
        assert story.item("project").phase == replace(story.item("project").phase, silence=False)
        story.accepts("project", "written", at="2026-03-20T01:00:00.000Z").after()
        assert story.item("project").is_terminal

    def test_r_186_a_late_reply_does_not(self) -> None:
        story = held(full_set()).does(COLLEAGUE, REPLY, "project", LATE).conditional("R-401").after()
        story.settled(DUE)
        assert story.event(CommunicationWithoutEffect).rule == "R-401"

    def test_r_186_a_neutral_reply_does_not_stop_the_silence_of_alibaba_25(self) -> None:
        story = report().does(ACCEPTOR, REPLY, "tuning").then_types(CommunicationRecorded)
        assert story.event(CommunicationRecorded).stopped_silence is False
        held(story.after()).settled(DUE)
        assert story.event(ItemAccepted).basis == "silence"

    def test_r_186_the_provider_cannot_break_the_customers_silence(self) -> None:
        full_set().does(PROVIDER_PM, REPLY, "project").then_types(CommunicationRecorded)

    def test_r_179_a_vague_complaint_is_no_discrepancy_but_stops_where_any_feedback_stops(self) -> None:
        vague = notice(" ")
        story = full_set().does(ACCEPTOR, vague, "project").without_effect("R-179")
        story.then_types(CommunicationWithoutEffect, CommunicationRecorded, DeadlineMet)
        report().does(ACCEPTOR, vague, "tuning").without_effect("R-179").then_types(CommunicationWithoutEffect)

    def test_after_an_objection_in_alibaba_1_silence_accepts_nothing_any_more(self) -> None:
        story = full_set().did(ACCEPTOR, notice(), "project")
        assert not story.contract.running
        version = NewVersion(deliverable="design", files=(file("design", "better"),))
        again = Resubmit(versions=(version,), done=(WorkDone(discrepancy="d1", done="补充数据流设计"),))
        story.did(PROVIDER_PM, again, "project")
        phase = story.item("project").phase
        assert isinstance(phase, UnderReview)
        assert (phase.round, phase.silence) == (2, False)
        assert story.running("re_review").deadline.legal_effect is False


class TestWarnings:
    def test_r_195_without_a_reminder_the_evidence_says_so(self) -> None:
        assert held(full_set()).settled(DUE).event(WarningRecorded).deliveries == ()

    def test_r_195_a_line_in_the_log_warns_nobody(self) -> None:
        """Until December 2026 the notifier called it a delivery; it is in the logs of those days."""
        story = full_set()
        line = replace(_reminder(story, "n0", "2026-03-05T01:00:00.000Z"), channel="log")
        story.receive(line, "notifier").then_nothing()
        held(story).settled(DUE)
        assert story.event(WarningRecorded).deliveries == ()

    def test_r_406_reminders_delivered_in_time_are_the_evidence_of_warning(self) -> None:
        story = full_set()
        story.receive(_reminder(story, "n1", "2026-03-05T01:00:00.000Z"), "notifier").then_nothing()
        story.receive(_reminder(story, "n2", LATE), "notifier")
        held(story).settled(DUE)
        assert story.event(WarningRecorded).deliveries == ("n1",)

    def test_r_406_evidence_that_arrives_later_follows_as_an_event_of_its_own(self) -> None:
        story = full_set()
        reminder = _reminder(story, "n1", "2026-03-09T01:00:00.000Z")
        held(story).settled(DUE).after()
        story.receive(reminder, "notifier").then_types(WarningRecorded)
        assert story.event(WarningRecorded).deliveries == ("n1",)
        story.receive(_reminder(story, "n2", LATE), "notifier").then_nothing()


@pytest.mark.parametrize("body", [REPLY, notice()])
def test_r_401_a_process_that_was_down_over_the_due_instant_changes_nothing(body: object) -> None:
    """The same late act, decided before or after the deadline was found due, ends the same."""
    before = full_set().did(CUSTOMER_PM, body, "project", LATE)  # type: ignore[arg-type]
    held(before).settled(LATE).after()
    after = held(full_set()).settled(DUE).after()
    after.did(CUSTOMER_PM, body, "project", LATE)  # type: ignore[arg-type]
    assert replace(before.item("project"), phase=after.item("project").phase) == after.item("project")
    assert isinstance(before.item("project").phase, Accepted)


def _reminder(story: Story, name: str, at: str) -> NotificationDelivered:
    deadline = next(event.data.deadline.deadline_id for event in story.history if isinstance(event.data, DeadlineSet))
    return NotificationDelivered(
        notice=name,
        contract=CONTRACT,
        item="project",
        deadline=deadline,
        kind="reminder",
        channel="webhook:main",
        recipient="acme",
        content_sha256="3" * 64,
        attempts=1,
        delivered_at=at,
    )
