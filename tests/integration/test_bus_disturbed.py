"""Delays, repeats and contracts that overtake one another change nothing in what the services end up with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from random import Random
from typing import Any, cast

import pytest

from shared.bus.inprocess import InProcessBus
from shared.bus.port import Bus
from shared.deadlines.ticker import Ticker
from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog, Receipt
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock
from shared.public_events.envelope import Envelope
from shared.testing.disturbed_bus import DisturbedBus, DisturbedReceiver
from tests.support.clocks import ImpatientClock
from tests.support.toy_ledger import COUNTER, MIRROR, START, TENANT, Add, StartTimer, toy_command, toy_envelope

KEYS = [f"c{number}" for number in range(6)]
ROUNDS = 8


def undisturbed() -> Bus:
    return InProcessBus(SystemMachineClock(), early_retry_s=0.001)


async def play(make_bus: Callable[[], Bus], seed: int) -> dict[str, Any]:
    """The states of both services after a history that the seed decides, with silence at its end."""
    legal, random = VirtualLegalClock(START), Random(seed)
    async with AsyncExitStack() as stack:
        counter = await open_log(COUNTER, "memory:", legal, ImpatientClock())
        stack.push_async_callback(counter.close)
        mirror = await open_log(MIRROR, "memory:", legal, ImpatientClock())
        stack.push_async_callback(mirror.close)
        bus = make_bus()
        stack.push_async_callback(bus.close)
        await bus.join(COUNTER, counter)
        await bus.join(MIRROR, mirror)
        await stack.enter_async_context(Ticker(COUNTER, counter, legal, SystemMachineClock(), grace_s=0.001))
        for key in KEYS:
            await counter.submit(toy_command(f"counter/{key}", StartTimer(deadline_id=key), f"timer {key}"))
        for round_number in range(ROUNDS):
            key = random.choice(KEYS)
            body = Add(amount=random.randrange(100))
            await asyncio.gather(
                *(counter.submit(toy_command(f"counter/{k}", body, f"{k} {round_number}")) for k in {key, *KEYS[:3]})
            )
        legal.advance(30 * 86400)
        await settle(bus, counter, mirror)
        scopes = [f"counter/{key}" for key in KEYS]
        return {scope: [(await log.state(TENANT, scope))[0] for log in (counter, mirror)] for scope in scopes}


async def settle(bus: Bus, counter: EventLog[Any], mirror: EventLog[Any]) -> None:
    """Until every timer has been asked about, answered and has lapsed."""
    while await counter.next_due_at() or await counter.held_deadlines(1):
        head = await counter.head()
        await bus.delivered("counter", head)
        await bus.delivered("mirror", await mirror.head())
        await counter.wait_beyond(head, timeout_s=0.1)


@pytest.mark.parametrize("offset", range(5))
async def test_a_disturbed_bus_ends_in_the_same_states(seed: int, offset: int) -> None:
    expected = await play(undisturbed, seed)
    assert await play(lambda: DisturbedBus(undisturbed(), seed + offset), seed) == expected


async def test_the_disturbance_does_disturb(seed: int) -> None:
    """Were the wrapper to pass everything through, the test above would prove nothing."""
    taken: list[int] = []

    class Watched:
        async def receive(self, envelope: Envelope) -> Receipt:
            taken.append(envelope.n)
            return Receipt(kind="applied")

    receiver = DisturbedReceiver(cast(EventLog[Any], Watched()), Random(seed))
    answers = [await receiver.receive(toy_envelope("c1", n, n)) for n in range(1, 101)]
    assert {answer.kind for answer in answers} == {"applied", "early"}
    assert len(taken) > len(set(taken))
