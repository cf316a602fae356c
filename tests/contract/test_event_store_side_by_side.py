"""What every store promises of what is side by side: tenants in one log, replicas on one database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.eventstore.port import EventLog
from shared.kernel.failpoints import Block, arm, at_passing
from tests.support.logs import BACKENDS, DURABLE, Backend, location_of, opened
from tests.support.toy_service import Add, CounterChanged, LimitPublished, OverTheLimit, command, envelope

Log = EventLog[Any]


@pytest.fixture(params=BACKENDS)
async def log(request: pytest.FixtureRequest) -> AsyncIterator[Log]:
    async with opened(location_of(request.param, request)) as log:
        yield log


async def test_feeds_of_the_same_key_in_two_tenants_are_two_feeds(log: Log) -> None:
    """The planted violation: a feed's head looked up without the tenant."""
    for n in (1, 2, 3):
        assert (await log.receive(envelope(n))).kind == "applied"
    kinds = [(await log.receive(envelope(n, tenant="t2"))).kind for n in (2, 1, 2, 1)]
    assert kinds == ["early", "applied", "applied", "repeat"]
    poison = CounterChanged(counter="c1", amount=1, total=1, note="poison")
    assert (await log.receive(envelope(4, poison))).kind == "parked"
    assert [(await log.receive(envelope(n, tenant="t2"))).kind for n in (3, 4, 5)] == ["applied"] * 3


@pytest.mark.parametrize("backend", DURABLE)
async def test_what_another_replica_wrote_is_seen_by_the_next_decision(
    backend: Backend, request: pytest.FixtureRequest
) -> None:
    """The planted violation: the cache believed after a foreign write. Nothing but the decision shows it here."""
    location = location_of(backend, request)
    async with opened(location) as one, opened(location) as other:
        await one.submit(command(Add(amount=1), "k1"))
        await other.receive(envelope(1, LimitPublished(limit=5), key="standard"))
        with pytest.raises(OverTheLimit):
            await one.submit(command(Add(amount=9), "k2"))
        await other.receive(envelope(2, LimitPublished(limit=50), key="standard"))
        assert (await one.submit(command(Add(amount=9), "k3"))).version == 2
        # What this replica has cached of a scope that it had no part in since is not complete up to the new tail.
        await other.receive(envelope(1, key="c1"))
        await one.submit(command(Add(amount=1), "k4", counter="c2"))
        assert (await one.state("t1", "counter/c1"))[0].echoed == 1


@pytest.mark.parametrize("backend", DURABLE)
async def test_r_420_keys_are_looked_up_under_the_lock(backend: Backend, request: pytest.FixtureRequest) -> None:
    """The planted violation: they are looked up before it, and what the holder commits meanwhile is overlooked.

    The insert would then be refused and tried again, which costs a transaction; so the transactions are counted.
    """
    location = location_of(backend, request)
    async with opened(location) as one, opened(location) as other:
        await asyncio.gather(one.head(), other.submit(command(Add(amount=0), "warm")))
        block = Block()
        with arm("writer.decided", at_passing(1, block)):
            first = asyncio.create_task(one.submit(command(Add(amount=1), "k")))
            await asyncio.to_thread(block.wait_reached)
            waits = Block()
            with arm("writer.before_lock", at_passing(1, waits)):
                second = asyncio.create_task(other.submit(command(Add(amount=1), "k")))
                await asyncio.to_thread(waits.wait_reached)
            locked: list[None] = []
            with arm("writer.under_lock", lambda: locked.append(None)):
                waits.released.set()
                # The second asks for the lock; what it asks besides is answered when it has it.
                await asyncio.wait([second], timeout=0.3)
                block.released.set()
                assert await second == await first
        assert len(locked) == 1
