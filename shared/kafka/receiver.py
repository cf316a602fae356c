"""What a consumer hands the records of its topics to: the feeds of a service, or its commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from aiokafka import ConsumerRecord

from shared.eventstore.port import ParkedMessage, Receipt
from shared.kafka.dead_letters import DeadLetters
from shared.public_events.envelope import Envelope


class Receiver(Protocol):
    """Reads records, and takes what was read; `group` is the name of the consumer group within the ledger.

    `dead_letters` takes what the client cannot even read. `numbered`: it knows by the number of a message what came
    too early, so that a page may be offered at once; else a message is offered once its key's predecessor is taken.
    """

    service: str
    group: str
    topics: tuple[str, ...]
    dead_letters: DeadLetters
    numbered: bool

    async def read(self, topic: str, record: ConsumerRecord) -> Envelope | None:
        """What a record of a topic (without the prefix) carries; None where there is nothing to deliver."""

    async def receive(self, envelope: Envelope) -> Receipt:
        """Take a message for good; raises StoreUnavailable."""

    async def parked(self, limit: int) -> Sequence[ParkedMessage]:
        """Messages that wait for an operator."""
