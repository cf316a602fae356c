"""A discussion that was held and recorded ends its period; after it either side may escalate (R-175)."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from services.acceptance.domain.discrepancies.state import PlanAgreed
from services.acceptance.domain.discussion.commands import EscalateItem, RecordDiscussion
from services.acceptance.domain.discussion.errors import DiscussionInTheFuture, DiscussionNotHeld, NotInDiscussion
from services.acceptance.domain.discussion.events import DiscussionHeld
from services.acceptance.domain.discussion.state import InDiscussion
from services.acceptance.domain.escalation.events import EscalationWithdrawn, ItemEscalated
from services.acceptance.domain.escalation.state import Escalated
from shared.deadlines.model import DeadlineLapsed, DeadlineMet, DeadlineSet
from shared.kernel.actors import Actor
from tests.unit.acceptance.rounds import ITEM, discussed, reviewed, rework
from tests.unit.acceptance.samples import (
    CUSTOMER_DIRECTOR,
    CUSTOMER_PM,
    ENGINEER,
    PROVIDER_DIRECTOR,
    PROVIDER_PM,
    Story,
)

HELD = RecordDiscussion(held_on=date(2026, 3, 17), minutes_sha256="8" * 64)
MATTER = EscalateItem(reason="双方对延迟指标的理解不同")
ON_TIME, TOO_LATE = "2026-03-18T02:00:00.000Z", "2026-03-25T02:00:00.000Z"


def held() -> Story:
    """The second objection of Monday 16 March was discussed on Tuesday."""
    return discussed().did(PROVIDER_PM, HELD, ITEM, ON_TIME)


def test_r_175_the_record_of_the_discussion_ends_its_period_and_not_the_discussion() -> None:
    story = discussed().does(CUSTOMER_PM, HELD, ITEM, ON_TIME).then_types(DiscussionHeld, DeadlineMet)
    assert story.event(DeadlineMet).reason == "discussion_held"
    story.after()
    assert not story.contract.running and isinstance(story.item(ITEM).phase, InDiscussion)
    story.does(PROVIDER_PM, HELD, ITEM).then_nothing()
    for manager in (CUSTOMER_PM, PROVIDER_PM):
        story.did(manager, rework("d1"), ITEM)
    assert isinstance(story.item(ITEM).phase, PlanAgreed)


@pytest.mark.parametrize("actor", [CUSTOMER_PM, PROVIDER_PM, CUSTOMER_DIRECTOR, PROVIDER_DIRECTOR])
def test_r_175_after_it_either_side_may_escalate(actor: Actor) -> None:
    story = held().does(actor, MATTER, ITEM, TOO_LATE).then_types(ItemEscalated)
    event = story.event(ItemEscalated)
    assert (event.reason, event.text, event.deadline) == ("no_agreement", MATTER.reason, "")
    story.after()
    assert isinstance(story.item(ITEM).phase, Escalated)
    story.does(actor, MATTER, ITEM).refuses(NotInDiscussion)


def test_r_175_before_it_nobody_escalates_by_hand_and_the_period_does() -> None:
    story = discussed()
    story.does(CUSTOMER_PM, MATTER, ITEM).refuses(DiscussionNotHeld)
    story.lapses("discussion")
    assert isinstance(story.item(ITEM).phase, Escalated)


def test_r_175_only_a_discussion_is_held_and_only_in_the_past() -> None:
    reviewed().does(CUSTOMER_PM, HELD, ITEM, TOO_LATE).conditional("R-401")
    tomorrow = replace(HELD, held_on=date(2026, 3, 19))
    discussed().does(CUSTOMER_PM, tomorrow, ITEM, ON_TIME).refuses(DiscussionInTheFuture, "/held_on")


def test_r_072_an_engineer_does_not_record_it() -> None:
    story = discussed().settled(TOO_LATE).after()
    story.does(ENGINEER, HELD, ITEM, ON_TIME).without_effect("R-426")


def test_r_401_a_record_that_came_in_time_takes_the_escalation_back() -> None:
    story = discussed().lapses("discussion")
    story.does(PROVIDER_PM, HELD, ITEM, ON_TIME).then_types(EscalationWithdrawn, DiscussionHeld).after()
    phase = story.item(ITEM).phase
    assert isinstance(phase, InDiscussion) and phase.held


def test_r_175_by_parameter_the_agreement_has_a_period_of_its_own() -> None:
    story = discussed()
    item = story.item(ITEM)
    agreed = replace(item, term=replace(item.term, agreement_period="5wd"))
    story.state = replace(story.contract, items={**story.contract.items, ITEM: agreed})
    story.does(PROVIDER_PM, HELD, ITEM, ON_TIME).then_types(DiscussionHeld, DeadlineMet, DeadlineSet).after()
    assert story.running("agreement").due_at == "2026-03-25T16:00:00.000Z"
    story.elapses(story.running("agreement")).then_types(DeadlineLapsed, ItemEscalated)
    assert story.event(ItemEscalated).reason == "no_agreement"
