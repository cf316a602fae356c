"""What a writer presumes of the log, and that it is looked at under the lock before anything of it is written."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.commands.legal_time import REQUEST_LIFE_MAX_S
from shared.eventstore.port import EventLog
from shared.kernel.clock import SystemMachineClock
from shared.kernel.errors import RequestTooOld
from shared.kernel.failpoints import arm, at_passing
from tests.support.logs import log_over
from tests.support.presuming_store import PresumingStore
from tests.support.toy_service import Add, LimitPublished, OverTheLimit, command, envelope

Log = EventLog[Any]
MACHINE = SystemMachineClock()


def store() -> PresumingStore:
    return PresumingStore(MACHINE)


async def add(log: Log, *keys: str, counter: str = "c1") -> None:
    for key in keys:
        await log.submit(command(Add(amount=1), key, counter=counter))


async def test_what_this_process_left_is_presumed_and_what_it_does_not_know_is_asked_for() -> None:
    kept = store()
    async with log_over(kept) as log:
        await add(log, "k1")
        assert (kept.asked, kept.presumed) == (1, 0)
        await add(log, "k2", "k3")
        assert (kept.asked, kept.presumed) == (1, 2)
        # A scope that nobody has looked at may hold anything.
        await add(log, "k4", counter="c2")
        assert (kept.asked, kept.presumed) == (2, 2)
        # How far a feed is is not kept in memory.
        await log.receive(envelope(1))
        assert (kept.asked, kept.presumed) == (3, 2)
        await asyncio.gather(add(log, "k5"), add(log, "k6"), add(log, "k7", counter="c2"))
        assert (kept.asked, kept.presumed, kept.moved) == (3, 3, 0)
        assert [event.position for event in await log.read(0)] == list(range(1, await log.head() + 1))


async def test_r_420_a_key_that_is_known_already_is_answered_as_the_first_time() -> None:
    kept = store()
    async with log_over(kept) as log:
        await add(log, "k1")
        first = await log.submit(command(Add(amount=1), "k2"))
        assert await log.submit(command(Add(amount=1), "k2")) == first
        assert (kept.presumed, kept.moved, await log.head()) == (1, 1, 2)


async def test_what_somebody_else_wrote_meanwhile_is_seen_by_the_decision() -> None:
    """The planted violation: a premise that is not looked at."""
    kept = store()
    async with log_over(kept) as log, log_over(kept) as other:
        await add(log, "k1", "k2")
        await other.receive(envelope(1, LimitPublished(limit=5), key="standard"))
        with pytest.raises(OverTheLimit):
            await log.submit(command(Add(amount=9), "k3"))
        assert kept.moved == 1
        # Whoever has just found others at work asks first.
        await add(other, "o1")
        await add(log, "k4")
        assert kept.moved == 1


async def test_between_decision_and_lock_nothing_is_taken_for_granted() -> None:
    kept = store()
    async with log_over(kept) as log, log_over(kept) as other:
        await add(log, "k1", "k2")
        meanwhile: list[Any] = []

        def wins() -> None:
            # On the thread that writes, which holds no lock here.
            meanwhile.append(asyncio.run_coroutine_threadsafe(add(other, "o1"), loop).result())

        loop = asyncio.get_running_loop()
        with arm("writer.decided", at_passing(1, wins)):
            result = await log.submit(command(Add(amount=1), "k3"))
        assert (meanwhile, kept.moved, result.version, result.position) == ([None], 1, 4, 4)


async def test_r_401_a_request_that_has_waited_too_long_is_not_received() -> None:
    kept = store()
    async with log_over(kept) as log:
        await add(log, "k1", "k2")
        stale = command(Add(amount=1), "k3", received_machine_s=MACHINE.now() - REQUEST_LIFE_MAX_S - 1)
        with pytest.raises(RequestTooOld):
            await log.submit(stale)
        assert await log.head() == 2
