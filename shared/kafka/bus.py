"""The bus of the cluster: for each service that joins, a relay to the broker and a consumer from it.

A process of the cluster joins its own service; in tests several join one bus. All replicas of a service share its
consumer group and its relay's lease.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, Final

from shared.bus.standing import standing
from shared.commands.service import Service
from shared.eventstore.leased import LEASE_LIFE_S
from shared.eventstore.port import EventLog
from shared.inbound.request import InboundRequests
from shared.kafka.awaited import FollowedTopics
from shared.kafka.consumer import SESSION_TIMEOUT_MS, Consumer
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.inbound import InboundIntake, InboundReception
from shared.kafka.publisher import PUBLISH_TIMEOUT_S, KafkaPublisher
from shared.kafka.receiver import Receiver
from shared.kafka.reception import Reception
from shared.kafka.settings import KafkaSettings
from shared.kernel.clock import LegalClock, MachineClock
from shared.kernel.errors import Trouble
from shared.kernel.loops import Loop
from shared.relay.relay import Relay
from shared.telemetry.metrics import measure

GAUGES_EVERY_S: Final = 5.0
# A partition waits this long for the copy of a message that is parked.
COPY_TIMEOUT_S: Final = 5.0


class KafkaBus:
    """A `Bus` over Kafka. `owner` names this process among its replicas; the times are parameters for tests.

    Nothing is read or published before `admitted` is set, where there is one.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        legal: LegalClock,
        machine: MachineClock,
        *,
        owner: str,
        lease_life_s: float = LEASE_LIFE_S,
        session_timeout_ms: int = SESSION_TIMEOUT_MS,
        publish_timeout_s: float = PUBLISH_TIMEOUT_S,
        admitted: asyncio.Event | None = None,
    ) -> None:
        self._admitted = admitted
        self.relays: dict[str, Relay] = {}
        self.consumers: dict[str, Consumer] = {}
        self.intakes: dict[str, InboundIntake] = {}
        self.inbound: dict[str, Consumer] = {}
        self._subscriptions: dict[str, Mapping[str, tuple[str, ...]]] = {}
        self._settings = settings
        self._legal = legal
        self._machine = machine
        self._owner = owner
        self._lease_life_s = lease_life_s
        self._session_timeout_ms = session_timeout_ms
        self._publish_timeout_s = publish_timeout_s
        self._running = AsyncExitStack()

    async def join(self, service: Service[Any], log: EventLog[Any], requests: InboundRequests | None = None) -> None:
        """Start to relay what `service` publishes, and to consume what it subscribes to.

        With `requests` its inbound topic too, before anything that depends on what stands in it.
        """
        if service.name in self.relays:
            raise ValueError(f"{service.name} has joined already")
        client_id = f"{service.name}-{self._owner}"
        await self._relay(service, log, client_id)
        copies = self._publisher(f"dead-letters-{client_id}", COPY_TIMEOUT_S)
        dead_letters = DeadLetters(service.name, copies)
        inbound: InboundReception | None = None
        if requests:
            inbound = InboundReception(service.name, log, requests, dead_letters, self._machine)
            await self._take_in(inbound, client_id)
        if service.subscriptions:
            await self._consume(service, log, dead_letters, client_id)
            if inbound:
                inbound.follows = FollowedTopics(self.consumers[service.name], self._machine)
        await self._running.enter_async_context(_Gauges(service.name, log, self.relays[service.name], self._machine))

    async def _relay(self, service: Service[Any], log: EventLog[Any], client_id: str) -> None:
        publisher = self._publisher(f"relay-{client_id}", self._publish_timeout_s)
        relay = Relay(
            service.name,
            log,
            publisher,
            self._legal,
            self._machine,
            owner=self._owner,
            lease_life_s=self._lease_life_s,
        )
        self.relays[service.name] = await self._running.enter_async_context(relay)

    async def _take_in(self, reception: InboundReception, client_id: str) -> None:
        consumer = await self._consumer(reception, f"inbound-{client_id}")
        self.inbound[reception.service] = consumer
        self.intakes[reception.service] = InboundIntake(consumer, reception.service)

    async def _consume(
        self, service: Service[Any], log: EventLog[Any], dead_letters: DeadLetters, client_id: str
    ) -> None:
        reception = Reception(service, log, dead_letters, self._legal, self.intakes.get(service.name))
        self._subscriptions[service.name] = service.subscriptions
        self.consumers[service.name] = await self._consumer(reception, f"consumer-{client_id}")

    async def _consumer(self, receiver: Receiver, client_id: str) -> Consumer:
        consumer = Consumer(
            self._settings,
            receiver,
            self._machine,
            client_id=client_id,
            session_timeout_ms=self._session_timeout_ms,
            admitted=self._admitted,
        )
        return await self._running.enter_async_context(consumer)

    def _publisher(self, client_id: str, timeout_s: float) -> KafkaPublisher:
        publisher = KafkaPublisher(self._settings, client_id, publish_timeout_s=timeout_s, admitted=self._admitted)
        self._running.push_async_callback(publisher.close)
        return publisher

    async def delivered(self, source: str, position: int) -> None:
        """Wait until what is in the outbox of `source` now is with every receiver of this process."""
        if source in self.relays:
            await self.relays[source].relayed()
        for receiver, consumer in self.consumers.items():
            await consumer.caught_up(self._subscriptions[receiver].get(source, ()))

    def undelivered(self) -> int:
        """Messages on their way through this process."""
        return sum(relay.pending for relay in self.relays.values()) + sum(
            consumer.undelivered for consumer in (*self.consumers.values(), *self.inbound.values())
        )

    def trouble(self) -> Trouble | None:
        """The feeds, the commands of a key, the partitions and the topics that do not go on."""
        consumers = [*self.consumers.values(), *self.inbound.values()]
        return standing(
            [feed for consumer in consumers for feed in consumer.waiting_feeds()],
            [lane for consumer in consumers for lane in consumer.lanes],
            [topic for consumer in consumers for topic in consumer.closed_topics()],
        )

    async def close(self) -> None:
        """Commit what was delivered, leave the groups, give the leases back."""
        await self._running.aclose()


class _Gauges(Loop):
    """Measures what changes while nothing happens: ages grow, parked messages stay."""

    def __init__(self, service: str, log: EventLog[Any], relay: Relay, machine: MachineClock) -> None:
        super().__init__(f"gauges of {service}", machine)
        self._service = service
        self._log = log
        self._relay = relay

    async def step(self) -> None:
        """Measure once, then wait."""
        if self._relay.active:
            self._relay.report()
        measure("ledger_parked_messages", await self._log.parked_count(), {"service": self._service})
        await self.machine.sleep(GAUGES_EVERY_S)
