"""Submission of deliverables, the start of the review, and explicit acceptance (sections G and H)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from services.acceptance.domain.errors import AlreadyTerminal, ContractNotArrived, ItemUnknown
from services.acceptance.domain.items.state import Planned
from services.acceptance.domain.review.commands import AcceptItem
from services.acceptance.domain.review.errors import NotUnderReview, SignatureOverOtherContent
from services.acceptance.domain.review.events import ItemAccepted, ItemSigned, ReviewStarted
from services.acceptance.domain.review.state import Accepted, UnderReview
from services.acceptance.domain.settlement.events import InvoiceRequested
from services.acceptance.domain.submission.commands import SubmitDeliverable
from services.acceptance.domain.submission.errors import (
    DeliverableNotOfItem,
    EvidenceMissing,
    FileHashMismatch,
    FilesMissing,
    NotOpenForSubmission,
)
from services.acceptance.domain.submission.events import DeliverableSubmitted
from services.acceptance.domain.submission.state import Submitted
from services.acceptance.domain.submission.terms import submission_sha256
from services.acceptance.service import ACCEPTANCE
from shared.deadlines.model import DeadlineMet, DeadlineSet
from shared.testing.spec import Spec
from tests.unit.acceptance.profiles import alibaba_7
from tests.unit.acceptance.samples import (
    ACCEPTOR,
    CUSTOMER_PM,
    PROVIDER_PM,
    Story,
    alibaba_1,
    alibaba_8,
    alibaba_25,
    file,
    signed,
    submission,
)

TRAINING = SubmitDeliverable(deliverable="training", note="签到表 12 人")


def set_but_training() -> Story:
    return signed(alibaba_1()).submitted("project", "charter", "catalogue", "design")


def test_signing_plans_one_item_for_each_term() -> None:
    story = signed(alibaba_25())
    assert {name: type(item.phase) for name, item in story.contract.items.items()} == {
        "survey": Planned,
        "tuning": Planned,
    }


def test_r_128_alternatives_are_one_group_and_unmet_conditions_are_not_needed() -> None:
    assert signed(alibaba_1()).item("project").needs == (
        ("charter", "kick-off"),
        ("catalogue",),
        ("design",),
        ("training",),
    )


def test_an_act_on_an_unknown_contract_is_not_found() -> None:
    Story(ACCEPTANCE, "contract/nothing").does(PROVIDER_PM, submission("charter"), "project").refuses(
        ContractNotArrived
    )


def test_an_act_on_an_unknown_item_is_not_found() -> None:
    signed(alibaba_1()).does(PROVIDER_PM, submission("charter"), "nothing").refuses(ItemUnknown)


def test_r_125_a_submission_records_files_version_hash_and_receipt() -> None:
    story = signed(alibaba_1()).does(PROVIDER_PM, submission("charter"), "project", "2026-03-03T02:00:00.000Z")
    story.then_types(DeliverableSubmitted)
    event = story.event(DeliverableSubmitted)
    assert event.submission.version == 1
    assert event.submission.content_sha256 == submission_sha256((file("charter"),), "")
    assert event.received_at == "2026-03-03T02:00:00.000Z"
    recorded = story.decision.events[0]
    assert recorded.actor is not None
    assert (recorded.actor.role, recorded.actor.side) == ("project_manager", "provider")


def test_r_125_a_new_version_counts_up_and_the_same_content_changes_nothing() -> None:
    story = signed(alibaba_1()).submitted("project", "charter")
    story.does(PROVIDER_PM, submission("charter"), "project").then_nothing()
    story.did(PROVIDER_PM, submission("charter", "better"), "project")
    assert story.item("project").received["charter"].submission.version == 2


def test_the_hash_of_a_submission_ignores_the_order_and_place_of_files() -> None:
    here, there = file("a"), replace(file("a"), location="s3://elsewhere/a.pdf")
    assert submission_sha256((here, file("b")), "") == submission_sha256((file("b"), there), "")
    assert submission_sha256((here,), "") != submission_sha256((here,), "with a note")


def test_r_125_a_stated_hash_that_does_not_fit_is_refused_naming_the_field() -> None:
    wrong = replace(submission("charter"), content_sha256="0" * 64)
    signed(alibaba_1()).does(PROVIDER_PM, wrong, "project").refuses(FileHashMismatch, "/content_sha256")


def test_r_125_a_document_without_a_file_is_refused() -> None:
    body = SubmitDeliverable(deliverable="charter", note="see e-mail")
    signed(alibaba_1()).does(PROVIDER_PM, body, "project").refuses(FilesMissing, "/files")


def test_r_128_a_deliverable_of_another_item_is_refused() -> None:
    signed(alibaba_8()).does(PROVIDER_PM, submission("acceptance-report"), "reports").refuses(DeliverableNotOfItem)


def test_r_134_a_training_is_received_when_its_evidence_is_recorded() -> None:
    story = signed(alibaba_1())
    story.does(PROVIDER_PM, SubmitDeliverable(deliverable="training"), "project").refuses(EvidenceMissing)
    story.does(PROVIDER_PM, TRAINING, "project").then_types(DeliverableSubmitted)


def test_r_129_one_timer_for_the_set_starts_with_the_last_required_deliverable() -> None:
    story = set_but_training()
    assert isinstance(story.item("project").phase, Submitted)
    assert not story.contract.running
    story.does(PROVIDER_PM, TRAINING, "project", at="2026-03-05T15:50:00.000Z")
    story.then_types(DeliverableSubmitted, ReviewStarted, DeadlineSet).after()
    deadline = story.running("review").deadline
    assert (deadline.timer, deadline.rule, deadline.side, deadline.legal_effect) == (
        "T-07",
        "R-129",
        "customer",
        True,
    )
    # 23:50 in Beijing on Thursday 5 March: day 1 is Friday, day 5 Thursday 12 March until 24:00.
    assert deadline.derivation.due_at == "2026-03-12T16:00:00.000Z"
    submitted = [event.event_id for event in story.history if isinstance(event.data, DeliverableSubmitted)]
    assert deadline.trigger_event == submitted[-1]


def test_r_140_the_review_rests_on_every_submission_of_the_set() -> None:
    story = set_but_training().did(PROVIDER_PM, TRAINING, "project")
    review = story.item("project").phase
    assert isinstance(review, UnderReview)
    submitted = {event.event_id for event in story.history if isinstance(event.data, DeliverableSubmitted)}
    assert set(review.receipts) == submitted
    assert (review.round, review.silence) == (1, True)


def test_r_130_an_item_of_one_deliverable_is_reviewed_at_once() -> None:
    story = signed(alibaba_25()).does(PROVIDER_PM, submission("tuning-report"), "tuning")
    story.then_types(DeliverableSubmitted, ReviewStarted, DeadlineSet)


def test_r_140_a_new_version_under_review_is_refused() -> None:
    story = signed(alibaba_25()).submitted("tuning", "tuning-report")
    story.does(PROVIDER_PM, submission("tuning-report", "corrected"), "tuning").refuses(NotOpenForSubmission)
    story.does(PROVIDER_PM, submission("tuning-report"), "tuning").then_nothing()


def test_r_141_the_acceptor_accepts_and_the_timer_stops() -> None:
    story = set_but_training().did(PROVIDER_PM, TRAINING, "project")
    story.accepts("project", "written", at="2026-03-04T03:00:00.000Z")
    story.then_types(ItemAccepted, DeadlineMet, InvoiceRequested)
    accepted = story.event(ItemAccepted)
    assert (accepted.basis, accepted.rule, accepted.form) == ("explicit", "R-141", "written")
    assert [signature.role for signature in accepted.signatures] == ["acceptor"]
    assert accepted.signatures[0].content_sha256 == story.item("project").content_sha256
    assert story.event(DeadlineMet).reason == "accepted"
    story.after()
    assert not story.contract.running


def test_r_421_a_repeated_acceptance_changes_nothing() -> None:
    story = signed(alibaba_25()).submitted("tuning", "tuning-report")
    story.accepts("tuning", "signature").after().accepts("tuning", "signature").then_nothing()


def test_r_425_a_signature_over_another_content_is_refused() -> None:
    story = signed(alibaba_25()).submitted("tuning", "tuning-report")
    other = AcceptItem(form="signature", content_sha256="1" * 64)
    story.does(ACCEPTOR, other, "tuning").refuses(SignatureOverOtherContent, "/content_sha256")
    story.accepts("tuning", "signature").after()
    story.does(ACCEPTOR, other, "tuning").refuses(SignatureOverOtherContent)


def test_r_150_a_form_that_was_not_agreed_does_not_count() -> None:
    story = signed(alibaba_25()).submitted("tuning", "tuning-report")
    story.accepts("tuning", "online_click").without_effect("R-150").after()
    assert isinstance(story.item("tuning").phase, UnderReview)


def test_an_item_whose_set_is_not_complete_cannot_be_accepted() -> None:
    story = set_but_training()
    story.accepts("project", "written").refuses(NotUnderReview)
    signed(alibaba_25()).accepts("tuning", "signature").refuses(NotUnderReview)


def test_r_148_nothing_follows_on_a_terminal_acceptance() -> None:
    story = signed(alibaba_25()).submitted("tuning", "tuning-report").accepts("tuning", "signature").after()
    story.does(PROVIDER_PM, submission("tuning-report", "newer"), "tuning").refuses(AlreadyTerminal)
    started = next(event.data for event in story.history if isinstance(event.data, ReviewStarted))
    with pytest.raises(TypeError, match="terminal"):
        story.given(("item-C1/tuning", started))


def test_a_review_whose_start_is_not_stated_does_not_run_from_the_submission() -> None:
    story = signed(alibaba_7(), at="2026-02-06T01:00:00.000Z").submitted("acceptance-report", "final")
    assert isinstance(story.item("acceptance-report").phase, UnderReview)
    assert not story.contract.running
    story.accepts("acceptance-report", "online_confirmation", at="2026-02-24T01:00:00.000Z").after()
    assert story.item("acceptance-report").is_terminal


def test_r_222_a_phase_without_a_deliverable_is_confirmed_by_both_project_managers() -> None:
    story = signed(alibaba_25()).accepts("survey", "joint_confirmation", CUSTOMER_PM, "2026-03-04T01:00:00.000Z")
    story.then_types(ReviewStarted, ItemSigned).after()
    assert not story.contract.running
    story.accepts("survey", "joint_confirmation", CUSTOMER_PM).then_nothing()
    story.accepts("survey", "joint_confirmation", PROVIDER_PM, "2026-03-05T01:00:00.000Z")
    story.then_types(ItemSigned, ItemAccepted, InvoiceRequested).after()
    phase = story.item("survey").phase
    assert isinstance(phase, Accepted)
    assert (phase.effective_at, phase.sides) == ("2026-03-05T01:00:00.000Z", ("customer", "provider"))


def test_spec_gives_events_the_ids_of_the_store() -> None:
    story = signed(alibaba_25()).submitted("tuning", "tuning-report")
    assert isinstance(story, Spec)
    started = next(event for event in story.history if isinstance(event.data, ReviewStarted))
    submitted = next(event for event in story.history if isinstance(event.data, DeliverableSubmitted))
    assert started.data.receipts == (submitted.event_id,)  # type: ignore[attr-defined]
