"""What every store promises of leases: one owner at a time, and no way back for whoever lost his."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog, Lease
from shared.kernel.clock import VirtualLegalClock, VirtualMachineClock
from tests.support.logs import BACKENDS, location_of
from tests.support.toy_service import NOW, TOY

LIFE_S = 10.0

Place = tuple[str, str] | None


class Replicas:
    """Two openings of one store (of one log, where it is in memory), and the clock that its leases live by."""

    def __init__(self, one: EventLog[Any], other: EventLog[Any], clock: VirtualMachineClock, place: Place) -> None:
        self.one = one
        self.other = other
        self._clock = clock
        self._place = place

    def passes(self, seconds: float) -> None:
        """So much of the lives of all leases is over."""
        if self._place is None:
            self._clock.advance(seconds)
            return
        dsn, schema = self._place
        with psycopg.connect(dsn, autocommit=True) as session:
            session.execute(f"UPDATE {schema}.leases SET expires_s = expires_s - %s".encode(), (seconds,))


@pytest.fixture(params=BACKENDS)
async def replicas(request: pytest.FixtureRequest) -> AsyncIterator[Replicas]:
    location, clock = location_of(request.param, request), VirtualMachineClock()
    one = await open_log(TOY, location, VirtualLegalClock(NOW), clock)
    other = one if request.param == "memory" else await open_log(TOY, location, VirtualLegalClock(NOW), clock)
    place = request.getfixturevalue("fresh_schema") if request.param == "postgres" else None
    yield Replicas(one, other, clock, place)
    for log in {one, other}:
        await log.close()


async def taken(log: EventLog[Any], owner: str) -> Lease:
    lease = await log.acquire_lease("relay", owner, LIFE_S)
    assert lease is not None
    return lease


async def test_one_owner_has_it_until_it_expires(replicas: Replicas) -> None:
    first = await taken(replicas.one, "one")
    assert await replicas.other.acquire_lease("relay", "other", LIFE_S) is None
    replicas.passes(LIFE_S)
    second = await taken(replicas.other, "other")
    assert second.epoch > first.epoch


async def test_renewing_keeps_it(replicas: Replicas) -> None:
    lease = await taken(replicas.one, "one")
    replicas.passes(LIFE_S - 1)
    assert await replicas.one.renew_lease(lease, LIFE_S)
    replicas.passes(LIFE_S - 1)
    assert await replicas.other.acquire_lease("relay", "other", LIFE_S) is None


async def test_an_expired_lease_can_be_renewed_while_nobody_has_taken_it(replicas: Replicas) -> None:
    lease = await taken(replicas.one, "one")
    replicas.passes(LIFE_S + 1)
    assert await replicas.one.renew_lease(lease, LIFE_S)
    await taken(replicas.one, "one")
    assert not await replicas.one.renew_lease(lease, LIFE_S)


async def test_what_is_given_back_is_free_at_once(replicas: Replicas) -> None:
    await replicas.one.release_lease(await taken(replicas.one, "one"))
    await taken(replicas.other, "other")


async def test_whoever_lost_it_cannot_give_back_what_is_not_his(replicas: Replicas) -> None:
    lost = await taken(replicas.one, "one")
    replicas.passes(LIFE_S)
    held = await taken(replicas.other, "other")
    await replicas.one.release_lease(lost)
    assert not await replicas.one.renew_lease(lost, LIFE_S)
    assert await replicas.other.renew_lease(held, LIFE_S)


async def test_positions_move_under_the_newest_lease_only(replicas: Replicas) -> None:
    lost = await taken(replicas.one, "one")
    assert await replicas.one.set_position("outbox", 0, 5, lost)
    replicas.passes(LIFE_S)
    held = await taken(replicas.other, "other")
    assert not await replicas.one.set_position("outbox", 5, 9, lost)
    assert await replicas.other.get_position("outbox") == 5
    assert await replicas.other.set_position("outbox", 5, 7, held)
    assert not await replicas.other.set_position("outbox", 5, 8, held)


async def test_of_many_who_want_it_one_gets_it(replicas: Replicas) -> None:
    wanted = (
        log.acquire_lease("relay", f"{number}", LIFE_S) for number, log in enumerate((replicas.one, replicas.other) * 4)
    )
    assert len([lease for lease in await asyncio.gather(*wanted) if lease]) == 1
