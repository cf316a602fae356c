"""A bus that misbehaves as a broker may, by a seed: it delays, repeats, and lets contracts overtake one another.

Wrap any bus in it: what a service then records must end up in the same state as over an undisturbed one. The order
within a key is kept where the receiver takes what it is offered; a message may be answered "early" once, as if its
predecessor had not arrived, and comes again.
"""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any, cast

from shared.bus.port import Bus
from shared.commands.service import Service
from shared.eventstore.port import EventLog, Receipt
from shared.kernel.errors import Trouble
from shared.public_events.envelope import Envelope

# Turns of the event loop that a message waits at most while others go on.
DELAY_TURNS_MAX = 30

REPEAT_CHANCE = 0.3
NOT_YET_CHANCE = 0.1
OLD_MESSAGES_KEPT = 50


class DisturbedBus:
    """A `Bus` that hands every receiver to `inner` behind a disturbance of its own."""

    def __init__(self, inner: Bus, seed: int) -> None:
        self._inner = inner
        self._seed = seed

    async def join(self, service: Service[Any], log: EventLog[Any]) -> None:
        """Join `service` with a log whose `receive` is disturbed."""
        random = Random(f"{self._seed} {service.name}")
        await self._inner.join(service, cast(EventLog[Any], DisturbedReceiver(log, random)))

    async def delivered(self, source: str, position: int) -> None:
        """As the inner bus says."""
        await self._inner.delivered(source, position)

    def undelivered(self) -> int:
        """As the inner bus says."""
        return self._inner.undelivered()

    def trouble(self) -> Trouble | None:
        """As the inner bus says."""
        return self._inner.trouble()

    async def close(self) -> None:
        """Close the inner bus."""
        await self._inner.close()


class DisturbedReceiver:
    """An `EventLog` that receives with disturbance and passes everything else on."""

    def __init__(self, log: EventLog[Any], random: Random) -> None:
        self._log = log
        self._random = random
        self._put_off: set[tuple[str, str, int]] = set()
        self._old: list[Envelope] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def receive(self, envelope: Envelope) -> Receipt:
        """Deliver `envelope` later, not yet, or together with an old message once more."""
        await self._disturb()
        message = (envelope.topic, envelope.key, envelope.n)
        if message not in self._put_off and self._random.random() < NOT_YET_CHANCE:
            self._put_off.add(message)
            return Receipt(kind="early")
        receipt: Receipt = await self._log.receive(envelope)
        self._old = [*self._old, envelope][-OLD_MESSAGES_KEPT:]
        return receipt

    async def _disturb(self) -> None:
        for _ in range(self._random.randrange(DELAY_TURNS_MAX)):
            await asyncio.sleep(0)
        if self._old and self._random.random() < REPEAT_CHANCE:
            await self._log.receive(self._random.choice(self._old))
