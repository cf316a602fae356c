"""What follows from the feeds, and what is published: items re-planned, calendars folded, two vocabularies in step."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from services.acceptance import publishing
from services.acceptance.domain.communications import events as communications
from services.acceptance.domain.discussion import events as discussion
from services.acceptance.domain.errors import CalendarNotArrived
from services.acceptance.domain.events import ACCEPTANCE_PRIVATE_EVENTS
from services.acceptance.domain.items.events import ItemPlanned, ItemReplanned
from services.acceptance.domain.review import events as review
from services.acceptance.domain.review.events import ItemClosed, ReviewStarted
from services.acceptance.domain.review.state import Closed
from services.acceptance.domain.settlement import events as settlement
from services.acceptance.domain.settlement.events import SettlementOpened
from services.acceptance.domain.state import CalendarKnown
from services.acceptance.domain.use import events as use
from services.acceptance.service import ACCEPTANCE
from shared.deadlines.model import DEADLINE_EVENTS, DeadlineMet, DeadlineSet
from shared.messages.events import FeedReceived
from shared.periods import CalendarYear, calendar_of
from shared.public_events.catalog import CalendarYearPublished
from shared.public_events.contracts import ContractAmended, ContractCompleted, ContractSigned
from shared.public_events.terms import Terms
from tests.unit.acceptance.samples import CONTRACT, PROVIDER_PM, Story, alibaba_1, alibaba_25, signed, submission


def amended(terms: Terms) -> ContractAmended:
    return ContractAmended(contract=CONTRACT, change="CR-1", terms=terms)


def with_review_period(terms: Terms, period: str) -> Terms:
    """The terms with another review period for the report."""
    return replace(terms, items=(terms.items[0], replace(terms.items[1], review_period=period)))


def test_signing_plans_items_and_opens_the_settlement() -> None:
    types = [type(event.data) for event in signed(alibaba_25()).history]
    assert types == [FeedReceived, ItemPlanned, ItemPlanned, SettlementOpened]


def test_a_settlement_is_opened_once() -> None:
    story = signed(alibaba_25())
    story.receive(ContractSigned(contract=CONTRACT, terms=alibaba_25(), roles=(), signatures=())).then_nothing()


def test_the_same_terms_again_change_nothing() -> None:
    signed(alibaba_25()).receive(amended(alibaba_25())).then_nothing()


def test_r_211_new_terms_hold_for_what_is_open_and_overwrite_no_history() -> None:
    terms = alibaba_25()
    longer = replace(terms.items[1], review_period="7wd")
    added = replace(terms.items[0], item_id="handover", name_zh="移交")
    story = signed(terms).receive(amended(replace(terms, version=2, items=(terms.items[0], longer, added))))
    story.then_types(ItemPlanned, ItemReplanned).after()
    story.submitted("tuning", "tuning-report")
    assert story.running("review").deadline.derivation.spec == "7wd"
    planned = [event.data.term for event in story.history if isinstance(event.data, ItemPlanned)]
    assert planned == [*terms.items, added]


def test_r_211_a_period_that_runs_keeps_its_terms() -> None:
    terms = alibaba_25()
    story = signed(terms).submitted("tuning", "tuning-report")
    story.receive(amended(with_review_period(replace(terms, version=2), "7wd"))).then_types(ItemReplanned).after()
    assert story.running("review").deadline.derivation.spec == "5wd"


def test_r_148_new_terms_do_not_touch_what_is_accepted() -> None:
    terms = alibaba_25()
    story = signed(terms).submitted("tuning", "tuning-report").accepts("tuning", "signature").after()
    story.receive(amended(replace(terms, version=2, items=terms.items[:1]))).then_nothing()


def test_r_211_an_item_that_the_terms_lose_is_closed_with_its_periods() -> None:
    terms = alibaba_25()
    story = signed(terms).submitted("tuning", "tuning-report")
    story.receive(amended(replace(terms, version=2, items=terms.items[:1]))).then_types(ItemClosed, DeadlineMet)
    assert isinstance(story.after().item("tuning").phase, Closed)


def test_r_128_a_set_that_needs_less_can_be_complete_by_a_change() -> None:
    terms = alibaba_1()
    story = signed(terms).submitted("project", "charter", "catalogue", "design")
    without = tuple(
        replace(term, required=term.required and term.deliverable_id != "training") for term in terms.deliverables
    )
    story.receive(amended(replace(terms, version=2, deliverables=without)))
    story.then_types(ItemReplanned, ReviewStarted, DeadlineSet)


def test_a_feed_that_means_nothing_here_is_kept_and_nothing_follows() -> None:
    signed(alibaba_25()).receive(ContractCompleted(contract=CONTRACT)).then_nothing()
    Story(ACCEPTANCE, "contract/other").receive(ContractCompleted(contract="other")).then_nothing()


def test_calendars_are_states_of_their_own_scopes() -> None:
    year = CalendarYear(year=2026, days=(), source="test")
    version = calendar_of("cn", (year,)).version
    story = Story(ACCEPTANCE, "calendar/cn")
    story.receive(CalendarYearPublished(calendar="cn", version=version, year=year), "catalog").then_nothing()
    assert isinstance(story.state, CalendarKnown)
    assert story.state.calendar.version == version


def test_without_a_calendar_nothing_is_stored_and_the_request_is_repeated() -> None:
    story = signed(alibaba_25())
    story.facts = {"calendar/cn": ACCEPTANCE.initial()}
    story.does(PROVIDER_PM, submission("tuning-report"), "tuning").refuses(CalendarNotArrived)


@pytest.mark.parametrize("event", [*DEADLINE_EVENTS, *ACCEPTANCE_PRIVATE_EVENTS], ids=lambda event: event.TOPIC)
def test_every_event_is_published_or_named_as_unpublished(event: type) -> None:
    public = publishing.IN_THE_SAME_WORDS.get(event)
    known = {*DEADLINE_EVENTS, *publishing.UNPUBLISHED, FeedReceived, *_IN_OTHER_WORDS}
    assert (event in known) != (public is not None)
    if public is not None:
        assert set(public.__struct_fields__) <= set(event.__struct_fields__)


_IN_OTHER_WORDS = {
    communications.CommunicationRecorded,
    discussion.ConclusionSigned,
    discussion.DiscussionConcluded,
    settlement.InvoiceDueDateSet,
    settlement.InvoiceRequested,
    settlement.InvoiceReversed,
    review.ItemAccepted,
    review.ItemSigned,
    settlement.RePlanApplied,
    use.UseRecorded,
}


def test_every_private_event_has_its_own_name() -> None:
    names = [event.TOPIC for event in ACCEPTANCE_PRIVATE_EVENTS]
    assert len(set(names)) == len(names)
    assert all(name.endswith(".v1") for name in names)
