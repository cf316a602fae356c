"""The one definition of every topic: name, partitions, configuration, and the events that travel on it.

`qizhang topics apply` and `check`, the AsyncAPI document and the tests all read it; a broker never makes a topic by
accident. History is never compacted and never expires (design section 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct

from shared.public_events.catalog import CATALOG_TOPIC
from shared.public_events.contracts import CONTRACTS_TOPIC
from shared.public_events.deadlines import DEADLINES_TOPIC
from shared.public_events.invoicing import INVOICING_TOPIC
from shared.public_events.language import PUBLIC_LANGUAGE
from shared.public_events.notices import NOTICES_TOPIC
from shared.public_events.outcomes import OUTCOMES_TOPIC
from shared.public_events.submissions import ACCEPTANCE_TOPIC

TopicKind = Literal["history", "inbound", "outcomes", "dead_letters", "register"]

# More can be added later: order rests on the numbers of a feed, not on partitions.
PARTITIONS: Final = 6

# What the broker takes at most. Clients refuse at RECORD_BYTES_MAX, before they spend a sequence number on a record.
MESSAGE_BYTES_MAX: Final = 1024 * 1024
RECORD_BYTES_MAX: Final = 1_000_000

# The one codec that every usual client reads without a library of its own (kafkajs reads no other). The broker packs,
# so that whoever publishes need not; the lowest level takes most of what there is to gain.
COMPRESSION: Final = {"compression.type": "gzip", "compression.gzip.level": "1"}

_DAY_MS: Final = 24 * 60 * 60 * 1000
_FOR_EVER: Final = "-1"
# Commands and answers stand in the logs of the services; their topics only carry them.
_CARRIED: Final = str(365 * _DAY_MS)

INBOUND_SERVICES: Final = ("catalog", "contracts", "acceptance", "notifier")
DEAD_LETTERS_TOPIC: Final = "ledger.dead_letters.v1"


class Topic(Struct, frozen=True, kw_only=True):
    """A topic as it has to be. `events` are the types of the published language it carries; each has a JSON Schema
    `docs/events/<type>.json`."""

    name: str
    kind: TopicKind
    partitions: int
    configuration: Mapping[str, str]
    events: tuple[str, ...] = ()


def inbound_topic(service: str) -> str:
    """Where internal systems publish commands for a service."""
    return f"ledger.inbound.{service}.v1"


def history_topic(name: str, partitions: int = PARTITIONS) -> Topic:
    """A topic of the published language: kept for ever, in the producers' time."""
    events = tuple(event for event in PUBLIC_LANGUAGE.names() if name == PUBLIC_LANGUAGE.struct(event).TOPIC)
    return _topic(name, "history", partitions, _FOR_EVER, events=events)


def topic_of_commands(service: str, partitions: int = PARTITIONS) -> Topic:
    """The inbound topic of a service. When a command was received is what the broker says, not the sender (R-409)."""
    return _topic(inbound_topic(service), "inbound", partitions, _CARRIED, append_time=True)


def topic_of_outcomes(partitions: int = PARTITIONS) -> Topic:
    """Where each of those commands is answered."""
    return _topic(OUTCOMES_TOPIC, "outcomes", partitions, _CARRIED)


def _topic(
    name: str,
    kind: TopicKind,
    partitions: int,
    retention_ms: str,
    *,
    append_time: bool = False,
    events: tuple[str, ...] = (),
) -> Topic:
    configuration = {
        **COMPRESSION,
        "cleanup.policy": "delete",
        "retention.ms": retention_ms,
        "retention.bytes": "-1",
        "message.timestamp.type": "LogAppendTime" if append_time else "CreateTime",
        "max.message.bytes": str(MESSAGE_BYTES_MAX),
        "unclean.leader.election.enable": "false",
    }
    return Topic(name=name, kind=kind, partitions=partitions, configuration=configuration, events=events)


TOPICS: Final[tuple[Topic, ...]] = (
    *(
        history_topic(name)
        for name in (
            CATALOG_TOPIC,
            CONTRACTS_TOPIC,
            ACCEPTANCE_TOPIC,
            INVOICING_TOPIC,
            NOTICES_TOPIC,
            DEADLINES_TOPIC,
        )
    ),
    *map(topic_of_commands, INBOUND_SERVICES),
    topic_of_outcomes(),
    _topic(DEAD_LETTERS_TOPIC, "dead_letters", 1, _CARRIED),
)

# Which database is whose in this ledger; nobody but its own processes reads it.
REGISTER_TOPIC: Final = _topic("ledger.register.v1", "register", 1, _FOR_EVER)

EVERY_TOPIC: Final = (*TOPICS, REGISTER_TOPIC)
