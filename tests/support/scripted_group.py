"""A topic, a consumer group and a database of which nothing happens unless a test says so: every order can be played.

`ScriptedClient` behaves as aiokafka's consumer does where it matters: while a rebalance goes on the old assignment is
still shown and positions stay; commits of the old generation are taken until the new one stands; a new assignment has
no position until it fetches from what is committed or is sought to; its listener is told a while after it stands.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError

from shared.bus.delivery import Message
from shared.eventstore.port import Receipt
from shared.kafka.consumer import Consumer
from shared.kafka.settings import KafkaSettings
from shared.kernel.clock import VirtualMachineClock
from shared.kernel.errors import StoreUnavailable
from shared.kernel.waiting import Signal

TOPIC = "ledger.toys.v1"
KEYS_A_PARTITION = 3
TURNS_OF_A_FETCH = 8


class Database:
    """What all members of the group share, and what outlives each of them."""

    def __init__(self) -> None:
        self.decided: dict[TopicPartition, set[int]] = {}
        self.heads: dict[tuple[str, str, str, str], int] = {}
        self.positions: dict[str, int] = {}

    def snapshot(self) -> Database:
        """As it is now, to be put back later."""
        copy = Database()
        copy.put_back(self)
        return copy

    def put_back(self, other: Database) -> None:
        """Be as that one was."""
        self.decided = {partition: set(offsets) for partition, offsets in other.decided.items()}
        self.heads, self.positions = dict(other.heads), dict(other.positions)

    def first_undecided(self, partition: TopicPartition) -> int:
        done = self.decided.setdefault(partition, set())
        return next(offset for offset in range(len(done) + 1) if offset not in done)


class Group:
    """The broker's side: records, committed offsets, members, generations."""

    def __init__(self, partitions: int) -> None:
        self.partitions = [TopicPartition(TOPIC, number) for number in range(partitions)]
        self.records = dict.fromkeys(self.partitions, 0)
        self.committed: dict[TopicPartition, int] = {}
        self.members: list[ScriptedClient] = []
        self.generation = 0
        self.rebalancing = False

    def complete(self) -> None:
        """Once all members have let go: the new generation stands, and each of them learns of it by himself."""
        self.generation += 1
        self.rebalancing = False
        for index, member in enumerate(self.members):
            member.next = (self.generation, set(self.partitions[index :: len(self.members)]))


class State:
    """What a client knows of a partition that it has been given."""

    def __init__(self) -> None:
        self.position: int | None = None
        self.paused = False


class ScriptedClient:
    """The consumer of one member, as `Consumer` uses it."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self.generation = -1
        self.reassigning = True
        self.let_go = False
        self.dead = False
        self.next: tuple[int, set[TopicPartition]] | None = None
        self.listener: Any = None
        self._states: dict[TopicPartition, State] = {}

    def subscribe(self, topics: list[str], listener: Any) -> None:
        self.listener = listener

    async def begin(self) -> None:
        self.group.members.append(self)

    async def join(self, topics: list[str], listener: Any) -> None:
        self.subscribe(topics, listener)

    async def end(self) -> None:
        if self in self.group.members:
            self.group.members.remove(self)

    async def notice(self) -> None:
        """The heartbeat tells that the group is being rebalanced."""
        self.reassigning, self.let_go = True, False
        await self.listener.on_partitions_revoked(self.assignment())
        self.let_go = True

    async def learn(self, pause: int) -> None:
        """The answer to the join arrives; the listener hears of it a while later."""
        if self.next:
            (self.generation, given), self.next = self.next, None
            self._states = {partition: State() for partition in given}
            self.reassigning = self.let_go = False
            await turns(pause)
            await self.listener.on_partitions_assigned(given)

    def assignment(self) -> set[TopicPartition]:
        return set(self._states)

    def paused(self) -> set[TopicPartition]:
        return {partition for partition, state in self._states.items() if state.paused}

    def pause(self, *partitions: TopicPartition) -> None:
        for partition in partitions:
            self._states[partition].paused = True

    def resume(self, *partitions: TopicPartition) -> None:
        for partition in partitions:
            self._states[partition].paused = False

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]]:
        while self.reassigning:
            await turns(1)
        found: dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]] = {}
        for partition, state in self._states.items():
            if partitions and partition not in partitions:
                continue
            if state.position is None:
                state.position = self.group.committed.get(partition, 0)
            end = min(self.group.records[partition], state.position + max_records)
            if not state.paused and state.position < end:
                found[partition] = [record(partition, offset) for offset in range(state.position, end)]
                state.position = end
        if not found:
            # When the time to wait is over nobody looks whether a rebalance has begun meanwhile.
            await turns(TURNS_OF_A_FETCH)
        return found

    def handed_out(self, partition: TopicPartition) -> int | None:
        return self._states[partition].position if partition in self._states else None

    def highwater(self, partition: TopicPartition) -> int:
        return self.group.records[partition]

    async def position(self, partition: TopicPartition) -> int:
        await turns(1)
        return self._states[partition].position or 0

    def seek(self, partition: TopicPartition, offset: int) -> None:
        if partition not in self._states:
            raise IllegalStateError(f"not assigned: {partition}")
        self._states[partition].position = offset

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        await turns(1)
        if not self._states.keys() >= offsets.keys():
            raise IllegalStateError("not assigned")
        await turns(1)
        if self.dead or self.generation != self.group.generation:
            raise CommitFailedError
        self.group.committed |= offsets

    async def committed(self, partition: TopicPartition) -> int | None:
        await turns(1)
        return self.group.committed.get(partition)

    async def ends(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        await turns(1)
        return {partition: self.group.records[partition] for partition in partitions}

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        return {partition.partition for partition in self.group.partitions}


class ScriptedMessage(SimpleNamespace):
    """A record on its way: each partition has a few keys in turn."""

    tenant: str
    source: str
    topic: str
    key: str
    n: int


class Member:
    """One process of the group: a consumer, and a receiver that decides as many messages as it is allowed to."""

    def __init__(self, group: Group, database: Database, *, numbered: bool, topics: tuple[str, ...] = (TOPIC,)) -> None:
        self.service = self.group = "toys"
        self.topics = topics
        self.numbered = numbered
        self.dead_letters: Any = None
        self.positions = self
        self.clock = VirtualMachineClock()
        self.client = ScriptedClient(group)
        self.allowed = 0
        self.wrong: list[str] = []
        self._of_group = group
        self._database = database
        self._changed = Signal()
        self._deciding: set[str] = set()
        receiver: Any = self
        self.consumer = Consumer(KafkaSettings(bootstrap="nowhere:1"), receiver, self.clock, client_id="test")
        self.consumer._new_client = self._new_client  # type: ignore[method-assign]

    def _new_client(self) -> Any:
        self.client = ScriptedClient(self._of_group)
        return self.client

    def allow(self, decisions: int) -> None:
        self.allowed += decisions
        self._changed.notify()

    async def read(self, topic: str, record: ConsumerRecord[bytes, bytes]) -> Message | None:
        key = f"{record.partition}-{record.offset % KEYS_A_PARTITION}"
        n = record.offset // KEYS_A_PARTITION + 1 if self.numbered else record.offset
        return ScriptedMessage(tenant="t", source="s", topic=topic, key=key, n=n, record=record)

    async def receive(self, message: Any) -> Receipt:
        if self.client.let_go:
            self.wrong.append("a message is offered though its partition was let go of")
        if not self.numbered and message.key in self._deciding:
            self.wrong.append("two commands of one key are decided side by side")
        self._deciding.add(message.key)
        try:
            await self._changed.until(lambda: self.allowed > 0)
            self.allowed -= 1
            await turns(1)
            if self.client.dead:
                raise StoreUnavailable
            return self._decide(message)
        finally:
            self._deciding.discard(message.key)

    def _decide(self, message: Any) -> Receipt:
        feed = message.tenant, message.source, message.topic, message.key
        head = self._database.heads.get(feed, 0)
        if self.numbered and message.n > head + 1:
            return Receipt(kind="early")
        self._database.heads[feed] = max(head, message.n)
        partition = TopicPartition(message.topic, message.record.partition)
        self._database.decided.setdefault(partition, set()).add(message.record.offset)
        return Receipt(kind="applied")

    async def parked_count(self) -> int:
        return 0

    async def get_position(self, name: str) -> int:
        await turns(1)
        return self._database.positions.get(name, 0)

    async def set_position(self, name: str, expected: int, position: int) -> bool:
        await turns(1)
        if self.client.dead:
            raise StoreUnavailable
        if self._database.positions.get(name, 0) != expected:
            return False
        self._database.positions[name] = position
        return True


def record(partition: TopicPartition, offset: int) -> ConsumerRecord[bytes, bytes]:
    return ConsumerRecord(*partition, offset, 0, 1, b"", b"", None, 0, 0, ())


class Turn:
    """To await it lets everybody else go on once."""

    def __await__(self) -> Generator[None, None, None]:
        yield


async def turns(number: int) -> None:
    """Let everybody else go on so many times."""
    for _ in range(number):
        await Turn()
