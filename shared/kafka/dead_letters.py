"""Copies of what could not be used, unchanged, on a topic of their own: for whoever looks into the reason.

The names of the added headers follow KIP-1191 (`__dlq.errors.*`). A copy is made at least once. It is not what a
replay takes: a parked message stands in the receiver's log, and a malformed record stays where it was.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from shared.kafka.publisher import KafkaPublisher
from shared.kafka.records import Record
from shared.kafka.topics import DEAD_LETTERS_TOPIC, RECORD_BYTES_MAX
from shared.kernel.texts import shown
from shared.messages.cloudevents import Header
from shared.telemetry.metrics import measure

PREFIX: Final = "__dlq.errors."
REASON_CHARACTERS_MAX: Final = 500

_log = logging.getLogger("qizhang.kafka")


class DeadLetters:
    """Writes the copies that one service makes."""

    def __init__(self, service: str, publisher: KafkaPublisher) -> None:
        self._service = service
        self._publisher = publisher

    async def put(
        self,
        topic: str,
        place: str,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes | None]],
        reason: str,
    ) -> None:
        """Return when the copy is acknowledged; raises PublishFailed. `place` is where the record was found.

        A record that is larger than the ledger sends is not copied; its place and the reason are.
        """
        added = [
            (PREFIX + "topic", topic),
            (PREFIX + "place", place),
            (PREFIX + "group", self._service),
            (PREFIX + "message", shown(reason, REASON_CHARACTERS_MAX)),
        ]
        own: list[Header] = [(name, text.encode()) for name, text in added]
        record = Record(
            topic=DEAD_LETTERS_TOPIC,
            key=key or b"",
            value=value or b"",
            headers=[*((name, text or b"") for name, text in headers), *own],
        )
        if record.size > RECORD_BYTES_MAX:
            record = Record(topic=DEAD_LETTERS_TOPIC, key=b"", value=b"", headers=own)
        await self._publisher.publish_records([record])

    async def unreadable(self, topic: str, place: str, reason: str) -> None:
        """Note a record of which the client cannot tell what it holds; raises PublishFailed."""
        _log.error("unreadable record %s %s: %s", topic, place, reason)
        await self.put(topic, place, None, None, [], reason)
        measure("ledger_dead_letters_total", 1, {"service": self._service, "kind": "unreadable"})
