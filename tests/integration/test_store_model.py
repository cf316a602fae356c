"""A random life of a log: whatever memory answers, SQLite answers too, step by step (a model, R-461).

Both meet the same faults: names that no index takes, rows that the database refuses, statements that end the
transaction, commits whose outcome nobody hears of, and a log that comes back without its newest events. What memory
says is what the faults should do; what SQLite says is what they do to a real file.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shared.commands import runner
from shared.eventstore.log import open_log
from shared.eventstore.port import Document, EventLog
from shared.eventstore.service_log import ServiceLog
from shared.eventstore.store import OutcomeUnknown
from shared.eventstore.threads import Threads
from shared.kernel.clock import VirtualLegalClock
from shared.kernel.errors import LedgerError, StoreUnavailable
from shared.kernel.failpoints import arm
from shared.kernel.instants import plus_seconds
from tests.support.clocks import ImpatientClock
from tests.support.presuming_store import PresumingStore
from tests.support.toy_service import (
    NOW,
    TOY,
    Add,
    Announce,
    CounterChanged,
    LimitPublished,
    SetAlarm,
    Settle,
    StopAlarm,
    command,
    envelope,
)

counters = st.sampled_from(("c1", "c2"))
tenants = st.sampled_from(("t1", "t2"))
keys = st.sampled_from([f"k{n}" for n in range(12)])
versions = st.none() | st.integers(0, 4)
bodies = st.one_of(
    st.builds(Add, amount=st.sampled_from((-1, 0, 1, 3, 50)), note=st.sampled_from(("", "unmappable"))),
    st.builds(Announce, amount=st.integers(1, 3)),
    st.just(Settle()),
    st.builds(SetAlarm, due_at=st.sampled_from([plus_seconds(NOW, s) for s in (0, 60)]), legal_effect=st.booleans()),
    st.just(StopAlarm()),
)
submissions = st.tuples(bodies, keys, counters, tenants, versions)
numbers = st.integers(1, 5)

Log = EventLog[Any]


class Lives(RuleBasedStateMachine):
    """Two logs lead the same life."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.legal = VirtualLegalClock(NOW)
        self.places = ("memory:", f"sqlite:///{self.folder.name}/log.db")
        self.memory = PresumingStore(ImpatientClock())
        self.losses = 0
        self.planted = pytest.MonkeyPatch()
        self.planted.setattr(runner, "UNKNOWN_OUTCOME_PAUSE_S", 0.001)
        self.logs = [self.run(self._open(place)) for place in self.places]

    def teardown(self) -> None:
        self.planted.undo()
        for log in self.logs:
            self.run(log.close())
        self.loop.close()
        self.folder.cleanup()

    def run(self, work: Awaitable[Any]) -> Any:
        return self.loop.run_until_complete(work)

    async def _open(self, place: str) -> Log:
        if place == "memory:":
            return ServiceLog(TOY, self.memory, Threads("toy"), self.legal, ImpatientClock())
        return await open_log(TOY, place, self.legal, ImpatientClock())

    @property
    def file(self) -> Path:
        """The file of the other."""
        return Path(self.folder.name) / "log.db"

    def both(self, ask: Callable[[Log], Awaitable[Any]]) -> Any:
        """What both logs answer; an error is an answer."""
        first, second = (self.run(answer(ask, log)) for log in self.logs)
        assert first == second
        return first

    @rule(several=st.lists(submissions, min_size=1, max_size=4))
    def submit(self, several: list[Any]) -> None:
        async def ask(log: Log) -> list[Any]:
            return await asyncio.gather(*(submitted(log, given) for given in several))

        self.both(ask)

    @rule(n=numbers, key=counters, fork=st.sampled_from(("", "fork")), note=st.sampled_from(("", "", "unmappable")))
    def receive(self, n: int, key: str, fork: str, note: str) -> None:
        event = CounterChanged(counter=key, amount=n, total=n, note=note)
        self.both(lambda log: log.receive(envelope(n, event, key=key, event_id=fork and f"{fork}-{n}")))

    @rule(n=numbers, limit=st.integers(1, 60))
    def publish_limit(self, n: int, limit: int) -> None:
        self.both(lambda log: log.receive(envelope(n, LimitPublished(limit=limit), key="standard")))

    @rule()
    def replay_parked(self) -> None:
        async def ask(log: Log) -> list[Any]:
            return [await log.receive(message.envelope) for message in await log.parked(100)]

        self.both(ask)

    @precondition(lambda self: self.run(self.logs[0].parked(1)))
    @rule(data=st.data())
    def discard(self, data: st.DataObject) -> None:
        parked = self.run(self.logs[0].parked(100))
        message = data.draw(st.sampled_from(parked)).envelope
        self.both(lambda log: log.discard_parked(message, "given up"))

    @rule(several=st.lists(submissions, min_size=1, max_size=3), name=st.sampled_from(("x" * 600, "a\0b")), n=numbers)
    def one_name_is_not_storable(self, several: list[Any], name: str, n: int) -> None:
        """A message and a command that no index takes, beside commands that are as they should be."""

        async def ask(log: Log) -> list[Any]:
            poison = CounterChanged(counter="c", amount=n, total=n)
            return await asyncio.gather(
                answer(lambda log: log.receive(envelope(n, poison, key=name)), log),
                answer(lambda log: log.submit(command(Add(amount=1), name)), log),
                *(submitted(log, given) for given in several),
            )

        self.both(ask)

    @rule(several=st.lists(submissions, min_size=1, max_size=3), happened=st.booleans(), lasts=st.integers(1, 2))
    def commits_are_not_heard_of(self, several: list[Any], happened: bool, lasts: int) -> None:
        """The flush fails so often, before or after the commit stands in the file; then it is found out."""
        place = "writer.committed_before_reply" if happened else "writer.decided"

        async def ask(log: Log) -> list[Any]:
            with arm(place, failing(lasts, OutcomeUnknown("disk I/O error"))):
                return await asyncio.gather(*(submitted(log, given) for given in several))

        self.both(ask)

    @rule(several=st.lists(submissions, min_size=1, max_size=3))
    def the_transaction_ends(self, several: list[Any]) -> None:
        """Everybody is told that the store is away, and nothing is there afterwards."""

        async def ask(log: Log) -> list[Any]:
            with arm("writer.inserted_before_commit", failing(1000, StoreUnavailable("disk I/O error"))):
                return await asyncio.gather(*(submitted(log, given) for given in several))

        assert {told[0] for told in self.both(ask)} == {"STORE_UNAVAILABLE"}

    @precondition(lambda self: self.run(self.logs[0].head()))
    @rule(given=submissions)
    def the_newest_event_is_lost(self, given: Any) -> None:
        """Another stands in its place. Whoever saw it does nothing any more, a new process goes on with the other."""
        lost = self.memory.recorder.rows[-1]
        self.losses += 1
        self.both(lambda log: log.submit(command(Add(amount=0), f"a look at the tail {self.losses}")))
        another = lost._replace(event_id=f"another-{self.losses}")
        with sqlite3.connect(self.file) as file:
            file.execute("UPDATE events SET event_id = ? WHERE position = ?", (another.event_id, lost.position))
        file.close()
        self.memory.recorder.rows[-1] = another
        self.memory.recorder.by_scope[lost.tenant, lost.scope][-1] = another
        self.memory.recorder.by_stream[lost.tenant, lost.stream, lost.version] = another
        for _ in range(2):
            assert self.both(lambda log: submitted(log, given))[0] == "LOG_WENT_BACK"
        for number, place in enumerate(self.places):
            self.run(self.logs[number].close())
            self.logs[number] = self.run(self._open(place))

    @rule(position=st.integers(0, 3), key=keys, label=counters, body=st.none() | st.just(b"1"))
    def put_document(self, position: int, key: str, label: str, body: bytes | None) -> None:
        document = Document(tenant="t1", key=key, body=body, order=label, labels=(label, "*"))
        self.both(lambda log: log.put_documents("v", [document], position, position + 1))

    @rule()
    def restart_the_file(self) -> None:
        self.run(self.logs[1].close())
        self.logs[1] = self.run(self._open(self.places[1]))

    @rule(seconds=st.integers(0, 100))
    def time_passes(self, seconds: int) -> None:
        self.legal.advance(seconds)

    @invariant()
    def both_hold_the_same(self) -> None:
        async def everything(log: Log) -> tuple[Any, ...]:
            return (
                await log.read(0),
                await log.outbox(0),
                await log.parked(100),
                await log.parked_scopes(100),
                await log.due_deadlines(plus_seconds(NOW, 1000), 100),
                await log.next_due_at(),
                await log.stale_deadlines("cn", "v2", 100),
                await log.feed_heads("other", CounterChanged.TOPIC),
                await log.get_position("v"),
                [(found.key, found.body) for found in await log.list_documents("v", "t1", "*")],
                [await log.state(tenant, f"counter/{counter}") for tenant in ("t1", "t2") for counter in ("c1", "c2")],
            )

        events, *_ = self.both(everything)
        assert [event.position for event in events] == list(range(1, len(events) + 1))


async def submitted(log: Log, given: Any) -> Any:
    """What a log answers to a submission."""
    body, key, counter, tenant, version = given
    return await answer(
        lambda log: log.submit(command(body, key, counter=counter, tenant=tenant, expected_version=version)), log
    )


def failing(times: int, error: Exception) -> Callable[[], None]:
    """Raises an error at so many passings, and then no more."""
    left = times

    def fail() -> None:
        nonlocal left
        left -= 1
        if left >= 0:
            raise error

    return fail


async def answer(ask: Callable[[Log], Awaitable[Any]], log: Log) -> Any:
    """What a log answers to a request, or how it refuses."""
    try:
        return await ask(log)
    except (LedgerError, RuntimeError) as error:
        return (type(error).__name__ if not isinstance(error, LedgerError) else error.code, str(error))


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=20, stateful_step_count=25)
