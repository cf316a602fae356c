"""The books of a running ledger: everything in the four logs and on the topics, read from where it is kept.

In: the database and the broker. Out: events, outboxes, stored answers and raw records, for the checks; and whether
anything is still on its way.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence, Set
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, Final

import psycopg
from aiokafka import AIOKafkaConsumer
from msgspec import Struct, field
from psycopg import sql

from services.hosting.parts import PARTS
from shared.commands.service import Service
from shared.deadlines.verify import deadline_differences
from shared.eventstore.log import open_log
from shared.eventstore.packing import Packing
from shared.eventstore.port import PAGE_MAX, EventLog
from shared.eventstore.store import ResultKey, ResultRow
from shared.kafka.records import envelope_of
from shared.kafka.settings import KafkaSettings
from shared.kafka.topics import TOPICS
from shared.kernel.clock import LegalClock, SystemMachineClock
from shared.kernel.errors import StoreUnavailable
from shared.messages.events import Recorded
from shared.part import Part
from shared.projections.verify import differences
from shared.public_events.contracts import CONTRACTS_TOPIC
from shared.public_events.envelope import Envelope
from shared.public_events.outcomes import OUTCOMES_TOPIC
from shared.public_events.scopes import contract_scope
from tests.chaos.checks.webhooks import Grown, undelivered
from tests.chaos.telling import tell

LOOK_EVERY_S: Final = 2.0
GROWN_EVERY_S: Final = 0.5
QUIET_WITHIN_S: Final = 300.0
# While it lasts, somebody is told what for.
TELL_EVERY_S: Final = 15.0
FETCH_WAIT_MS: Final = 1000


class Book(Struct, kw_only=True):
    """What one service has recorded, published, and answered to commands that came over a topic."""

    part: Any
    log: Any
    events: list[Recorded] = field(default_factory=list)
    outbox: list[Envelope] = field(default_factory=list)
    answers: list[Envelope] = field(default_factory=list)
    outbox_position: int = 0

    @property
    def name(self) -> str:
        """The service's name."""
        name: str = self.part.name
        return name

    async def read_on(self) -> None:
        """Read what is new."""
        while events := await self.log.read(self.events[-1].position if self.events else 0, PAGE_MAX):
            self.events += events
        while rows := await self.log.outbox(self.outbox_position, PAGE_MAX):
            for row in rows:
                (self.answers if row.envelope.topic == OUTCOMES_TOPIC else self.outbox).append(row.envelope)
            self.outbox_position = rows[-1].position

    async def differences(self) -> list[str]:
        """What `qizhang verify` would find: views and deadlines that are not what the log says."""
        views = [found for view in self.part.views for found in await differences(self.log, view)]
        return [
            *(f"{self.name}: view {found.view} differs at {found.tenant}/{found.key}" for found in views),
            *(
                f"{self.name}: deadline {found.deadline_id} @{found.position}: {found.what}"
                for found in await deadline_differences(self.log, self.part.service)
            ),
        ]


Books = Mapping[str, Book]


async def grown(log: EventLog[Any], looks: list[Grown]) -> None:
    """Note how far a log has grown, over and over, until it is cancelled."""
    machine = SystemMachineClock()
    while True:
        with suppress(StoreUnavailable):
            at_s = time.monotonic()
            looks.append(Grown(head=await log.head(), at_s=at_s))
        await machine.sleep(GROWN_EVERY_S)


@asynccontextmanager
async def opened(dsn: str, legal: LegalClock) -> AsyncIterator[Books]:
    """The logs of all services, beside the processes that write them."""
    async with AsyncExitStack() as stack:
        books = {}
        for part in PARTS:
            location = f"{dsn}{'&' if '?' in dsn else '?'}schema={part.name}"
            log: EventLog[Any] = await open_log(part.service, location, legal, SystemMachineClock())
            stack.push_async_callback(log.close)
            books[part.name] = Book(part=part, log=log)
        yield books


Look = Callable[[], Awaitable[Sequence[str]]]
"""What the processes themselves say is not done yet."""


async def quiet(
    books: Books, legal: LegalClock, look: Look, forged: Set[str] = frozenset(), defective: Set[str] = frozenset()
) -> list[str]:
    """Wait until nothing is on its way in two looks; returns what still is after QUIET_WITHIN_S, else nothing.

    `forged` are the contracts whose feed stands still because of a planted message, `defective` those whose deadlines
    cannot be decided.
    """
    machine = SystemMachineClock()
    tell_at = time.monotonic() + TELL_EVERY_S
    give_up_at = time.monotonic() + QUIET_WITHIN_S
    heads: Mapping[str, int] = {}
    while True:
        for book in books.values():
            await book.read_on()
        before, heads = heads, {name: len(book.events) for name, book in books.items()}
        waiting = [*[line async for line in _on_its_way(books, legal, forged, defective)], *await look()]
        if not waiting and heads == before:
            return []
        if waiting and time.monotonic() > tell_at:
            tell(f"    {waiting[0]}")
            tell_at += TELL_EVERY_S
        if time.monotonic() > give_up_at:
            return waiting or [f"the logs go on growing: {before} -> {heads}"]
        await machine.sleep(LOOK_EVERY_S)


async def _on_its_way(books: Books, legal: LegalClock, forged: Set[str], defective: Set[str]) -> AsyncIterator[str]:
    never = set(map(contract_scope, forged | defective))
    for name, book in books.items():
        log, part = book.log, book.part
        if await log.outbox(await log.get_position(f"relay/{name}"), 1):
            yield f"{name}: the outbox is not relayed"
        for source, expected in _subscribed(part, books):
            for topic, heads in expected.items():
                arrived = await log.feed_heads(source, topic)
                if _without(topic, arrived, forged) != _without(topic, heads, forged):
                    yield f"{name}: not everything of {topic} from {source} has arrived"
        for what in undelivered(book.events):
            yield f"{name}: {what} is not delivered"
        due = [row for row in await log.due_deadlines(legal.now(), PAGE_MAX) if row.scope not in never]
        if due:
            yield f"{name}: deadline {due[0].deadline_id} of {due[0].due_at} is due"
        held = [row for row in await log.held_deadlines(PAGE_MAX) if row.scope not in never]
        if held:
            yield f"{name}: deadline {held[0].deadline_id} of {held[0].due_at} is held"


def _without(topic: str, heads: Mapping[tuple[str, str], int], forged: Set[str]) -> Mapping[tuple[str, str], int]:
    return {feed: n for feed, n in heads.items() if not stands_still(topic, feed[1], forged)}


def _subscribed(part: Part, books: Books) -> Iterator[tuple[str, Mapping[str, Counter[tuple[str, str]]]]]:
    """For each source the newest number of every feed that the service has to have, by topic."""
    for source, topics in part.service.subscriptions.items():
        heads: dict[str, Counter[tuple[str, str]]] = {topic: Counter() for topic in topics}
        for envelope in wanted(part, books[source].outbox):
            heads[envelope.topic][envelope.tenant, envelope.key] = envelope.n
        yield source, heads


def stands_still(topic: str, key: str, forged: Set[str]) -> bool:
    """Whether a message was planted in a feed; the other feeds of its contract go on."""
    return topic == CONTRACTS_TOPIC and key in forged


def wanted(part: Part, outbox: Sequence[Envelope]) -> Iterator[Envelope]:
    """What a service takes of what another has published."""
    for envelope in outbox:
        subscribed = envelope.topic in part.service.subscriptions.get(envelope.source, ())
        if subscribed and part.service.scope_of_feed(envelope.type, envelope.key) is not None:
            yield envelope


def stored_answers(dsn: str, service: Service[Any]) -> dict[ResultKey, ResultRow]:
    """Every answer that stands under an idempotency key."""
    packing = Packing(service.dictionary, lambda number: None)
    statement = sql.SQL("SELECT tenant, issuer, subject, key, fingerprint, answer FROM {}.results")
    with psycopg.connect(dsn) as connection:
        rows = [ResultRow(*row) for row in connection.execute(statement.format(sql.Identifier(service.name)))]
    return {row[:4]: row._replace(answer=packing.unpack(row.answer)) for row in rows}


async def records(settings: KafkaSettings) -> list[Envelope]:
    """Every record of the history topics as it stands there, repeats and all, in order within each partition."""
    names = {settings.topic(topic.name): topic.name for topic in TOPICS if topic.kind == "history"}
    found: list[Envelope] = []
    consumer = AIOKafkaConsumer(*names, bootstrap_servers=settings.bootstrap, auto_offset_reset="earliest")
    async with consumer:
        ends = await consumer.end_offsets(list(consumer.assignment()))
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for partition, fetched in (await consumer.getmany(timeout_ms=FETCH_WAIT_MS)).items():
                found += [envelope_of(names[partition.topic], record.headers, record.value) for record in fetched]
    return found
