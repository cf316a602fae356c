"""The bus of the embedded mode: follows the outbox of every service that joined, and delivers to the others.

It has partitions like a broker, so that it does not hide what a cluster shows: order holds per key, not across keys.
Positions are kept in the receiver's store as a hint where to read on; what counts is the receiver's feeds.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

from shared.bus.follower import PARTITIONS, Follower
from shared.bus.lane import WAITING_RETRY_S
from shared.bus.standing import standing
from shared.commands.service import Service
from shared.eventstore.port import EventLog
from shared.kernel.clock import MachineClock
from shared.kernel.errors import Trouble

Member = tuple[Service[Any], EventLog[Any]]


class InProcessBus:
    """A `Bus` for services of one process. `partitions` and `early_retry_s` are parameters for tests."""

    def __init__(
        self, machine: MachineClock, *, partitions: int = PARTITIONS, early_retry_s: float = WAITING_RETRY_S
    ) -> None:
        self._machine = machine
        self._partitions = partitions
        self._early_retry_s = early_retry_s
        self._members: dict[str, Member] = {}
        self._followers: list[Follower] = []
        self._running = AsyncExitStack()

    async def join(self, service: Service[Any], log: EventLog[Any]) -> None:
        """Start to follow `service` for everybody that subscribes to it, and everybody for it."""
        if service.name in self._members:
            raise ValueError(f"{service.name} has joined already")
        self._members[service.name] = (service, log)
        for other in list(self._members.values()):
            await self._follow(other, (service, log))
            if other[0].name != service.name:
                await self._follow((service, log), other)

    async def _follow(self, source: Member, receiver: Member) -> None:
        topics = receiver[0].subscriptions.get(source[0].name)
        if topics:
            follower = Follower(
                source[0].name,
                source[1],
                receiver[0].name,
                receiver[1],
                topics,
                self._machine,
                partitions=self._partitions,
                early_retry_s=self._early_retry_s,
            )
            self._followers.append(follower)
            await self._running.enter_async_context(follower)

    async def delivered(self, source: str, position: int) -> None:
        """Wait until what `source` published up to `position` of its log is with every receiver."""
        for follower in self._followers:
            if follower.source == source:
                await follower.delivered(position)

    def undelivered(self) -> int:
        """Messages on their way in this process."""
        return sum(follower.undelivered for follower in self._followers)

    def trouble(self) -> Trouble | None:
        """The feeds and partitions that do not go on."""
        return standing(
            [feed for follower in self._followers for feed in follower.waiting_feeds()],
            [lane for follower in self._followers for lane in follower.lanes],
        )

    async def close(self) -> None:
        """Stop the followers; each writes its positions."""
        await self._running.aclose()
