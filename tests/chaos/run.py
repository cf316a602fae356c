"""One run on a started cluster: load and faults, healing, quiet, and the checks of everything that was written.

In: the cluster, the broker, the clock file, the cycles of faults. Out: a verdict with figures and findings.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence, Set
from contextlib import AsyncExitStack, suppress
from typing import Final

import aiohttp
from msgspec import Struct

from shared.commands.legal_time import REQUEST_LIFE_MAX_S
from shared.kafka.settings import KafkaSettings
from shared.kernel.clock import SystemMachineClock
from shared.kernel.clock_file import FileLegalClock
from shared.kernel.instants import plus_seconds
from shared.messages.events import FeedReceived, Recorded
from shared.public_events.contracts import CONTRACTS_TOPIC
from shared.public_events.scopes import contract_scope
from shared.testing.kafka_broker import KafkaBroker
from tests.chaos import takings
from tests.chaos.books import (
    LOOK_EVERY_S,
    Book,
    Books,
    grown,
    opened,
    quiet,
    records,
    stands_still,
    stored_answers,
    wanted,
)
from tests.chaos.checks.clocks import none_by_wrong_clocks
from tests.chaos.checks.commands import acknowledged_once, positions_dense
from tests.chaos.checks.deadlines import fired_in_time, fired_once, right_effect
from tests.chaos.checks.feeds import feed_of, on_topics, published_dense, received_all
from tests.chaos.checks.forks import forks_parked, received_or_parked
from tests.chaos.checks.leases import none_taken
from tests.chaos.checks.outcomes import as_told, requested_as_due, requested_once
from tests.chaos.checks.topic import answered_once, parked_as_planted
from tests.chaos.checks.webhooks import Arrival, Delivered, Grown, delivered
from tests.chaos.client import Client
from tests.chaos.clocks import SetClocks
from tests.chaos.lives import is_forged
from tests.chaos.load import LEGAL_PER_MACHINE, Load, Pace
from tests.chaos.nemesis import Nemesis
from tests.chaos.receivers import receiving
from tests.chaos.restore import Restored
from tests.chaos.schedule import Cycle, Restore, Times
from tests.chaos.telling import tell, tell_cycle
from tests.chaos.topic import Desk
from tests.support.cluster import Cluster, service_of

TIMES: Final = Times(lease_s=3.0, session_s=6.0, publish_s=8.0, request_s=REQUEST_LIFE_MAX_S)

# At the end legal time jumps so far: whatever was begun comes due.
LAST_JUMP_S: Final = 45 * 86400.0
PARKED_LOOKED_AT: Final = 100_000
RESTORED_WITHIN_S: Final = 180.0


class Verdict(Struct, kw_only=True):
    """What a run was, in figures by name, and what was found; all is well when nothing was."""

    figures: dict[str, int]
    faults: Counter[str]
    answers: Counter[str]
    found: list[str]


class Run:
    """Plays once; a run is not used again."""

    def __init__(
        self,
        cluster: Cluster,
        broker: KafkaBroker,
        legal: FileLegalClock,
        clocks: SetClocks,
        plan: Restore | None,
        seed: int,
    ) -> None:
        self._cluster = cluster
        self._dsn = cluster.environment["QIZHANG_DATABASE"]
        self._settings = KafkaSettings(bootstrap=broker.bootstrap)
        self._legal = legal
        self._jumped_at = legal.now()
        self._chance = random.Random(seed)
        self._machine = SystemMachineClock()
        self._nemesis = Nemesis(cluster, broker, clocks, self._dsn)
        self._restored = Restored(cluster, self._dsn, plan) if plan else None

    async def play(self, cycles: Sequence[Cycle]) -> Verdict:
        """Everything, from the first contract to the verdict."""
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(aiohttp.ClientSession())
            books = await stack.enter_async_context(opened(self._dsn, self._legal))
            client = Client(self._cluster, session, self._chance, lambda: self._nemesis.broker_away_s)
            desk = await stack.enter_async_context(Desk(self._settings.bootstrap, self._legal))
            load = Load(client, desk, self._legal, self._chance)
            # Before anything goes wrong the catalogue has to be with contracts, or nothing could be drafted.
            found = await quiet(books, self._legal, client.behind)
            await asyncio.to_thread(takings.watch, self._dsn, books)
            receivers = await stack.enter_async_context(receiving())
            await receivers.register(client)
            looks: list[Grown] = []
            watching = asyncio.gather(self._nemesis.watch(), grown(books["notifier"].log, looks))
            try:
                async with Pace(self._legal), asyncio.TaskGroup() as tasks:
                    tasks.create_task(load.run(cycles[-1].ends_s))
                    if self._restored:
                        tasks.create_task(self._restored.copy(time.monotonic()))
                    await self._faults(cycles, client)
                self._jumped_at = self._legal.now()
                self._legal.set(plus_seconds(self._jumped_at, LAST_JUMP_S))
                tell("等待平静 / waiting until nothing is on its way")
                found += await quiet(books, self._legal, client.behind, load.planted, load.defective)
            finally:
                watching.cancel()
                with suppress(asyncio.CancelledError):
                    await watching
            tell("核对账目 / checking the books")
            verdict = await self._check(books, client, desk, load)
            notices = await self._delivered(books["notifier"], receivers.arrived, looks)
            verdict.figures |= {
                "notices": notices.messages,
                "again": notices.repeats,
                "slowest": round(notices.slowest_s),
            }
            verdict.found += notices.found
            if self._restored:
                verdict.found += await self._after_restore(self._restored, books, client, desk, load)
            verdict.found[:0] = [*found, *self._nemesis.found, *load.found, *client.figures.found]
            return verdict

    async def _delivered(self, notifier: Book, arriving: Sequence[Arrival], looks: Sequence[Grown]) -> Delivered:
        """What had to arrive by now, and whether what arrived was planned: the log is read again after it arrived."""
        due, arrived = list(notifier.events), list(arriving)
        await notifier.read_on()
        return delivered(due, notifier.events, arrived, looks, self._faults_of_senders())

    async def _faults(self, cycles: Sequence[Cycle], client: Client) -> None:
        began_s = time.monotonic()
        for cycle in cycles:
            before = len(client.acknowledged), client.figures.retried
            await self._nemesis.play(cycle.faults, began_s)
            await self._machine.sleep(max(0.0, began_s + cycle.ends_s - time.monotonic()))
            tell_cycle(cycle, len(client.acknowledged) - before[0], client.figures.retried - before[1])
        await self._nemesis.healed()

    async def _after_restore(
        self, restored: Restored, before: Books, client: Client, desk: Desk, load: Load
    ) -> list[str]:
        """Put one database back, and look until all is as it has to be or RESTORED_WITHIN_S are over."""
        tell(f"恢复旧数据库 / putting a database back: {restored.plan}")
        await restored.put_back()
        await self._nemesis.healed()
        give_up_at = time.monotonic() + RESTORED_WITHIN_S
        while True:
            async with opened(self._dsn, self._legal) as books:
                for book in books.values():
                    await book.read_on()
                found = [line async for line in self._not_restored(restored, before, books, client, desk, load)]
            if not found or time.monotonic() > give_up_at:
                return [f"after the restore: {line}" for line in [*restored.found, *found]]
            await self._machine.sleep(LOOK_EVERY_S)

    async def _not_restored(
        self, restored: Restored, before: Books, books: Books, client: Client, desk: Desk, load: Load
    ) -> AsyncIterator[str]:
        name = restored.plan.service
        mine, outboxes = books[name], [envelope for book in books.values() for envelope in book.outbox]
        for line in [*positions_dense(mine.events), *published_dense([*mine.outbox, *mine.answers])]:
            yield line
        early = {act.key for act in client.decided if act.answered_s < restored.copied_s}
        acts = [act for act in client.acknowledged if act.service == name and act.key in early]
        for line in acknowledged_once(acts, stored_answers(self._dsn, mine.part.service), mine.events):
            yield line
        forged = load.planted
        expected = [each for each in wanted(mine.part, outboxes) if not stands_still(each.topic, each.key, forged)]
        received = [event for event in mine.events if not _of_still_feed(event, forged)]
        lacking = {
            (feed_of(message.envelope), message.envelope.n) for message in await mine.log.parked(PARKED_LOOKED_AT)
        }
        for line in received_or_parked(expected, received, lacking):
            yield line
        if name == "acceptance":
            for line in answered_once(desk.published, mine.answers, refused=True):
                yield line
        for other, book in books.items():
            if other != name:
                lost = before[other].events != book.events[: len(before[other].events)]
                if lost:
                    yield f"{other}: its log is not what it was"
                parked = {message.envelope.key for message in await book.log.parked(PARKED_LOOKED_AT)}
                for line in forks_parked(wanted(book.part, mine.outbox), book.events, parked):
                    yield f"{other}: {line}"

    def _faults_of_senders(self) -> int:
        return sum(service_of(target) == "notifier" for target in self._nemesis.struck)

    async def _check(self, books: Books, client: Client, desk: Desk, load: Load) -> Verdict:
        acceptance, apart = books["acceptance"], load.planted
        outboxes = [envelope for book in books.values() for envelope in book.outbox]
        topics = on_topics(outboxes, [record for record in await records(self._settings) if not is_forged(record)])
        scopes = set(map(contract_scope, apart | load.defective))
        lapses = {
            name: fired_once([event for event in book.events if event.scope not in scopes], self._legal.now())
            for name, book in books.items()
        }
        found = [
            *topics.found,
            *(line for fired in lapses.values() for line in fired.found),
            *(
                line
                for book in books.values()
                for line in fired_in_time(book.events, self._jumped_at, LEGAL_PER_MACHINE, self._nemesis.broker_away_s)
            ),
            *right_effect(acceptance.events, acceptance.outbox),
            *as_told(load.outcomes, acceptance.outbox),
            *requested_once(acceptance.outbox),
            *requested_as_due(load.outcomes, acceptance.outbox),
            *answered_once(desk.published, acceptance.answers),
            *none_by_wrong_clocks(self._nemesis.wrong, client.decided),
            *none_taken(takings.seen(self._dsn)),
        ]
        for name, book in books.items():
            mine = [act for act in client.acknowledged if act.service == name]
            found += positions_dense(book.events)
            found += acknowledged_once(mine, stored_answers(self._dsn, book.part.service), book.events)
            found += published_dense([*book.outbox, *book.answers])
            expected = [
                envelope
                for envelope in wanted(book.part, outboxes)
                if not stands_still(envelope.topic, envelope.key, apart)
            ]
            found += received_all(expected, [event for event in book.events if not _of_still_feed(event, apart)])
            parked = [(message.envelope.key, message.reason) for message in await book.log.parked(PARKED_LOOKED_AT)]
            found += [f"{name}: {line}" for line in parked_as_planted(apart if _hears_contracts(book) else (), parked)]
            found += await book.differences()
        figures = {
            "contracts": len(load.outcomes),
            "acknowledged": len(client.acknowledged),
            "published": len(desk.published),
            "planted": len(apart),
            "defective": len(load.defective),
            "retried": client.figures.retried,
            "unstamped": client.figures.unstamped,
            "repeated": client.figures.repeated,
            "events": sum(len(book.events) for book in books.values()),
            "records": topics.records,
            "duplicates": topics.repeats,
            "deadlines": sum(fired.deadlines for fired in lapses.values()),
            "lapsed": sum(fired.lapsed for fired in lapses.values()),
            "away": round(self._nemesis.broker_away_s),
        }
        return Verdict(figures=figures, faults=self._nemesis.done, answers=client.figures.kinds, found=found)


def _of_still_feed(event: Recorded, apart: Set[str]) -> bool:
    return isinstance(event.data, FeedReceived) and stands_still(event.data.topic, event.data.key, apart)


def _hears_contracts(book: Book) -> bool:
    """Whether a message that was planted on the topic of contracts reaches the service."""
    return CONTRACTS_TOPIC in book.part.service.subscriptions.get("contracts", ())
