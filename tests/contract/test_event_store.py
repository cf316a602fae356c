"""What every store promises (design section 4), on memory, SQLite and PostgreSQL alike."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from shared.commands.decision import Outcome
from shared.commands.legal_time import REQUEST_LIFE_MAX_S
from shared.eventstore.port import EventLog
from shared.kernel.actors import CATALOG_TENANT
from shared.kernel.clock import VirtualLegalClock
from shared.kernel.errors import (
    IdempotencyKeyReused,
    InvalidRequest,
    LedgerError,
    LogUnintelligible,
    RequestTooOld,
    StoreUnavailable,
    Unintelligible,
    VersionConflict,
)
from shared.kernel.instants import Instant
from shared.messages.events import FeedReceived
from shared.messages.registry import Registry
from shared.timekeeping.watch import CLOCK_BOUND_S
from tests.support.logs import BACKENDS, DURABLE, Backend, location_of, opened
from tests.support.toy_service import (
    ALICE,
    LIMIT_SCOPE,
    NOW,
    TOY,
    Add,
    Announce,
    Announced,
    Counter,
    CounterChanged,
    LimitPublished,
    OverTheLimit,
    Settle,
    command,
    envelope,
)

Log = EventLog[Any]


@pytest.fixture(params=BACKENDS)
def location(request: pytest.FixtureRequest) -> str:
    backend: Backend = request.param
    return location_of(backend, request)


@pytest.fixture
async def log(location: str) -> AsyncIterator[Log]:
    async with opened(location) as log:
        yield log


async def refusal(log: Log, *arguments: Any, **more: Any) -> LedgerError:
    """What a command is refused with."""
    with pytest.raises(LedgerError) as caught:
        await log.submit(command(*arguments, **more))
    return caught.value


async def test_an_event_carries_everything_the_design_asks_for(log: Log) -> None:
    result = await log.submit(command(Add(amount=3), "k1"))
    [recorded] = await log.read(0)
    assert result.outcome == Outcome()
    assert (result.position, result.version, result.event_ids) == (1, 1, (recorded.event_id,))
    assert (recorded.tenant, recorded.scope, recorded.stream) == ("t1", "counter/c1", "counter-c1")
    assert (recorded.type, recorded.version, recorded.recorded_at) == ("toy.added.v1", 1, NOW)
    assert (recorded.actor, recorded.correlation_id) == (ALICE, "command-t1-k1")


async def test_r_420_a_repeat_gets_the_first_result_and_records_nothing(log: Log) -> None:
    first = await log.submit(command(Add(amount=3), "k1"))
    assert await log.submit(command(Add(amount=3), "k1")) == first
    assert await log.head() == 1


async def test_r_420_a_repeat_in_flight_waits_for_the_first(log: Log) -> None:
    first, second = await asyncio.gather(*(log.submit(command(Add(amount=3), "k1")) for _ in range(2)))
    assert first == second
    assert await log.head() == 1


async def test_r_420_the_same_key_with_other_content_is_refused(log: Log) -> None:
    await log.submit(command(Add(amount=3), "k1"))
    assert isinstance(await refusal(log, Add(amount=4), "k1"), IdempotencyKeyReused)
    assert await log.head() == 1


async def test_r_420_keys_of_other_people_and_tenants_are_other_keys(log: Log) -> None:
    bob = type(ALICE)(issuer=ALICE.issuer, subject="bob", organisation="acme")
    await log.submit(command(Add(amount=3), "k1"))
    await log.submit(command(Add(amount=4), "k1", tenant="t2"))
    with pytest.raises(IdempotencyKeyReused):
        await log.submit(command(Add(amount=5), "k1", tenant="t2"))
    assert (await log.submit(command(Add(amount=0), "k1", actor=bob))).outcome.kind == "unchanged"
    assert [(await log.state(tenant, "counter/c1"))[0].total for tenant in ("t1", "t2")] == [3, 4]


async def test_a_refusal_is_stored_and_repeated_as_it_was(log: Log) -> None:
    await log.receive(envelope(1, LimitPublished(limit=5), key="standard"))
    first = await refusal(log, Add(amount=6), "k1")
    await log.receive(envelope(2, LimitPublished(limit=50), key="standard"))
    second = await refusal(log, Add(amount=6), "k1")
    shown = ("code", "rule", "title_en", "title_zh", "detail", "field", "data")
    assert isinstance(first, OverTheLimit)
    assert [getattr(first, name) for name in shown] == [getattr(second, name) for name in shown]
    assert str(first) == str(second)
    assert (await log.submit(command(Add(amount=6), "k2"))).version == 1


async def test_r_420_a_refusal_by_a_rule_precedes_a_version_conflict(log: Log) -> None:
    await log.receive(envelope(1, LimitPublished(limit=5), key="standard"))
    assert isinstance(await refusal(log, Add(amount=6), "k1", expected_version=7), OverTheLimit)
    conflict = await refusal(log, Add(amount=5), "k2", expected_version=7)
    assert isinstance(conflict, VersionConflict)
    assert conflict.data["version"] == "0"
    assert (await log.submit(command(Add(amount=5), "k3", expected_version=0))).version == 1
    # An older version is as wrong as one that is not there yet.
    assert isinstance(await refusal(log, Add(amount=0), "k4", expected_version=0), VersionConflict)


class Backwards(VirtualLegalClock):
    """A legal clock that was put back."""

    def put_back(self, instant: Instant) -> None:
        self._now = instant


async def test_r_400_nothing_is_recorded_before_what_is_recorded_already(location: str) -> None:
    legal = Backwards(NOW)
    async with opened(location, legal=legal) as log:
        await log.submit(command(Add(amount=1), "k1"))
        legal.put_back("2020-01-01T00:00:00.000Z")
        await log.submit(command(Add(amount=1), "k2"))
        assert [event.recorded_at for event in await log.read(0)] == [NOW, NOW]


async def test_commands_gathered_for_one_stream_see_each_other(log: Log) -> None:
    results = await asyncio.gather(*(log.submit(command(Add(amount=1), f"k{n}")) for n in range(50)))
    assert [result.version for result in results] == list(range(1, 51))
    assert (await log.state("t1", "counter/c1"))[0].total == 50


async def test_a_command_that_fails_fails_alone_and_stores_nothing(log: Log) -> None:
    bodies = [Add(amount=1), Add(amount=-1), Add(amount=2, note="unmappable"), Add(amount=4)]
    answers = await asyncio.gather(
        *(log.submit(command(body, f"k{n}")) for n, body in enumerate(bodies)), return_exceptions=True
    )
    assert [type(answer) for answer in answers[1:3]] == [RuntimeError, RuntimeError]
    assert (await log.state("t1", "counter/c1"))[0].total == 5
    assert len(await log.outbox(0)) == 2
    assert (await log.submit(command(Add(amount=8), "k4"))).version == 3


async def test_r_460_an_event_that_a_replay_could_not_read_fails_its_command(log: Log) -> None:
    unreadable: Any = "three"
    broken, whole = await asyncio.gather(
        log.submit(command(Announce(amount=unreadable), "k1")),
        log.submit(command(Announce(amount=3), "k2")),
        return_exceptions=True,
    )
    assert isinstance(broken, Unintelligible)
    assert not isinstance(whole, BaseException)
    assert [recorded.data for recorded in await log.read(0)] == [Announced(amount=3, key="k2")]


async def test_a_message_that_is_not_json_is_parked(log: Log) -> None:
    sent = msgspec.structs.replace(envelope(1), data=b"{")
    assert (await log.receive(sent)).kind == "parked"
    assert await log.head() == 0


async def test_an_old_request_was_not_received(log: Log) -> None:
    assert isinstance(await refusal(log, Add(amount=1), "k1", received_machine_s=1.0), RequestTooOld)
    first = await log.submit(command(Add(amount=1), "k1"))
    assert await log.submit(command(Add(amount=1), "k1", received_machine_s=1.0)) == first


async def test_a_request_is_old_after_the_life_of_one(log: Log) -> None:
    now_s = time.time()
    error = await refusal(log, Add(amount=1), "k1", received_machine_s=now_s - REQUEST_LIFE_MAX_S - 1)
    assert isinstance(error, RequestTooOld)
    in_time = command(Add(amount=1), "k1", received_machine_s=now_s - REQUEST_LIFE_MAX_S / 2)
    assert (await log.submit(in_time)).version == 1


async def test_a_public_event_too_large_for_the_broker_is_refused(log: Log) -> None:
    assert isinstance(await refusal(log, Add(amount=1, note="x" * 950_000), "k1"), InvalidRequest)
    assert await log.head() == 0


async def test_public_events_are_numbered_from_one_without_gaps_per_key(log: Log) -> None:
    await asyncio.gather(
        *(log.submit(command(Add(amount=1), f"{c}-{n}", counter=c)) for n in range(5) for c in ("c1", "c2"))
    )
    await log.submit(command(Add(amount=1), "last", counter="c1"))
    rows = await log.outbox(0)
    numbers = {key: [row.envelope.n for row in rows if row.envelope.key == key] for key in ("c1", "c2")}
    assert numbers == {"c1": [1, 2, 3, 4, 5, 6], "c2": [1, 2, 3, 4, 5]}
    assert [row.position for row in rows] == sorted({row.position for row in rows})
    assert await log.outbox(rows[3].position, 2) == rows[4:6]


async def test_a_public_event_leaves_with_the_context_of_its_cause(log: Log) -> None:
    result = await log.submit(command(Add(amount=3, note="数据"), "k1"))
    [row] = await log.outbox(0)
    sent = row.envelope
    assert (sent.event_id, sent.source, sent.topic) == (result.event_ids[0], "toy", CounterChanged.TOPIC)
    assert (sent.actor, sent.correlation_id, sent.recorded_at) == (ALICE, "command-t1-k1", NOW)
    assert sent.data == '{"amount":3,"counter":"c1","note":"数据","total":3}'.encode()


async def test_a_conditional_act_gets_its_final_answer_under_its_key(log: Log) -> None:
    conditional = await log.submit(command(Announce(amount=3), "k1"))
    await log.submit(command(Settle(), "k2"))
    final = await log.submit(command(Announce(amount=3), "k1"))
    assert (conditional.outcome.kind, final.outcome) == ("conditional", Outcome(detail="settled"))
    assert (final.event_ids, final.position) == (conditional.event_ids, conditional.position)


async def test_a_message_is_applied_once_with_what_follows_from_it(log: Log) -> None:
    receipts = [await log.receive(envelope(1)), await log.receive(envelope(1))]
    assert [receipt.kind for receipt in receipts] == ["applied", "repeat"]
    feed, echo = await log.read(0)
    assert (feed.stream, feed.version) == ("feed-other-toy.counters.v1-c1", 1)
    assert isinstance(feed.data, FeedReceived)
    assert bytes(feed.data.data) == envelope(1).data
    assert (echo.correlation_id, echo.causation_id, echo.actor.issuer) == ("walk", "c1-1", "ledger")
    assert await log.outbox(0) == []
    assert await log.feed_heads("other", CounterChanged.TOPIC) == {("t1", "c1"): 1}


async def test_a_message_waits_for_its_predecessor(log: Log) -> None:
    kinds = [(await log.receive(envelope(n))).kind for n in (2, 1, 3, 2)]
    assert kinds == ["early", "applied", "early", "applied"]


async def test_messages_of_one_batch_are_applied_in_order(log: Log) -> None:
    receipts = await asyncio.gather(*(log.receive(envelope(n)) for n in (1, 2, 2, 3)))
    assert [receipt.kind for receipt in receipts] == ["applied", "applied", "repeat", "applied"]
    assert (await log.state("t1", "counter/c1"))[0].echoed == 6


async def test_a_message_of_no_interest_is_ignored(log: Log) -> None:
    assert (await log.receive(envelope(1, type="toy.gossip.v1"))).kind == "ignored"
    assert await log.head() == 0


async def test_a_fork_is_parked_with_its_followers(log: Log) -> None:
    await log.receive(envelope(1))
    kinds = [(await log.receive(envelope(n, event_id=f"other-{n}"))).kind for n in (1, 2, 4, 3)]
    assert kinds == ["parked", "parked", "early", "parked"]
    assert [message.envelope.n for message in await log.parked(10)] == [1, 2, 3]
    assert await log.parked_scopes(10) == [("t1", "counter/c1")]
    assert (await log.receive(envelope(1))).kind == "repeat"


@pytest.mark.parametrize("note", ["poison", "unmappable"])
async def test_a_message_we_cannot_apply_is_parked_and_other_feeds_go_on(log: Log, note: str) -> None:
    defect = CounterChanged(counter="c1", amount=1, total=1, note=note)
    assert (await log.receive(envelope(1, defect))).kind == "parked"
    assert (await log.receive(envelope(2))).kind == "parked"
    assert (await log.receive(envelope(1, key="c2"))).kind == "applied"
    [first, second] = await log.parked(10)
    assert "defect" in first.reason
    assert second.reason == "waits for number 1 of this feed"
    assert (await log.state("t1", "counter/c1"))[0].echoed == 0


async def test_a_parked_message_given_up_lets_its_followers_go_on(log: Log) -> None:
    defect = envelope(1, CounterChanged(counter="c1", amount=1, total=1, note="poison"))
    for message in (defect, envelope(2), envelope(3)):
        await log.receive(message)
    with pytest.raises(LedgerError, match="missing"):
        await log.discard_parked(envelope(3), "impatience")
    await log.discard_parked(defect, "a defect, seen by hand")
    replayed = [(await log.receive(message.envelope)).kind for message in await log.parked(10)]
    assert replayed == ["applied", "applied"]
    assert (await log.state("t1", "counter/c1"))[0].echoed == 5
    assert (await log.parked(10), await log.parked_scopes(10)) == ([], [])
    assert (await log.receive(defect)).kind == "repeat"
    with pytest.raises(LedgerError, match="not parked"):
        await log.discard_parked(defect, "again")


async def test_a_fork_given_up_lets_the_feed_go_on(log: Log) -> None:
    await log.receive(envelope(1))
    fork = envelope(1, event_id="other")
    await log.receive(fork)
    await log.discard_parked(fork, "the other side restored a backup")
    assert (await log.receive(envelope(2))).kind == "applied"
    assert await log.feed_heads("other", CounterChanged.TOPIC) == {("t1", "c1"): 2}


async def test_facts_of_the_catalogue_are_read_by_every_tenant(log: Log) -> None:
    await log.receive(envelope(1, LimitPublished(limit=5), key="standard"))
    for tenant in ("t1", "t2"):
        assert isinstance(await refusal(log, Add(amount=6), "k1", tenant=tenant), OverTheLimit)
    assert (await log.state(CATALOG_TENANT, LIMIT_SCOPE))[0].limit == 5


async def test_facts_hold_for_commands_gathered_with_their_message(log: Log) -> None:
    async def received() -> None:
        # It is on its way as soon as `receive` is called, so that is done in its turn.
        await log.receive(envelope(1, LimitPublished(limit=5), key="standard"))

    before, _, after = await asyncio.gather(
        log.submit(command(Add(amount=6), "k1", counter="c1")),
        received(),
        log.submit(command(Add(amount=6), "k2", counter="c2")),
        return_exceptions=True,
    )
    assert not isinstance(before, BaseException)
    assert isinstance(after, OverTheLimit)


async def test_reads_go_by_position_in_pages(log: Log) -> None:
    for n in range(6):
        await log.submit(command(Add(amount=1), f"k{n}", counter=f"c{n % 2}"))
    assert [recorded.position for recorded in await log.read(2, 3)] == [3, 4, 5]
    assert [recorded.position for recorded in await log.read_scope("t1", "counter/c0")] == [1, 3, 5]
    assert [recorded.position for recorded in await log.read_scope("t1", "counter/c0", 1, 1)] == [3]
    assert await log.read_scope("t2", "counter/c0") == []
    assert await log.state("t1", "counter/none") == (Counter(), 0)


async def test_who_follows_sees_what_a_reader_sees(log: Log) -> None:
    for n in range(6):
        await log.submit(command(Add(amount=1), f"k{n}", counter=f"c{n % 2}"))
    for after in range(7):
        assert list(await log.follow(after, 3)) == list(await log.read(after, 3))


async def test_waiting_for_growth_ends_with_the_growth(log: Log) -> None:
    assert await log.wait_beyond(0, 0.01) == 0
    waiting = asyncio.create_task(log.wait_beyond(0, 10))
    await log.submit(command(Add(amount=1), "k1"))
    assert await waiting == 1
    assert await log.wait_beyond(0, 0) == 1


async def test_a_closed_log_takes_nothing(location: str) -> None:
    async with opened(location) as log:
        pending = asyncio.create_task(log.submit(command(Add(amount=1), "k1")))
        await asyncio.wait([pending], timeout=0)
    assert (await pending).version == 1
    with pytest.raises(StoreUnavailable):
        await log.submit(command(Add(amount=1), "k2"))
    await log.close()


async def test_r_409_the_store_tells_its_time(log: Log) -> None:
    before_s = time.time()
    assert before_s - CLOCK_BOUND_S <= await log.now_s() <= time.time() + CLOCK_BOUND_S


@pytest.mark.parametrize("backend", DURABLE)
async def test_r_460_an_older_build_stops_before_what_a_newer_one_wrote_and_parks_nothing(
    backend: Backend, request: pytest.FixtureRequest
) -> None:
    location = location_of(backend, request)
    older = dataclasses.replace(TOY, events=Registry((Announced,), "TOPIC"))
    async with opened(location) as log:
        await log.submit(command(Add(amount=1), "k1"))
    async with opened(location, older) as log:
        for attempt in (log.receive(envelope(1)), log.submit(command(Add(amount=2), "k2")), log.read(0)):
            with pytest.raises(LogUnintelligible, match="position 1"):
                await attempt
        assert await log.parked(10) == []
        assert await log.head() == 1
    async with opened(location) as log:
        assert (await log.receive(envelope(1))).kind == "applied"


@pytest.mark.parametrize("backend", DURABLE)
async def test_a_reopened_log_goes_on_where_it_was(backend: Backend, request: pytest.FixtureRequest) -> None:
    location = location_of(backend, request)
    async with opened(location) as log:
        first = await log.submit(command(Add(amount=3), "k1"))
        await log.receive(envelope(1))
        read = await log.read(0)
    async with opened(location) as log:
        assert await log.read(0) == read
        assert await log.submit(command(Add(amount=3), "k1")) == first
        assert (await log.submit(command(Add(amount=4), "k2"))).version == 2
        assert (await log.receive(envelope(2))).kind == "applied"
        assert (await log.state("t1", "counter/c1"))[0].total == 7
