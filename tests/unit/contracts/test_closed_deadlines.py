"""Deadlines have one shape in every view, open or closed, with their derivation and the latest day of an act
(R-402).
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.acceptance.answers import ItemDetail
from services.catalog.calendars.shipped import load_shipped
from services.contracts.answers import DeadlineList, DueAnswer
from services.contracts.api.reads import READ_ROUTES, read_deadlines
from services.contracts.domain.errors import ContractUnknown
from shared.deadlines.answer import DeadlineAnswer, latest_act_on
from shared.kernel.errors import InvalidRequest
from shared.periods import compute, latest_act, lead_time
from shared.public_events.deadlines import DeadlineHasLapsed, DeadlineWasMet, DeadlineWasSet
from tests.unit.contracts.test_views import LATER, call, reader, review_deadline
from tests.unit.contracts.world import C_ACCEPTOR, STRANGER, signed

CALENDAR = load_shipped()


@pytest.mark.parametrize("kind", ["met", "lapsed"])
async def test_r_402_a_closed_deadline_is_shown_with_its_derivation_and_why_it_ended(kind: str) -> None:
    spec = signed("alibaba-8").at(LATER)
    deadline = review_deadline(spec)
    spec.receive(DeadlineWasSet(owner="acceptance", deadline=deadline), source="acceptance")
    end = (
        DeadlineWasMet(owner="acceptance", deadline=deadline, reason="discrepancies_raised", met_by="e")
        if kind == "met"
        else DeadlineHasLapsed(owner="acceptance", deadline=deadline, consequence="overdue")
    )
    assert not (await read_deadlines(call(C_ACCEPTOR, status="closed"), reader(spec))).items
    spec.receive(end, source="acceptance")
    (closed,) = (await read_deadlines(call(C_ACCEPTOR, status="closed"), reader(spec))).items
    assert (closed.deadline, closed.owner, closed.status) == (deadline.deadline_id, "acceptance", kind)
    assert closed.ended_because == ("discrepancies_raised" if kind == "met" else "overdue")
    assert closed.ended_at == LATER
    assert closed.derivation == deadline.derivation and closed.derivation.steps
    still_open = (await read_deadlines(call(C_ACCEPTOR), reader(spec))).items
    assert deadline.deadline_id not in {found.deadline for found in still_open}
    assert all((found.ended_at, found.ended_because) == (None, "") for found in still_open)


async def test_r_424_closed_deadlines_are_for_the_parties_and_the_status_is_one_of_two() -> None:
    spec = signed("alibaba-8")
    with pytest.raises(ContractUnknown):
        await read_deadlines(call(STRANGER, status="closed"), reader(spec))
    route = next(route for route in READ_ROUTES if route.read is read_deadlines)
    with pytest.raises(InvalidRequest) as refused:
        route.query["status"].check("status", "all")
    assert refused.value.field == "status"


def test_r_402_every_view_shows_a_deadline_in_one_shape() -> None:
    hints = [ItemDetail.__annotations__["deadlines"], DeadlineList.__annotations__["items"]]
    assert hints == ["tuple[DeadlineAnswer, ...]", "list[DeadlineAnswer]"]
    assert DueAnswer.__annotations__["deadline"] == "DeadlineAnswer"
    assert DeadlineAnswer.__module__ == "shared.deadlines.answer"


days = st.dates(date(2024, 1, 1), date(2026, 10, 1))


@given(days, st.integers(1, 15))
def test_r_007_the_latest_day_of_an_act_is_shown_for_every_backward_period(day: date, count: int) -> None:
    backward = compute(day, f"-{count}wd", CALENDAR)
    assert latest_act_on(backward) == latest_act(day, f"-{count}wd", CALENDAR)
    lead = lead_time(day, f"-{count}wd", CALENDAR)
    assert lead.last_day is not None
    assert latest_act_on(lead) == latest_act(lead.last_day + timedelta(days=1), f"-{count}wd", CALENDAR)


@given(days)
def test_r_004_for_a_forward_period_it_is_its_last_day(day: date) -> None:
    forward = compute(day, "5wd", CALENDAR)
    assert latest_act_on(forward) == forward.last_day
