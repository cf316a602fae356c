"""From the topics of a service to what receives them: one group for all replicas, a lane per partition.

Where reading goes on stands in the receiver's database (`places.py`), in step with the effects there; that an effect
happens once is the work of its log (design section 4). What fails in a partition stays in its lane; when what concerns
all of them fails, the consumer starts a new life.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Final

from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import (
    CorruptRecordException,
    RecordTooLargeError,
    TopicAuthorizationFailedError,
    UnsupportedCodecError,
)

from shared.bus.delivery import Message, WaitingFeed
from shared.kafka.client import START_TIMEOUT_S, Client
from shared.kafka.keeping import believed, keep
from shared.kafka.lanes import Lanes, PartitionLane
from shared.kafka.places import place_name, starts
from shared.kafka.receiver import Receiver
from shared.kafka.settings import KafkaSettings
from shared.kernel.clock import MachineClock
from shared.kernel.errors import StoreUnavailable
from shared.kernel.failpoints import failpoint
from shared.kernel.loops import Loop
from shared.kernel.waiting import Signal, first_of
from shared.relay.publisher import PublishFailed
from shared.telemetry.metrics import measure

RECORDS_A_FETCH: Final = 500
FETCH_WAIT_MS: Final = 500
SINGLE_WAIT_MS: Final = 50
# Where there is nothing to read what failed once fails again within so many of these, or was a whim.
ROUNDS_AT_END_MAX: Final = 20
# How often the places reached are written down, and after how many times they are compared.
KEEP_PLACES_EVERY_S: Final = 1.0
ROUNDS_UNTIL_BELIEVED: Final = 10

# The members of a group notice a dead one after this long, and a busy event loop is not taken for dead.
SESSION_TIMEOUT_MS: Final = 30_000
HEARTBEAT_MS: Final = 3_000
# How soon more partitions than before are noticed.
METADATA_AGE_MS: Final = 10_000

# A consumer that is given nothing although there is something has to be made anew (aio-libs/aiokafka#727, #1037).
WATCH_EVERY_S: Final = 10.0
SILENT_MAX_S: Final = 60.0

# How soon a waiting caller notices what another member of the group has done.
ELSEWHERE_INTERVAL_S: Final = 0.1

# What the client raises over one partition, and cannot step over: it is tried again there after a pause that grows.
OF_ONE_PARTITION: Final = (
    CorruptRecordException,
    RecordTooLargeError,
    TopicAuthorizationFailedError,
    UnsupportedCodecError,
)

_log = logging.getLogger("qizhang.kafka")


class Silent(Exception):
    """The broker has records, and the client has delivered none for too long."""


class Consumer(Loop):
    """Hands what stands in the topics of a receiver to it, together with the other members of its group.

    It joins the group once it is `admitted` to the broker.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        receiver: Receiver,
        machine: MachineClock,
        *,
        client_id: str,
        session_timeout_ms: int = SESSION_TIMEOUT_MS,
        admitted: asyncio.Event | None = None,
    ) -> None:
        self._admitted = admitted
        super().__init__(f"consumer of {receiver.group}", machine)
        self._settings = settings
        self._names = {settings.topic(name): name for name in receiver.topics}
        self._receiver = receiver
        self._client_id = client_id
        self._session_timeout_ms = session_timeout_ms
        self._client: Client | None = None
        self._lanes: Lanes | None = None
        self._fetched_at_s = machine.elapsed()
        self._careful = 0
        self._stepped_over = False
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
        """One life of the consumer: until what concerns all of its partitions fails."""
        if self._admitted:
            async with asyncio.timeout(START_TIMEOUT_S):
                await self._admitted.wait()
        async with AsyncExitStack() as stack:
            client = self._new_client()
            stack.push_async_callback(client.end)
            async with asyncio.TaskGroup() as tasks:
                self._lanes = lanes = Lanes(tasks, self._receiver, self._read, self.machine)
                await client.begin()
                await client.join(list(self._names), _Rebalance(client, lanes))
                self._begin(client, stack)
                tasks.create_task(self._fetch(client, lanes))
                tasks.create_task(self._keep_places(client, lanes))
                tasks.create_task(self._watch(client))

    def _begin(self, client: Client, stack: AsyncExitStack) -> None:
        self._client = client
        self._fetched_at_s = self.machine.elapsed()
        self._changed.notify()
        stack.push_async_callback(self._finish, client)

    async def _finish(self, client: Client) -> None:
        """What was delivered in this life stands in the database; the next one starts behind it."""
        self._client = None
        if self._lanes:
            lanes = await self._lanes.let_go()
            self._lanes = None
            await keep(client, lanes)

    async def _read(self, record: ConsumerRecord) -> Message | None:
        return await self._receiver.read(self._names[record.topic], record)

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
            try:
                await self._open(client, lanes)
            except StoreUnavailable as error:
                # To leave the group for it would have everybody's partitions given anew.
                _log.warning("the places of %s are not known: %s", self._receiver.group, error)
                await self.machine.sleep(KEEP_PLACES_EVERY_S)
            idle = client.assignment() - lanes.hungry()
            client.pause(*idle)
            client.resume(*(client.paused() - idle))
            fetched = await self._fetched(client, lanes)
            self.turn()
            if fetched:
                self._fetched_at_s = self.turned_at_s
                self.failures = 0
                failpoint("consumer.before_receive")
            # Nothing is awaited in between: a lane that is open here was open, and sought to, when this was fetched.
            for partition, records in fetched.items():
                if lane := lanes.of(partition):
                    lane.queue(records)
            for lane in lanes.all():
                lane.skip(client.handed_out(lane.partition) or 0)
            if idle and not fetched:
                await first_of(lanes.wanting(idle), self.machine.sleep(KEEP_PLACES_EVERY_S))

    async def _open(self, client: Client, lanes: Lanes) -> None:
        """Open a lane for what was given, where the receiver's database says, and seek there."""
        while missing := lanes.missing():
            tenure = lanes.tenure
            async with asyncio.timeout(START_TIMEOUT_S):
                begins = await starts(self._receiver.positions, client, missing)
            if lanes.tenure == tenure:
                self._careful = 0
                for partition, start in begins.items():
                    client.seek(partition, lanes.open(partition, start).read_up_to)

    async def _fetched(self, client: Client, lanes: Lanes) -> Mapping[TopicPartition, list[ConsumerRecord]]:
        if self._careful:
            return await self._fetched_singly(client, lanes)
        try:
            found: Mapping[TopicPartition, list[ConsumerRecord]] = await client.getmany(
                timeout_ms=FETCH_WAIT_MS, max_records=RECORDS_A_FETCH
            )
        except (UnicodeDecodeError, *OF_ONE_PARTITION) as error:
            # One record cannot be read, or one partition; the client does not say which. What it had in hand of others
            # is gone, so that all are fetched again from where they are, and looked at more closely.
            _log.error("%s cannot read a partition: %s", self.name, error)
            self._careful = RECORDS_A_FETCH
            for lane in lanes.all():
                client.seek(lane.partition, lane.read_up_to)
            return {}
        return found

    async def _fetched_singly(self, client: Client, lanes: Lanes) -> dict[TopicPartition, list[ConsumerRecord]]:
        """One record of each partition, until what the client cannot read has been found and stepped over, or shut.

        It stood among the first RECORDS_A_FETCH of its partition, unless it was a whim or is another member's by now.
        """
        found: dict[TopicPartition, list[ConsumerRecord]] = {}
        passed, all_at_end, tenure = self._stepped_over, True, lanes.tenure
        for partition in lanes.hungry():
            try:
                found |= await client.getmany(partition, timeout_ms=SINGLE_WAIT_MS, max_records=1)
            except UnicodeDecodeError as error:
                await self._step_over(client, lanes, partition, str(error))
                passed, self._stepped_over = False, True
            except OF_ONE_PARTITION as error:
                _log.error("%s cannot be read on: %s", place_name(partition), error)
                if lane := lanes.of(partition):
                    lane.shut(error)
                    client.seek(partition, lane.read_up_to)
                passed, self._stepped_over = False, True
            else:
                end, place = client.highwater(partition), client.handed_out(partition)
                at_end = end is not None and place is not None and place >= end
                passed, all_at_end = passed and (at_end or partition in found), all_at_end and at_end
            if lanes.tenure != tenure:
                # The rest is not this member's any more; what it had in hand has no lane.
                break
        spent = RECORDS_A_FETCH // ROUNDS_AT_END_MAX if all_at_end else 1
        self._careful = 0 if passed else max(0, self._careful - spent)
        self._stepped_over = self._stepped_over and self._careful > 0
        return found

    async def _step_over(self, client: Client, lanes: Lanes, partition: TopicPartition, reason: str) -> None:
        lane, offset = lanes.of(partition), client.handed_out(partition)
        if lane is None or offset is None:
            return
        place = f"{partition.partition}:{offset}"
        try:
            await self._receiver.dead_letters.unreadable(self._names[partition.topic], place, reason)
        except PublishFailed as error:
            # Nothing tells yet that it was left out: this partition waits, the others go on.
            lane.shut(error)
            return
        if lanes.of(partition) is lane:
            client.seek(partition, offset + 1)
            lane.skip(offset + 1)
            lane.unreadable = 0

    async def _keep_places(self, client: Client, lanes: Lanes) -> None:
        rounds = 0
        while True:
            await self.machine.sleep(KEEP_PLACES_EVERY_S)
            rounds += 1
            kept = await keep(client, lanes.all())
            if rounds % ROUNDS_UNTIL_BELIEVED == 0:
                kept &= await believed(lanes.all())
            # Where the database knows another place, it is read again from there.
            await lanes.close({lane.partition for lane in lanes.all()} - kept)
            await lanes.read_gaps_again()
            self._report(client, lanes)

    def _report(self, client: Client, lanes: Lanes) -> None:
        lag = dict.fromkeys(self._names, 0)
        for partition, reached in lanes.reached().items():
            lag[partition.topic] += max(0, (client.highwater(partition) or 0) - reached)
        measure("ledger_consumer_topics_closed", len(self.closed_topics()), {"group": self._receiver.group})
        standing = sum(feed.stands for feed in lanes.waiting_feeds())
        measure("ledger_feeds_standing", standing, {"group": self._receiver.group})
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

    async def ends(self, topics: Iterable[str] | None = None) -> Mapping[TopicPartition, int]:
        """Where the partitions of these topics end now; None: of all its topics."""
        client = await self._connected()
        return await client.ends(
            TopicPartition(topic, number)
            for topic in (self._names if topics is None else map(self._settings.topic, topics))
            for number in client.partitions_for_topic(topic) or ()
        )

    async def _connected(self) -> Client:
        while True:
            await self._changed.until(lambda: self._client is not None)
            if self._client:
                return self._client

    async def behind(self) -> int:
        """How many records the topics hold that are not yet with the receiver, through this member or another."""
        ends = await self.ends()
        return sum(max(0, ends[partition] - place) for partition, place in (await self.reached(ends)).items())

    async def has_reached(self, ends: Mapping[TopicPartition, int]) -> bool:
        """Whether everything before these ends is with the receiver, through this member or another."""
        return all(place >= ends[partition] for partition, place in (await self.reached(ends)).items())

    async def reached(self, ends: Mapping[TopicPartition, int]) -> Mapping[TopicPartition, int]:
        """How far each of these partitions is with the receiver, through any member; raises StoreUnavailable.

        What counts is what the receiver's database says; of a lane here it may not say the last second yet.
        """
        lanes = self._lanes
        reached = {}
        for partition, end in ends.items():
            lane = lanes.of(partition) if lanes else None
            if lane and lane.reached < end:
                reached[partition] = lane.reached
            else:
                place = await self._receiver.positions.get_position(place_name(partition))
                reached[partition] = lane.reached if lane and lane.saved == place else place
        return reached

    def closed_topics(self) -> list[str]:
        """The topics of which the broker tells this member no partitions: they are not there, or shut by an ACL.

        The others are read meanwhile, and these once they are opened, without a restart.
        """
        client = self._client
        return [name for topic, name in self._names.items() if client and not client.partitions_for_topic(topic)]

    def waiting_feeds(self) -> list[WaitingFeed]:
        """The feeds that do not go on."""
        return self._lanes.waiting_feeds() if self._lanes else []

    @property
    def lanes(self) -> Sequence[PartitionLane]:
        """The partitions in the hands of this member."""
        return self._lanes.all() if self._lanes else ()


class _Rebalance(ConsumerRebalanceListener):  # type: ignore[misc]
    """Lets go of what is taken away, after which nothing of it is counted; what is given is opened by the fetching."""

    def __init__(self, client: Client, lanes: Lanes) -> None:
        self._client = client
        self._lanes = lanes

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        await keep(self._client, await self._lanes.let_go())

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._lanes.give(assigned)
