"""What a consumer hands the records of its topics to: the feeds of a service, or its commands."""

from __future__ import annotations

from typing import Protocol

from aiokafka import ConsumerRecord

from shared.bus.delivery import Message, Taker
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.places import Positions


class Receiver(Taker, Protocol):
    """Reads records, and takes what was read; `group` is the name of the consumer group within the ledger.

    `dead_letters` takes what the client cannot even read. `numbered`: it knows by the number of a message what came
    too early, so that a page may be offered at once; else a message is offered once its key's predecessor is taken.
    `positions` are those of the database that its effects are in.
    """

    service: str
    group: str
    topics: tuple[str, ...]
    dead_letters: DeadLetters
    numbered: bool
    positions: Positions

    async def read(self, topic: str, record: ConsumerRecord) -> Message | None:
        """What a record of a topic (without the prefix) carries; None where there is nothing to deliver."""
