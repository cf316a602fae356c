"""The four services as deployed, each as a `ServiceProcess` on PostgreSQL and Kafka, but all in the process of a test.

Schemas and topics are of one test's own, so that its legal time and its reference data disturb nobody, and it starts
within two seconds. That they also run as processes of the system is for `tests/e2e/test_deployed.py`.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
from msgspec import structs

from services.cli.run import Person
from services.demo.cluster_world import ClusterWorld
from services.demo.player import instant_of
from services.hosting.embedded import VIRTUAL_GRACE_S
from services.hosting.parts import PARTS
from services.hosting.process import ServiceProcess
from services.hosting.process_config import process_config
from shared.config import Environment
from shared.identity.issuer import DevelopmentIssuer
from shared.kafka.topics import EVERY_TOPIC
from shared.kernel.clock_file import FileLegalClock
from shared.testing.backends import temporary_schema
from tests.support.believed import identity_variables
from tests.support.kafka import own_topics

# Order is kept in each feed, whatever the number; fewer are made sooner.
PARTITIONS = 2


@asynccontextmanager
async def processes_here(folder: Path, dsn: str, bootstrap: str, begins: str) -> AsyncIterator[ClusterWorld]:
    """A world whose legal time begins at a moment in Beijing."""
    clock, issuer = FileLegalClock(folder / "legal-clock"), DevelopmentIssuer(folder)
    clock.set(instant_of(begins))
    topics = [structs.replace(topic, partitions=min(topic.partitions, PARTITIONS)) for topic in EVERY_TOPIC]
    settings = await own_topics(bootstrap, topics)
    variables = {
        **identity_variables(folder, issuer),
        "QIZHANG_PORT": "0",
        "QIZHANG_LEGAL_CLOCK_FILE": str(folder / "legal-clock"),
        "QIZHANG_GRACE_S": str(VIRTUAL_GRACE_S),
        "QIZHANG_DATABASE": dsn,
        "QIZHANG_KAFKA": bootstrap,
        "QIZHANG_KAFKA_PREFIX": settings.prefix,
    }

    def token(person: Person, tenant: str) -> str:
        return issuer.token(
            subject=person.subject,
            organisation=person.organisation,
            tenant=tenant,
            now_s=time.time(),
            grants=person.grants,
        )

    async with AsyncExitStack() as stack:
        addresses = {}
        for part in PARTS:
            environment = Environment({**variables, "QIZHANG_SCHEMA": stack.enter_context(temporary_schema(dsn))})
            process = ServiceProcess(part, process_config(environment, part.name))
            addresses[part.name] = (await stack.enter_async_context(process)).base_url
        session = await stack.enter_async_context(aiohttp.ClientSession())
        yield ClusterWorld(addresses, clock, token, session)
