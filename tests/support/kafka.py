"""What tests over a real broker need: names of their own on it."""

from __future__ import annotations

import os
from itertools import count

from shared.kafka.settings import KafkaSettings

_numbers = count(1)


def settings_of_a_test(bootstrap: str) -> KafkaSettings:
    """Settings under which no other test has topics or groups on the same broker."""
    return KafkaSettings(bootstrap=bootstrap, prefix=f"test-{os.getpid()}-{next(_numbers)}-")
