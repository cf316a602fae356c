"""What the customer says breaks his silence, whatever he calls it and whoever says it (R-186, R-193)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.acceptance.domain.commands import ActBody
from services.acceptance.domain.communications.commands import RecordCommunication
from services.acceptance.domain.communications.events import CommunicationRecorded, CommunicationWithoutEffect
from services.acceptance.domain.discrepancies.commands import AgreeTreatment, CloseDiscrepancy
from services.acceptance.domain.items.commands import RequestChangeOfAccepted
from services.acceptance.domain.items.errors import NotAcceptedYet
from services.acceptance.domain.review.commands import AcceptItem
from services.acceptance.domain.review.events import ItemAccepted
from services.acceptance.domain.review.state import Accepted, UnderReview
from services.acceptance.domain.use.commands import RecordUse
from shared.deadlines.model import DeadlineMet
from shared.kernel.actors import Actor
from shared.kernel.instants import plus_seconds
from shared.testing.spec import START
from tests.unit.acceptance.profiles import commented, uploaded
from tests.unit.acceptance.samples import (
    ACCEPTOR,
    COLLEAGUE,
    CUSTOMER_PM,
    PROVIDER_PM,
    REPLY,
    Story,
    alibaba_25,
    notice,
    signed,
)
from tests.unit.acceptance.test_silence import DUE, IN_TIME, LATE, full_set, held, report

PROTEST = RecordCommunication(kind="protest", channel="dingtalk", content_sha256="7" * 64)
CHANGE = RequestChangeOfAccepted(reason="目录缺少两张表")
NOBODY = AcceptItem(form="written", content_sha256="0" * 64)


def test_r_186_a_written_protest_in_time_stops_the_silence_of_alibaba_1() -> None:
    story = full_set().does(ACCEPTOR, PROTEST, "project", IN_TIME).then_types(CommunicationRecorded, DeadlineMet)
    assert story.event(CommunicationRecorded).stopped_silence is True
    story.after().settled("2026-06-01T00:00:00.000Z").then_nothing()
    assert not story.contract.running


def test_r_186_a_late_protest_is_as_late_as_a_late_reply() -> None:
    story = held(full_set()).does(COLLEAGUE, PROTEST, "project", LATE).conditional("R-401").after().settled(DUE)
    assert story.event(CommunicationWithoutEffect).rule == "R-401"


@pytest.mark.parametrize("body", [CHANGE, NOBODY, AgreeTreatment(discrepancies=("d1",))])
def test_r_186_what_is_no_act_of_its_kind_is_feedback_all_the_same(body: ActBody) -> None:
    story = full_set().does(ACCEPTOR, body, "project", IN_TIME)
    story.then_types(CommunicationWithoutEffect, CommunicationRecorded, DeadlineMet)
    assert story.decision.outcome.kind == "without_effect"
    assert story.after().item("project").phase == replace(story.item("project").phase, silence=False)


def test_r_186_where_only_a_notice_of_discrepancies_counts_the_rest_is_refused_as_ever() -> None:
    report().does(ACCEPTOR, CHANGE, "tuning").refuses(NotAcceptedYet)
    story = report().does(ACCEPTOR, PROTEST, "tuning", IN_TIME).then_types(CommunicationRecorded).after()
    held(story).settled(DUE)
    assert story.event(ItemAccepted).basis == "silence"


def test_r_186_a_reply_stops_in_alibaba_25_where_the_contract_says_so_but_not_by_anybody() -> None:
    terms = alibaba_25()
    agreed = replace(terms, items=(terms.items[0], replace(terms.items[1], neutral_reply_stops=True)))
    story = signed(agreed).submitted("tuning", "tuning-report")
    story.does(COLLEAGUE, REPLY, "tuning").then_types(CommunicationRecorded).after()
    story.does(CUSTOMER_PM, REPLY, "tuning").then_types(CommunicationRecorded, DeadlineMet)


class TestAlibaba22:
    """A written objection stops, a neutral reply does not (R-193)."""

    @pytest.mark.parametrize("body", [PROTEST, notice(" "), notice("缺第三章")])
    def test_r_193_a_written_objection_inside_the_period_stops_the_silence(self, body: ActBody) -> None:
        story = uploaded().did(CUSTOMER_PM, body, "service", IN_TIME)
        assert not any(running.deadline.legal_effect for running in story.contract.running.values())
        assert not story.item("service").is_terminal

    def test_r_193_a_neutral_reply_does_not(self) -> None:
        story = uploaded().did(CUSTOMER_PM, REPLY, "service", IN_TIME)
        held(story).settled(DUE)
        assert story.event(ItemAccepted).basis == "silence"


# ---- whatever anybody of the customer sends ----

ANYTHING: tuple[ActBody, ...] = (
    REPLY,
    PROTEST,
    CHANGE,
    NOBODY,
    notice("缺表"),
    notice(" "),
    AgreeTreatment(discrepancies=("d1",)),
    CloseDiscrepancy(discrepancy="d1", how="withdrawn"),
    RecordUse(used_at=START, description="试用", evidence_sha256="5" * 64),
)


@given(
    st.sampled_from((ACCEPTOR, CUSTOMER_PM, COLLEAGUE)),
    st.sampled_from(ANYTHING),
    st.sampled_from([-7200.0, -0.001]),
    st.sampled_from(["set", "each"]),
)
def test_r_186_nothing_that_the_customer_sends_in_time_is_silence(
    actor: Actor, body: ActBody, moment: float, kind: str
) -> None:
    story, item = (full_set(), "project") if kind == "set" else (commented(), "advice")
    story.settled(START).after().does(actor, body, item, plus_seconds(DUE, moment)).after()
    story.settled(plus_seconds(DUE, 7200)).after()
    assert not any(running.deadline.legal_effect for running in story.contract.running.values())
    assert not isinstance(story.item(item).phase, Accepted)


@given(st.sampled_from((REPLY, PROTEST)), st.sampled_from([-7200.0, -0.001]))
def test_r_186_the_provider_never_breaks_the_customers_silence(body: ActBody, moment: float) -> None:
    story = full_set().did(PROVIDER_PM, body, "project", plus_seconds(DUE, moment))
    assert isinstance(story.item("project").phase, UnderReview)
    assert _lapsed(story).event(ItemAccepted).basis == "silence"


def _lapsed(story: Story) -> Story:
    return held(story).settled(DUE)


def test_r_342_a_communication_keeps_when_it_was_sent_beside_when_it_was_received() -> None:
    sent_at = "2026-03-03T22:00:00.000Z"
    story = signed(alibaba_25()).submitted("tuning", "tuning-report")
    story.does(CUSTOMER_PM, replace(REPLY, sent_at=sent_at), "tuning", "2026-03-04T01:00:00.000Z")
    said = story.event(CommunicationRecorded)
    assert (said.sent_at, said.received_at) == (sent_at, "2026-03-04T01:00:00.000Z")
    assert story.decision.events[0].effective_at == "2026-03-04T01:00:00.000Z"
