"""Where the process of a service stands: positions, what is on its way outward and inward, and what comes due next.

Operators read it at `/statusz`. A demo or a test that moves legal time knows by it when a cluster is at rest.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Protocol

from msgspec import Struct

from services.hosting.runtime import ServiceRuntime
from shared.kafka.bus import KafkaBus
from shared.kernel.clock import LegalClock
from shared.kernel.instants import Instant

BROKER_TIMEOUT_S = 2.0
# Held deadlines are counted up to here.
SHOWN_MAX = 1000


class Sender(Protocol):
    """What sends notices, as far as it can be seen from here."""

    @property
    def active(self) -> bool:
        """Whether it is this replica's turn; the others do not look at the log."""

    @property
    def seen(self) -> int:
        """How far it has worked through the log."""

    async def next_due_at(self) -> Instant | None:
        """When the next attempt is due."""


class ServiceStatus(Struct, frozen=True, kw_only=True):
    """One look at the process of a service.

    `head` is the position of the newest event, `followed` how far each of those is that follow the log,
    `outbox_waiting` counts the rows that the broker has not acknowledged, `records_behind` the records of its topics
    that have not been received (None: the broker does not answer). `next_due_at` is the earliest instant of legal time
    at which a deadline or a notice comes due; it is past while one is being worked on.
    """

    service: str
    legal_now: Instant
    head: int
    followed: dict[str, int]
    outbox_waiting: int
    records_behind: int | None
    next_due_at: Instant | None
    deadlines_held: int
    messages_parked: int

    @property
    def idle(self) -> bool:
        """Nothing waits for this process."""
        return (
            self.outbox_waiting == 0
            and self.records_behind == 0
            and all(position >= self.head for position in self.followed.values())
            and (self.next_due_at is None or self.next_due_at > self.legal_now)
        )


async def service_status(
    runtime: ServiceRuntime, bus: KafkaBus, sender: Sender | None, legal: LegalClock
) -> ServiceStatus:
    """One look. Several processes are at rest when two looks at all of them, one after the other, find each idle at
    the same head: in between no log has grown. That needs the order here: first what is on its way, then the head,
    then what follows from the log."""
    name, log, now = runtime.part.name, runtime.log, legal.now()
    behind = await _records_behind(bus, name)
    head = await log.head()
    waiting = await bus.relays[name].waiting()
    followed = runtime.followed()
    if sender and sender.active:
        followed["sender"] = sender.seen
    due = [await runtime.next_due_at(), await sender.next_due_at() if sender else None]
    return ServiceStatus(
        service=name,
        legal_now=now,
        head=head,
        followed=followed,
        outbox_waiting=waiting,
        records_behind=behind,
        next_due_at=min((instant for instant in due if instant is not None), default=None),
        deadlines_held=len(await log.held_deadlines(SHOWN_MAX)),
        messages_parked=await log.parked_count(),
    )


async def _records_behind(bus: KafkaBus, service: str) -> int | None:
    consumers = [of_service[service] for of_service in (bus.consumers, bus.inbound) if service in of_service]
    with suppress(TimeoutError):
        async with asyncio.timeout(BROKER_TIMEOUT_S):
            return sum([await consumer.behind() for consumer in consumers])
    return None
