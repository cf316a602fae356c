"""The load: contracts lived side by side until the run is over, and legal time that goes on all the while."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress
from typing import Final

from shared.kernel.clock import SystemMachineClock
from shared.kernel.clock_file import FileLegalClock
from shared.kernel.instants import plus_seconds
from tests.chaos.client import Client, OutOfPatience
from tests.chaos.defect import PREFIX
from tests.chaos.lives import LIVES, Hand, Life, Outcome, Unexpected, defective, forged
from tests.chaos.topic import Desk

# Contracts begin one after the other, as long as not too many are under way: some wait for weeks of legal time.
BEGIN_EVERY_S: Final = 0.8
AT_ONCE_MAX: Final = 60

# Legal time runs so much faster than the machine's: a review of five working days is over in half a minute.
LEGAL_PER_MACHINE: Final = 6 * 3600.0
MOVE_EVERY_S: Final = 0.25


class Load:
    """Lives contracts for as long as it is told; `outcomes`, `planted`, `defective` and `found` grow.

    `planted` are contracts with a forged message, `defective` those whose deadlines cannot be decided.
    """

    def __init__(self, client: Client, desk: Desk, legal: FileLegalClock, chance: random.Random) -> None:
        self.outcomes: list[Outcome] = []
        self.found: list[str] = []
        self.planted: set[str] = set()
        self.defective: set[str] = set()
        self._client = client
        self._desk = desk
        self._legal = legal
        self._chance = chance
        self._machine = SystemMachineClock()
        self._begun = 0

    async def run(self, duration_s: float) -> None:
        """Begin contracts for `duration_s`, then live to their end those that have begun."""
        until_s = time.monotonic() + duration_s
        room = asyncio.Semaphore(AT_ONCE_MAX)
        async with asyncio.TaskGroup() as tasks:
            while time.monotonic() < until_s:
                await self._machine.sleep(BEGIN_EVERY_S)
                await room.acquire()
                life = self._chance.choices(list(LIVES), list(LIVES.values()))[0]
                tasks.create_task(self._live(life)).add_done_callback(lambda _: room.release())

    async def _live(self, life: Life) -> None:
        self._begun += 1
        prefix = PREFIX if life is defective else "X-"
        hand = Hand(self._client, self._desk, self._legal, f"{prefix}{self._begun}")
        if life is forged:
            self.planted.add(hand.contract)
        if life is defective:
            self.defective.add(hand.contract)
        try:
            self.outcomes.append(await life(hand))
        except (OutOfPatience, Unexpected) as error:
            self.found.append(f"{hand.contract} ({life.__name__}): {error}")


class Pace:
    """Moves legal time for all processes between `async with` and its end."""

    def __init__(self, legal: FileLegalClock) -> None:
        self._legal = legal
        self._machine = SystemMachineClock()

    async def __aenter__(self) -> None:
        self._moving = asyncio.create_task(self._move())

    async def __aexit__(self, *error: object) -> None:
        self._moving.cancel()
        with suppress(asyncio.CancelledError):
            await self._moving

    async def _move(self) -> None:
        while True:
            await self._machine.sleep(MOVE_EVERY_S)
            self._legal.set(plus_seconds(self._legal.now(), LEGAL_PER_MACHINE * MOVE_EVERY_S))
