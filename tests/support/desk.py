"""A counter with timers and tickers on virtual time: what the tests of the ticker sit at."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from shared.deadlines.model import Deadline, DeadlineSet
from shared.deadlines.ticker import Ticker
from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.kernel.clock import VirtualLegalClock
from shared.kernel.instants import Instant
from shared.messages.events import Recorded
from tests.support.clocks import ImpatientClock
from tests.support.toy_ledger import COUNTER, START, TENANT, StartTimer, toy_command

GRACE_S = 32.0
ASK_AGAIN_S = 60.0
SCOPE = "counter/c1"


class Desk:
    """A counter with timers, and tickers on virtual time that tick when told."""

    def __init__(self, log: EventLog[Any], legal: VirtualLegalClock, machine: ImpatientClock) -> None:
        self.log = log
        self.legal = legal
        self.machine = machine
        self.ticker = self.new_ticker()

    def new_ticker(self) -> Ticker:
        return Ticker(COUNTER, self.log, self.legal, self.machine, grace_s=GRACE_S, ask_again_s=ASK_AGAIN_S)

    async def start(self, deadline_id: str, spec: str = "5wd", *, legal_effect: bool = True) -> Instant:
        """Set a timer; returns its due instant."""
        body = StartTimer(deadline_id=deadline_id, spec=spec, legal_effect=legal_effect)
        await self.log.submit(toy_command(SCOPE, body, f"start {deadline_id}", at=self.legal.now()))
        return deadline_of((await self.events(DeadlineSet))[-1]).derivation.due_at

    async def tick(self, ticker: Ticker | None = None) -> int:
        return await (ticker or self.ticker).tick(self.legal.now())

    async def tick_after_grace(self) -> int:
        """Notice what is due, let the grace pass, tick."""
        await self.tick()
        self.machine.advance(GRACE_S)
        return await self.tick()

    async def events(self, *types: type) -> list[Recorded]:
        return [event for event in await self.log.read_scope(TENANT, SCOPE) if isinstance(event.data, types)]


def deadline_of(event: Recorded) -> Deadline:
    """The deadline that a deadline event is about."""
    deadline: Deadline = event.data.deadline  # type: ignore[attr-defined]
    return deadline


def ids(events: list[Recorded]) -> list[str]:
    """Which deadlines these events are about."""
    return [deadline_of(event).deadline_id for event in events]


@asynccontextmanager
async def desk_with_log() -> AsyncIterator[Desk]:
    legal, machine = VirtualLegalClock(START), ImpatientClock()
    log = await open_log(COUNTER, "memory:", legal, machine)
    try:
        yield Desk(log, legal, machine)
    finally:
        await log.close()
