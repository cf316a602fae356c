"""From the inbound topic of a service into its log: records in, decided commands and their answers out.

What comes from outside is decided or refused, and answered in the same transaction (`EventLog.answer`). Only what can
be told to nobody is copied to the dead letters; only a store that is away stops a partition.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from msgspec import Struct
from msgspec.structs import replace
from opentelemetry.trace import SpanKind

from shared.commands.command import NOBODY, Command, Rejected
from shared.eventstore.port import EventLog, Receipt
from shared.inbound.errors import NotDecided
from shared.inbound.request import InboundRecord, InboundRequests, Unaddressed, rejection
from shared.kafka.awaited import ENDS_TIMEOUT_S, Awaited, FollowedTopics
from shared.kafka.consumer import Consumer
from shared.kafka.dead_letters import REASON_CHARACTERS_MAX, DeadLetters
from shared.kafka.places import Positions
from shared.kafka.topics import inbound_topic
from shared.kernel.clock import MachineClock
from shared.kernel.errors import NotArrivedYet, StoreUnavailable, Unintelligible
from shared.kernel.loops import pause_s
from shared.kernel.texts import shown
from shared.kernel.threads import off_the_loop
from shared.telemetry.metrics import measure
from shared.telemetry.spans import current_traceparent, span

# A command that meets a defect of ours is tried this often before its sender is told so.
DECIDE_ATTEMPTS_MAX: Final = 3

# What a command is about may be on its way for so long; until then the commands of its key wait, and all deadlines of
# the service with them. Then its sender is told to send it again.
NOT_ARRIVED_WAIT_S: Final = 60.0

# A service that is behind in the topics that it follows, and getting on, lets a command wait up to here: its own lag
# is no reason to have it sent again.
FEEDS_BEHIND_WAIT_S: Final = 600.0

_LOG_APPEND_TIME: Final = 1

_log = logging.getLogger("qizhang.inbound")


class InboundMessage(Struct, kw_only=True):
    """A record on its way to its decision, with what a delivery asks of a message: its feed is its key's.

    `read_at_s` is when it was first looked at, on the clock that nobody sets; `awaited` is set once it has been found
    to wait for what has not arrived.
    """

    tenant: str = ""
    source: str = ""
    topic: str
    key: str
    n: int
    place: str
    record: ConsumerRecord
    read_at_s: float
    awaited: Awaited | None = None

    @property
    def size_bytes(self) -> int:
        """So much of somebody else's text has to be looked at."""
        record = self.record
        return len(record.value or b"") + sum(len(name) + len(value or b"") for name, value in record.headers)

    @property
    def inbound(self) -> InboundRecord:
        """As much of the record as its meaning depends on."""
        record = self.record
        return InboundRecord(
            headers=tuple(record.headers),
            value=record.value,
            appended_at_ms=record.timestamp if record.timestamp_type == _LOG_APPEND_TIME else None,
        )


class InboundReception:
    """Takes what internal systems publish for one service. `follows` is set where it follows topics of others."""

    def __init__(
        self,
        service: str,
        log: EventLog[Any],
        requests: InboundRequests,
        dead_letters: DeadLetters,
        machine: MachineClock,
    ) -> None:
        self.service = service
        self.group = f"{service}.inbound"
        self.topics: tuple[str, ...] = (inbound_topic(service),)
        self.numbered = False
        self._log = log
        self.positions: Positions = log
        self._requests = requests
        self.dead_letters = dead_letters
        self.follows: FollowedTopics | None = None
        self._machine = machine

    async def read(self, topic: str, record: ConsumerRecord) -> InboundMessage | None:
        """Every record is delivered: what is wrong with it is answered like everything else."""
        return InboundMessage(
            topic=topic,
            key=(record.key or b"").hex(),
            n=record.offset,
            place=f"{record.partition}:{record.offset}",
            record=record,
            read_at_s=self._machine.elapsed(),
        )

    async def receive(self, message: InboundMessage) -> Receipt:
        """Decide what a record asks for; returns when its answer is durable.

        Raises StoreUnavailable, and what lets the commands of its key wait: Unintelligible, NotArrivedYet, and a defect
        that keeps even an answer from being recorded.
        """
        found = await off_the_loop(message.size_bytes, lambda: self._read(message))
        if isinstance(found, Command):
            await self._decide(message, found)
        else:
            await self._reject(message, found)
        return Receipt(kind="applied")

    async def parked_count(self) -> int:
        """Nothing that comes from outside is parked."""
        return 0

    def _read(self, message: InboundMessage) -> Command[Any] | Rejected | Unaddressed:
        """Nothing of the reception is touched here: a large record is read in a thread."""
        try:
            return self._requests.read(message.inbound)
        except Exception:  # loop edge: a defect of ours stops nobody else's command
            _log.exception("cannot read %s %s", message.topic, message.place)
            return rejection(message.inbound, NOBODY, NotDecided())

    async def _reject(self, message: InboundMessage, found: Rejected | Unaddressed) -> None:
        """Tell the sender. What nobody can be told, and what is our own fault, leaves a copy; raises PublishFailed."""
        error = found.error
        reason = shown(f"{error.code} {error.field}: {error}", REASON_CHARACTERS_MAX)
        _log.warning("no command in %s %s: %s", message.topic, message.place, reason)
        measure("ledger_inbound_rejected_total", 1, {"service": self.service, "code": error.code})
        if isinstance(found, Unaddressed) or isinstance(error, NotDecided):
            await self._put_aside(message, reason)
        if isinstance(found, Rejected):
            await self._log.reject(found)

    async def _decide(self, message: InboundMessage, command: Command[Any]) -> None:
        caused_by = command.context.traceparent
        with span(
            f"process {message.topic}",
            kind=SpanKind.CONSUMER,
            links=[caused_by] if caused_by else (),
            semantic={
                "messaging.system": "kafka",
                "messaging.operation.name": "process",
                "messaging.operation.type": "process",
                "messaging.destination.name": message.topic,
            },
        ):
            traced = replace(command.context, traceparent=current_traceparent() or caused_by)
            await self._until_answered(message, replace(command, context=traced))

    async def _until_answered(self, message: InboundMessage, command: Command[Any]) -> None:
        # Asked before it is decided: what had arrived by then is no reason to wait any more.
        may_arrive = await self._may_arrive(message)
        for attempt in range(1, DECIDE_ATTEMPTS_MAX + 1):
            try:
                outcome = await self._log.answer(command)
                measure("ledger_command_total", 1, {"service": self.service, "outcome": outcome})
                return
            except (StoreUnavailable, Unintelligible):
                # Neither is the command's fault: it waits for the store, or for a newer build.
                raise
            except NotArrivedYet as error:
                if may_arrive:
                    await self._look_at_topics(message)
                    raise
                # Nothing is stored under its key: sent again it is decided anew.
                await self._reject(message, rejection(message.inbound, command.context.tenant, error))
                return
            except Exception:  # loop edge: a defect of ours stops nobody else's command
                _log.exception("cannot decide %s %s (attempt %d)", message.topic, message.place, attempt)
                await self._machine.sleep(pause_s(attempt))
        await self._reject(message, rejection(message.inbound, command.context.tenant, NotDecided()))

    async def _may_arrive(self, message: InboundMessage) -> bool:
        """Whether what a command is about may be on its way. Where the broker does not tell, it may."""
        waited_s = self._machine.elapsed() - message.read_at_s
        if waited_s < NOT_ARRIVED_WAIT_S:
            return True
        if self.follows is None or waited_s >= FEEDS_BEHIND_WAIT_S:
            return False
        return message.awaited is None or await message.awaited.may_arrive()

    async def _look_at_topics(self, message: InboundMessage) -> None:
        """Note what may still arrive, and how far it has come."""
        if self.follows is None:
            return
        try:
            message.awaited = message.awaited or await self.follows.awaited(message.read_at_s)
        except (KafkaError, TimeoutError) as error:
            _log.warning("where the topics of %s end is not known: %s", self.service, error)
        else:
            await message.awaited.may_arrive()

    async def _put_aside(self, message: InboundMessage, reason: str) -> None:
        """A copy tells why nobody was answered; raises PublishFailed, and the partition waits."""
        record = message.record
        await self.dead_letters.put(
            message.topic, message.place, record.key, record.value, list(record.headers), reason
        )
        measure("ledger_dead_letters_total", 1, {"service": self.service, "kind": "inbound"})


class InboundBacklog:
    """What stood in an inbound topic when it was looked at."""

    def __init__(self, consumer: Consumer, ends: Mapping[TopicPartition, int]) -> None:
        self._consumer = consumer
        self._ends = ends

    async def is_decided(self) -> bool:
        """Whether all of it has been decided, by this process or another."""
        return await self._consumer.has_reached(self._ends)


class TopicUnknown(Exception):
    """The broker tells of no partitions, so nobody knows what waits in them."""


class InboundIntake:
    """What has to be decided before a deadline fires (R-401): the inbound topic of a service."""

    def __init__(self, consumer: Consumer, service: str) -> None:
        self._consumer = consumer
        self._topics = (inbound_topic(service),)

    async def backlog(self) -> InboundBacklog:
        """What stands in the topic now; raises TopicUnknown, KafkaError, and TimeoutError."""
        async with asyncio.timeout(ENDS_TIMEOUT_S):
            ends = await self._consumer.ends(self._topics)
        if not ends:
            raise TopicUnknown(self._topics[0])
        return InboundBacklog(self._consumer, ends)

    async def caught_up(self) -> None:
        """Wait until what stands in the topic now has been decided; raises what `backlog` raises."""
        await self.backlog()
        await self._consumer.caught_up(self._topics)
