"""From the topics of a service to what receives them: one group for all replicas, a lane per partition.

Offsets are committed after the effect and only as a hint where to read on: that an effect happens once is the work of
the receiver's log (design section 4). When anything fails, the consumer starts a new life behind what is committed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from shared.bus.delivery import Delivery
from shared.kafka.lanes import Lanes
from shared.kafka.receiver import Receiver
from shared.kafka.settings import KafkaSettings
from shared.kernel.clock import MachineClock
from shared.kernel.failpoints import failpoint
from shared.kernel.loops import Loop
from shared.kernel.waiting import Signal, attempt, first_of
from shared.telemetry.metrics import measure

RECORDS_A_FETCH: Final = 500
FETCH_WAIT_MS: Final = 500
SINGLE_WAIT_MS: Final = 50
COMMIT_EVERY_S: Final = 1.0

# The members of a group notice a dead one after this long, and a busy event loop is not taken for dead.
SESSION_TIMEOUT_MS: Final = 30_000
HEARTBEAT_MS: Final = 3_000
# How soon more partitions than before are noticed.
METADATA_AGE_MS: Final = 10_000

START_TIMEOUT_S: Final = 30.0
STOP_TIMEOUT_S: Final = 5.0

# A consumer that is given nothing although there is something has to be made anew (aio-libs/aiokafka#727, #1037).
WATCH_EVERY_S: Final = 10.0
SILENT_MAX_S: Final = 60.0

# How soon a waiting caller notices what another member of the group has done.
ELSEWHERE_INTERVAL_S: Final = 0.1

_log = logging.getLogger("qizhang.kafka")


class Silent(Exception):
    """The broker has records, and the client has delivered none for too long."""


class Rebalanced(Exception):
    """The group was given its partitions anew while records were looked at one by one."""


class Client(AIOKafkaConsumer):  # type: ignore[misc]
    """A consumer that begins and ends in bounded time, whatever the broker does.

    Where partitions end is asked over a connection of its own: a broker answers the requests of a connection one after
    the other, so behind a fetch that waits for records the question would wait as long.
    """

    def __init__(self, connecting: Mapping[str, Any], **reading: Any) -> None:
        super().__init__(**connecting, **reading)
        self._asker = AIOKafkaConsumer(**{**connecting, "client_id": f"{connecting['client_id']}-ends"})

    async def begin(self) -> None:
        """Connect, and join the group."""
        async with asyncio.timeout(START_TIMEOUT_S):
            await self._asker.start()
            await self.start()

    async def ends(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Where these partitions end now."""
        ends: Mapping[TopicPartition, int] = await self._asker.end_offsets(list(partitions))
        return ends

    def handed_out(self, partition: TopicPartition) -> int | None:
        """The offset up to which `getmany` has nothing more to give; None while the place to begin is not known.

        It may lie behind the last record: transactions leave markers, and old records are deleted.
        """
        state = self._subscription.subscription.assignment.state_value(partition)
        return int(state.position) if state.has_valid_position else None

    async def end(self) -> None:
        """Leave the group if it can be done soon, and let go of the broker."""
        for tidy_up in (self._asker.stop, self.stop, self._asker._client.close, self._client.close):
            await attempt(tidy_up(), STOP_TIMEOUT_S)


class Consumer(Loop):
    """Hands what stands in the topics of a receiver to it, together with the other members of its group."""

    def __init__(
        self,
        settings: KafkaSettings,
        receiver: Receiver,
        machine: MachineClock,
        *,
        client_id: str,
        session_timeout_ms: int = SESSION_TIMEOUT_MS,
    ) -> None:
        super().__init__(f"consumer of {receiver.group}", machine)
        self._settings = settings
        self._names = {settings.topic(name): name for name in receiver.topics}
        self._receiver = receiver
        self._client_id = client_id
        self._session_timeout_ms = session_timeout_ms
        self._client: Client | None = None
        self._lanes: Lanes | None = None
        self._fetched_at_s = machine.elapsed()
        self._careful = self._stepped_over = False
        self._changed = Signal()

    @property
    def undelivered(self) -> int:
        """Messages that are read and not yet with the receiver."""
        return self._lanes.undelivered if self._lanes else 0

    @property
    def partitions(self) -> set[TopicPartition]:
        """What this member of the group has been given."""
        return set(self._client.assignment()) if self._client else set()

    async def step(self) -> None:
        """One life of the consumer: from what is committed until something fails."""
        async with AsyncExitStack() as stack:
            client = self._new_client()
            stack.push_async_callback(client.end)
            async with asyncio.TaskGroup() as tasks:
                self._lanes = lanes = Lanes(tasks, self._receiver, self.machine)
                client.subscribe(list(self._names), listener=_Rebalance(client, lanes))
                await client.begin()
                self._begin(client, stack)
                tasks.create_task(self._fetch(client, lanes))
                tasks.create_task(self._commit(client, lanes))
                tasks.create_task(self._watch(client))

    def _begin(self, client: Client, stack: AsyncExitStack) -> None:
        self._client = client
        self._fetched_at_s = self.machine.elapsed()
        self._changed.notify()
        stack.push_async_callback(self._finish, client)

    async def _finish(self, client: Client) -> None:
        """What was delivered in this life is committed; the next one starts behind it."""
        self._client = None
        if self._lanes:
            await _commit(client, self._lanes.uncommitted())
            self._lanes = None

    def _new_client(self) -> Client:
        return Client(
            self._settings.client_options(self._client_id),
            group_id=self._settings.group(self._receiver.group),
            enable_auto_commit=False,
            # Offsets that are not known any more are no reason to leave anything out.
            auto_offset_reset="earliest",
            session_timeout_ms=self._session_timeout_ms,
            heartbeat_interval_ms=min(HEARTBEAT_MS, self._session_timeout_ms // 3),
            metadata_max_age_ms=METADATA_AGE_MS,
        )

    async def _fetch(self, client: Client, lanes: Lanes) -> None:
        while True:
            full = lanes.full() & client.assignment()
            client.pause(*full)
            client.resume(*(client.paused() - full))
            fetched = await self._fetched(client, lanes)
            # Nothing is awaited in between: these records are of the partitions as they are given now.
            rebalances = lanes.rebalances
            self.turn()
            if fetched:
                self._fetched_at_s = self.turned_at_s
                self.failures = 0
                failpoint("consumer.before_receive")
            for partition, records in fetched.items():
                # What was taken away while it was on its way is somebody else's, or read again from what is committed.
                if lanes.rebalances == rebalances:
                    await self._queue(partition, records, lanes)
            if lanes.rebalances == rebalances:
                self._pass_by(client, lanes)
            if full and not fetched:
                await first_of(lanes.progress.until(lambda: not lanes.full()), self.machine.sleep(COMMIT_EVERY_S))

    def _pass_by(self, client: Client, lanes: Lanes) -> None:
        """Everything that was handed out is queued: what holds no record up to there is done, too."""
        for partition in client.assignment():
            place = client.handed_out(partition)
            if place is not None:
                lanes.of(partition, place).skip(place)

    async def _fetched(self, client: Client, lanes: Lanes) -> Mapping[TopicPartition, list[ConsumerRecord]]:
        if self._careful:
            return await self._fetched_singly(client, lanes)
        try:
            found: Mapping[TopicPartition, list[ConsumerRecord]] = await client.getmany(
                timeout_ms=FETCH_WAIT_MS, max_records=RECORDS_A_FETCH
            )
        except UnicodeDecodeError:
            # The name of a header is no text. What else was fetched is lost to this life; the next one looks closer.
            self._careful = True
            raise
        return found

    async def _fetched_singly(self, client: Client, lanes: Lanes) -> dict[TopicPartition, list[ConsumerRecord]]:
        """One record of each partition, until what the client cannot read has been found and stepped over."""
        found: dict[TopicPartition, list[ConsumerRecord]] = {}
        passed, rebalances = self._stepped_over, lanes.rebalances
        for partition in client.assignment() - client.paused():
            try:
                found |= await client.getmany(partition, timeout_ms=SINGLE_WAIT_MS, max_records=1)
            except UnicodeDecodeError as error:
                await self._step_over(client, lanes, partition, str(error))
                passed, self._stepped_over = False, True
            else:
                end = client.highwater(partition)
                at_end = end is not None and await client.position(partition) >= end
                passed = passed and (at_end or partition in found)
        if lanes.rebalances != rebalances:
            raise Rebalanced
        if passed:
            self._careful = self._stepped_over = False
        return found

    async def _step_over(self, client: Client, lanes: Lanes, partition: TopicPartition, reason: str) -> None:
        rebalances = lanes.rebalances
        offset = await client.position(partition)
        place = f"{partition.partition}:{offset}"
        await self._receiver.dead_letters.unreadable(self._names[partition.topic], place, reason)
        if lanes.rebalances != rebalances:
            raise Rebalanced
        client.seek(partition, offset + 1)
        lanes.of(partition, offset).skip(offset + 1)

    async def _queue(self, partition: TopicPartition, records: list[ConsumerRecord], lanes: Lanes) -> None:
        lane = lanes.of(partition, records[0].offset)
        topic = self._names[partition.topic]
        for record in records:
            place = record.offset + 1
            if message := await self._receiver.read(topic, record):
                await lane.put(Delivery(position=place, message=message))
            else:
                lane.skip(place)
        lanes.progress.notify()

    async def _commit(self, client: Client, lanes: Lanes) -> None:
        while True:
            await self.machine.sleep(COMMIT_EVERY_S)
            offsets = lanes.uncommitted()
            failpoint("consumer.before_commit")
            if await _commit(client, offsets):
                lanes.committed(offsets)
            self._report(client, lanes)

    def _report(self, client: Client, lanes: Lanes) -> None:
        lag = dict.fromkeys(self._names, 0)
        for partition, reached in lanes.reached().items():
            lag[partition.topic] += max(0, (client.highwater(partition) or 0) - reached)
        for topic, records in lag.items():
            measure("ledger_consumer_lag", records, {"group": self._receiver.group, "topic": self._names[topic]})

    async def _watch(self, client: Client) -> None:
        while True:
            await self.machine.sleep(WATCH_EVERY_S)
            asked = client.assignment() - client.paused()
            ends = await client.ends(asked) if asked else {}
            for partition, end in ends.items():
                if partition in client.assignment() and await client.position(partition) < end:
                    break
            else:
                self._fetched_at_s = self.machine.elapsed()
            if self.machine.elapsed() - self._fetched_at_s > SILENT_MAX_S:
                raise Silent(f"nothing was fetched for {SILENT_MAX_S:g} s though there is something")
            # A life that has lasted to here is a good one, also where there is nothing to fetch.
            self.failures = 0

    async def caught_up(self, topics: Iterable[str]) -> None:
        """Wait until what these topics hold now is with the receiver, through this member or another."""
        ends = await self.ends(topics)
        while not await self.has_reached(ends):
            lanes = self._lanes
            moved = [lanes.moved()] if lanes else []
            await first_of(self.machine.sleep(ELSEWHERE_INTERVAL_S), *moved)

    async def ends(self, topics: Iterable[str]) -> Mapping[TopicPartition, int]:
        """Where the partitions of these topics end now."""
        client = await self._connected()
        return await client.ends(
            TopicPartition(topic, number)
            for topic in map(self._settings.topic, topics)
            for number in client.partitions_for_topic(topic) or ()
        )

    async def _connected(self) -> Client:
        while True:
            await self._changed.until(lambda: self._client is not None)
            if self._client:
                return self._client

    async def behind(self) -> int:
        """How many records the topics hold that are not yet with the receiver, through this member or another."""
        return await self._missing(await self.ends(self._names.values()))

    async def has_reached(self, ends: Mapping[TopicPartition, int]) -> bool:
        """Whether everything before these ends is with the receiver, through this member or another."""
        return await self._missing(ends) == 0

    async def _missing(self, ends: Mapping[TopicPartition, int]) -> int:
        lanes, client = self._lanes, self._client
        here = lanes.reached() if lanes else {}
        missing = 0
        for partition, end in ends.items():
            reached = here.get(partition, 0)
            if end > reached and client:
                # Another member may have got further, or this one in an earlier life.
                reached = max(reached, await client.committed(partition) or 0)
            missing += max(0, end - reached)
        return missing


class _Rebalance(ConsumerRebalanceListener):  # type: ignore[misc]
    """Gives up what is taken away, and tells the group how far it was."""

    def __init__(self, client: Client, lanes: Lanes) -> None:
        self._client = client
        self._lanes = lanes

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        await _commit(self._client, await self._lanes.take_away(revoked))

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """A lane begins with its first record."""


async def _commit(client: Client, offsets: Mapping[TopicPartition, int]) -> bool:
    """Whether the broker took the offsets; they are a hint, so that a refusal is no failure."""
    if not offsets:
        return True
    try:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await client.commit(dict(offsets))
    except (KafkaError, TimeoutError) as error:
        _log.warning("offsets not committed: %s", error)
        return False
    return True
