"""One run on a started cluster: load and faults, healing, quiet, and the checks of everything that was written.

In: the cluster, the broker, the clock file, the cycles of faults. Out: a verdict with figures and findings.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from typing import Final

import aiohttp
from msgspec import Struct

from shared.commands.batch import REQUEST_LIFE_MAX_S
from shared.kafka.settings import KafkaSettings
from shared.kernel.clock import SystemMachineClock
from shared.kernel.clock_file import FileLegalClock
from shared.kernel.instants import plus_seconds
from shared.public_events.contracts import CONTRACTS_TOPIC
from shared.public_events.scopes import contract_scope
from shared.testing.kafka_broker import KafkaBroker
from tests.chaos.books import Book, Books, opened, quiet, records, stored_answers, wanted
from tests.chaos.checks.commands import acknowledged_once, positions_dense
from tests.chaos.checks.deadlines import fired_once, right_effect
from tests.chaos.checks.feeds import on_topics, published_dense, received_all
from tests.chaos.checks.outcomes import as_told, requested_as_due, requested_once
from tests.chaos.checks.topic import answered_once, parked_as_planted
from tests.chaos.client import Client
from tests.chaos.lives import is_forged
from tests.chaos.load import Load, Pace
from tests.chaos.nemesis import Nemesis
from tests.chaos.schedule import Cycle, Times
from tests.chaos.telling import tell, tell_cycle
from tests.chaos.topic import Desk
from tests.support.cluster import Cluster

TIMES: Final = Times(lease_s=3.0, session_s=6.0, publish_s=8.0, request_s=REQUEST_LIFE_MAX_S)

# At the end legal time jumps so far: whatever was begun comes due.
LAST_JUMP_S: Final = 45 * 86400.0
PARKED_LOOKED_AT: Final = 1000


class Verdict(Struct, kw_only=True):
    """What a run was, in figures by name, and what was found; all is well when nothing was."""

    figures: dict[str, int]
    faults: Counter[str]
    answers: Counter[str]
    found: list[str]


class Run:
    """Plays once; a run is not used again."""

    def __init__(self, cluster: Cluster, broker: KafkaBroker, legal: FileLegalClock, seed: int) -> None:
        self._cluster = cluster
        self._dsn = cluster.environment["QIZHANG_DATABASE"]
        self._settings = KafkaSettings(bootstrap=broker.bootstrap)
        self._legal = legal
        self._chance = random.Random(seed)
        self._machine = SystemMachineClock()
        self._nemesis = Nemesis(cluster, broker, self._dsn)

    async def play(self, cycles: Sequence[Cycle]) -> Verdict:
        """Everything, from the first contract to the verdict."""
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(aiohttp.ClientSession())
            books = await stack.enter_async_context(opened(self._dsn, self._legal))
            client = Client(self._cluster, session, self._chance)
            desk = await stack.enter_async_context(Desk(self._settings.bootstrap, self._legal))
            load = Load(client, desk, self._legal, self._chance)
            # Before anything goes wrong the catalogue has to be with contracts, or nothing could be drafted.
            found = await quiet(books, self._legal, client.behind)
            watching = asyncio.create_task(self._nemesis.watch())
            try:
                async with Pace(self._legal), asyncio.TaskGroup() as tasks:
                    tasks.create_task(load.run(cycles[-1].ends_s))
                    await self._faults(cycles, client)
                self._legal.set(plus_seconds(self._legal.now(), LAST_JUMP_S))
                tell("等待平静 / waiting until nothing is on its way")
                found += await quiet(books, self._legal, client.behind, load.planted)
            finally:
                watching.cancel()
                with suppress(asyncio.CancelledError):
                    await watching
            tell("核对账目 / checking the books")
            verdict = await self._check(books, client, desk, load)
            verdict.found[:0] = [*found, *self._nemesis.found, *load.found, *client.figures.found]
            return verdict

    async def _faults(self, cycles: Sequence[Cycle], client: Client) -> None:
        began_s = time.monotonic()
        for cycle in cycles:
            before = len(client.acknowledged), client.figures.retried
            await self._nemesis.play(cycle.faults, began_s)
            await self._machine.sleep(max(0.0, began_s + cycle.ends_s - time.monotonic()))
            tell_cycle(cycle, len(client.acknowledged) - before[0], client.figures.retried - before[1])
        await self._nemesis.healed()

    async def _check(self, books: Books, client: Client, desk: Desk, load: Load) -> Verdict:
        acceptance, apart = books["acceptance"], load.planted
        outboxes = [envelope for book in books.values() for envelope in book.outbox]
        topics = on_topics(outboxes, [record for record in await records(self._settings) if not is_forged(record)])
        scopes = set(map(contract_scope, apart))
        lapses = {
            name: fired_once([event for event in book.events if event.scope not in scopes], self._legal.now())
            for name, book in books.items()
        }
        found = [
            *topics.found,
            *(line for fired in lapses.values() for line in fired.found),
            *right_effect(acceptance.events, acceptance.outbox),
            *as_told(load.outcomes, acceptance.outbox),
            *requested_once(acceptance.outbox),
            *requested_as_due(load.outcomes, acceptance.outbox),
            *answered_once(desk.published, acceptance.answers),
        ]
        for name, book in books.items():
            mine = [act for act in client.acknowledged if act.service == name]
            found += positions_dense(book.events)
            found += acknowledged_once(mine, stored_answers(self._dsn, name), book.events)
            found += published_dense([*book.outbox, *book.answers])
            expected = [envelope for envelope in wanted(book.part, outboxes) if envelope.key not in apart]
            found += received_all(expected, book.events)
            parked = [(message.envelope.key, message.reason) for message in await book.log.parked(PARKED_LOOKED_AT)]
            found += [f"{name}: {line}" for line in parked_as_planted(apart if _hears_contracts(book) else (), parked)]
            found += await book.differences()
        figures = {
            "contracts": len(load.outcomes),
            "acknowledged": len(client.acknowledged),
            "published": len(desk.published),
            "planted": len(apart),
            "retried": client.figures.retried,
            "repeated": client.figures.repeated,
            "events": sum(len(book.events) for book in books.values()),
            "records": topics.records,
            "duplicates": topics.repeats,
            "deadlines": sum(fired.deadlines for fired in lapses.values()),
            "lapsed": sum(fired.lapsed for fired in lapses.values()),
        }
        return Verdict(figures=figures, faults=self._nemesis.done, answers=client.figures.kinds, found=found)


def _hears_contracts(book: Book) -> bool:
    """Whether a message that was planted on the topic of contracts reaches the service."""
    return CONTRACTS_TOPIC in book.part.service.subscriptions.get("contracts", ())
