"""Requests (A6): silence after the solution closes them unconfirmed, which is no acceptance (R-194, R-320)."""

from __future__ import annotations

from services.acceptance.answers import detail
from services.acceptance.domain.communications.events import CommunicationWithoutEffect
from services.acceptance.domain.errors import AlreadyTerminal
from services.acceptance.domain.review.events import ItemAccepted, ItemClosed
from services.acceptance.domain.review.state import Closed
from services.acceptance.domain.settlement.events import InvoiceRequested
from services.acceptance.projections.items import ItemDocument
from shared.deadlines.model import DeadlineHeld, DeadlineLapsed
from tests.unit.acceptance.profiles import solved
from tests.unit.acceptance.samples import ACCEPTOR, COLLEAGUE, REPLY
from tests.unit.acceptance.test_silence import DUE, IN_TIME, LATE


def test_r_194_seven_silent_days_close_it_at_the_due_instant_and_accept_nothing() -> None:
    story = solved()
    closing = story.running("closing")
    assert (closing.due_at, closing.deadline.timer, closing.deadline.legal_effect) == (DUE, "T-19", True)
    story.elapses(closing, at="2026-03-12T01:00:00.000Z").then_types(DeadlineHeld).after()
    story.settled(DUE).then_types(DeadlineLapsed, ItemClosed)
    assert {event.effective_at for event in story.decision.events} == {DUE}
    assert story.event(DeadlineLapsed).consequence == story.event(ItemClosed).reason == "closed_unconfirmed"
    item = story.after().item("request")
    assert isinstance(item.phase, Closed) and not item.overdue and not story.contract.running
    assert not [event for event in story.history if isinstance(event.data, InvoiceRequested)]
    story.accepts("request", "confirmation").refuses(AlreadyTerminal)


def test_r_194_what_is_shown_does_not_promise_an_acceptance_by_silence() -> None:
    card = detail(ItemDocument(item=solved().item("request"), organisations=(), version=1, changed_at=DUE))
    assert (card.silence_accepts, card.silence_closes) == (False, True)


def test_r_186_any_reply_of_anybody_stops_the_seven_days() -> None:
    story = solved().did(COLLEAGUE, REPLY, "request", IN_TIME).settled(LATE).after()
    assert not story.contract.running and not story.item("request").is_terminal


def test_r_401_a_reply_that_is_late_finds_it_closed() -> None:
    story = solved().does(COLLEAGUE, REPLY, "request", LATE).conditional("R-401").after()
    story.elapses(story.running("closing")).after().settled(LATE)
    assert not [event for event in story.decision.events if isinstance(event.data, CommunicationWithoutEffect)]
    assert isinstance(story.after().item("request").phase, Closed)


def test_r_320_the_customers_confirmation_accepts_it() -> None:
    story = solved().accepts("request", "confirmation", ACCEPTOR, IN_TIME)
    assert story.event(ItemAccepted).basis == "explicit"
