"""What tests over a real broker need: names of their own on it, the topics of the toys, and buses over them."""

from __future__ import annotations

import os
from itertools import count

from shared.kafka.bus import KafkaBus
from shared.kafka.settings import KafkaSettings
from shared.kafka.topics import DEAD_LETTERS_TOPIC, history_topic
from shared.kernel.clock import SystemLegalClock, SystemMachineClock
from tests.support.toy_ledger import COUNTER, MIRROR

# Members that a test kills are missed this soon.
SESSION_TIMEOUT_MS = 3000
LEASE_LIFE_S = 2.0

_SUBSCRIBED = {name for toy in (COUNTER, MIRROR) for topics in toy.subscriptions.values() for name in topics}
TOY_TOPICS = tuple(history_topic(name, partitions=3) for name in sorted({*_SUBSCRIBED, DEAD_LETTERS_TOPIC}))

_numbers = count(1)


def settings_of_a_test(bootstrap: str) -> KafkaSettings:
    """Settings under which no other test has topics or groups on the same broker."""
    return KafkaSettings(bootstrap=bootstrap, prefix=f"test-{os.getpid()}-{next(_numbers)}-")


def kafka_bus(settings: KafkaSettings, owner: str = "") -> KafkaBus:
    """A bus of a replica of its own, with times for tests."""
    return KafkaBus(
        settings,
        SystemLegalClock(),
        SystemMachineClock(),
        owner=owner or f"replica-{next(_numbers)}",
        lease_life_s=LEASE_LIFE_S,
        session_timeout_ms=SESSION_TIMEOUT_MS,
    )
