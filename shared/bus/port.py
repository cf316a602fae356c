"""The port of the bus: services join it, and what one publishes reaches those that subscribe.

Guarantees of every implementation (`tests/contract/test_bus.py`): at least once; in outbox order per (tenant, topic,
key); keys do not wait for one another across partitions; a message that the receiver parks does not stop its
partition. Each effect once is not the bus's work but the receiver's (`EventLog.receive`). In the embedded mode all
services of the process join one bus; in the cluster a process joins its own service, and joining starts its relay
(outbox to broker) and its consumer (broker to feeds).
"""

from __future__ import annotations

from typing import Any, Protocol

from shared.commands.service import Service
from shared.eventstore.port import EventLog
from shared.kernel.errors import Trouble


class Bus(Protocol):
    """Carries outbox rows to the receivers that subscribe to their topic."""

    async def join(self, service: Service[Any], log: EventLog[Any]) -> None:
        """From now on carry what `service` publishes, and deliver to it what it subscribes to."""

    async def delivered(self, source: str, position: int) -> None:
        """Wait until what `source` had published at `position` of its log is with every receiver here."""

    def undelivered(self) -> int:
        """How many messages were read from an outbox and are not yet with their receiver (a gauge)."""

    def trouble(self) -> Trouble | None:
        """What does not go on by itself: people have to look at it, and everybody is served all the same."""

    async def close(self) -> None:
        """Let what is being delivered finish, remember the positions, and stop."""
