"""An act about something that has not arrived waits a named time for it, and everybody waits as long."""

from __future__ import annotations

import asyncio

import pytest

from shared.eventstore.arrivals import ARRIVAL_WAIT_S, PAUSES_S, WAITING_MAX, Arrivals
from shared.kernel.clock import VirtualMachineClock
from shared.kernel.errors import NotArrivedYet, Refused
from tests.support.clocks import ImpatientClock


class Decides:
    """Answers NotArrivedYet so many times, and then what it was made with."""

    def __init__(self, passing: int, then: str | Exception = "done") -> None:
        self.asked = 0
        self._passing = passing
        self._then = then

    async def __call__(self) -> str:
        self.asked += 1
        if self.asked <= self._passing:
            raise NotArrivedYet()
        if isinstance(self._then, Exception):
            raise self._then
        return self._then


class CrowdedClock(VirtualMachineClock):
    """Tells when as many sleep as may wait at once."""

    def __init__(self) -> None:
        super().__init__()
        self.crowded = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        if self.waiting + 1 == WAITING_MAX:
            self.crowded.set()
        await super().sleep(seconds)


async def test_what_arrives_meanwhile_is_decided() -> None:
    for passing in range(len(PAUSES_S) + 1):
        assert await Arrivals(ImpatientClock()).decided(Decides(passing)) == "done"


async def test_a_refusal_is_an_answer_and_not_waited_for() -> None:
    clock, decides = ImpatientClock(), Decides(0, Refused())
    before_s = clock.now()
    with pytest.raises(Refused):
        await Arrivals(clock).decided(decides)
    assert (decides.asked, clock.now()) == (1, before_s)


async def test_what_does_not_arrive_is_told_after_the_same_time_for_everybody() -> None:
    clock, decides = ImpatientClock(), Decides(1000)
    before_s = clock.now()
    with pytest.raises(NotArrivedYet):
        await Arrivals(clock).decided(decides)
    assert decides.asked == len(PAUSES_S) + 1
    assert clock.now() - before_s == pytest.approx(ARRIVAL_WAIT_S)


async def test_beyond_the_limit_nobody_waits() -> None:
    clock = CrowdedClock()
    arrivals, arrived = Arrivals(clock), asyncio.Event()

    async def decide() -> str:
        if not arrived.is_set():
            raise NotArrivedYet()
        return "done"

    waiting = [asyncio.create_task(arrivals.decided(decide)) for _ in range(WAITING_MAX)]
    await clock.crowded.wait()
    with pytest.raises(NotArrivedYet):
        await arrivals.decided(decide)
    assert clock.waiting == WAITING_MAX
    arrived.set()
    clock.advance(PAUSES_S[0])
    assert set(await asyncio.gather(*waiting)) == {"done"}
    assert await Arrivals(ImpatientClock()).decided(Decides(1)) == "done", "those who waited have left"
