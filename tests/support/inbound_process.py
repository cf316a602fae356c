"""A counter that takes commands from the broker, in a process of its own, for tests that kill it.

`python -m tests.support.inbound_process BOOTSTRAP PREFIX LOCATION` works until its standard input ends; failpoints are
armed from the environment (see `tests.support.kafka_process`).
"""

from __future__ import annotations

import asyncio
import os
import sys

from shared.eventstore.log import open_log
from shared.kafka.settings import KafkaSettings
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock
from shared.kernel.failpoints import ENVIRONMENT_VARIABLE, arm_from
from tests.support.inbound import requests
from tests.support.kafka import kafka_bus
from tests.support.toy_ledger import COUNTER, START

MODULE = "tests.support.inbound_process"


async def main(bootstrap: str, prefix: str, location: str) -> None:
    arm_from(os.environ.get(ENVIRONMENT_VARIABLE, ""))
    log = await open_log(COUNTER, location, VirtualLegalClock(START), SystemMachineClock())
    bus = kafka_bus(KafkaSettings(bootstrap=bootstrap, prefix=prefix))
    await bus.join(COUNTER, log, requests())
    await asyncio.to_thread(sys.stdin.read)
    await bus.close()
    await log.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
