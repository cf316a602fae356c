"""What is parked is counted without being read, and nothing is parked at the first failure, on every store alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from shared.commands.reception import NotDiscardable
from shared.eventstore.port import EventLog
from shared.kernel.clock import VirtualLegalClock
from tests.support.clocks import ImpatientClock
from tests.support.logs import BACKENDS, Backend, location_of, opened
from tests.support.toy_ledger import MIRROR, POISON, START, TENANT, toy_envelope

Log = EventLog[Any]


class Mending(ImpatientClock):
    """A clock in whose `after`-th pause the defect passes."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self._left = after

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        self._left -= 1
        if self._left == 0:
            POISON.clear()


@pytest.fixture(autouse=True)
def poisoned() -> Iterator[None]:
    POISON.add(13)
    yield
    POISON.clear()


@pytest.fixture(params=BACKENDS)
def location(request: pytest.FixtureRequest) -> str:
    backend: Backend = request.param
    return location_of(backend, request)


@pytest.fixture
async def log(location: str) -> AsyncIterator[Log]:
    async with opened(location, MIRROR, VirtualLegalClock(START), ImpatientClock()) as log:
        yield log


async def test_parked_messages_are_counted(log: Log) -> None:
    assert await log.parked_count() == 0
    kinds = [(await log.receive(toy_envelope(key, 1, total))).kind for key, total in (("a", 13), ("b", 1), ("c", 13))]
    assert kinds == ["parked", "applied", "parked"]
    assert await log.parked_count() == len(await log.parked(10)) == 2
    POISON.clear()
    assert (await log.receive(toy_envelope("a", 1, 13))).kind == "applied"
    assert await log.parked_count() == 1


@pytest.mark.parametrize("failures", [1, 2, 3])
async def test_a_message_is_not_parked_while_what_it_needs_may_still_be_coming(location: str, failures: int) -> None:
    """A parked message holds the deadlines of its contract until a person decides about it."""
    async with opened(location, MIRROR, VirtualLegalClock(START), Mending(failures)) as log:
        assert (await log.receive(toy_envelope("a", 1, 13))).kind == "applied"
        assert await log.parked_count() == 0
        assert (await log.state(TENANT, "counter/a"))[0].totals == (13,)


async def test_what_another_tenant_has_parked_says_nothing_of_a_feed(log: Log) -> None:
    """Nor is it a predecessor: what is missing in a feed may still come."""
    POISON.add(4)
    kinds = [
        (await log.receive(toy_envelope("a", n, total, tenant=tenant))).kind
        for tenant, n, total in ((TENANT, 1, 1), ("t2", 1, 13), ("t2", 2, 4), ("t2", 3, 1), (TENANT, 2, 13))
    ]
    assert kinds == ["applied", "parked", "parked", "parked", "parked"]
    assert (await log.receive(toy_envelope("a", 4, 1))).kind == "early"
    assert (await log.receive(toy_envelope("b", 1, 1))).kind == "applied"
    assert (await log.receive(toy_envelope("a", 3, 1))).kind == "parked"


async def test_a_message_directly_behind_a_parked_one_is_not_given_up_first(log: Log) -> None:
    first, second = toy_envelope("a", 1, 13), toy_envelope("a", 2, 1)
    assert [(await log.receive(each)).kind for each in (first, second)] == ["parked", "parked"]
    with pytest.raises(NotDiscardable):
        await log.discard_parked(second, "too early")
    await log.discard_parked(first, "it was wrong")
    await log.discard_parked(second, "and so was this")
    assert await log.parked_count() == 0


async def test_parked_messages_that_are_applied_in_one_transaction_leave_no_row_behind(log: Log) -> None:
    parked = [toy_envelope("a", n, total) for n, total in ((1, 13), (2, 1), (3, 1))]
    assert {(await log.receive(each)).kind for each in parked} == {"parked"}
    POISON.clear()
    receipts = await asyncio.gather(*map(log.receive, parked))
    assert {receipt.kind for receipt in receipts} == {"applied"}
    assert await log.parked_count() == 0 and not await log.parked_scopes(1)
