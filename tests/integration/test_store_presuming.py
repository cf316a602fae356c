"""A command in one round trip on PostgreSQL: what is sent together, and what the lock protects all the same."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import psycopg
import pytest

from shared.eventstore import postgres_statements
from shared.eventstore.postgres_wire import Session, Statement
from shared.kernel.errors import LogWentBack
from shared.kernel.failpoints import Block, arm, at_passing
from tests.support.logs import in_schema, opened
from tests.support.postgres_proxy import wire
from tests.support.toy_service import Add, LimitPublished, OverTheLimit, SetAlarm, command, envelope

Place = tuple[str, str]


async def test_a_command_on_a_known_scope_is_one_round_trip(
    fresh_schema: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before, two: the question, and the rows with the commit."""
    waits: list[int] = []
    sync = Session.sync

    def counted(session: Session) -> Any:
        waits.append(len(session._sent))
        return sync(session)

    async with opened(in_schema(*fresh_schema)) as log:
        for key in ("k1", "k2"):
            await log.submit(command(Add(amount=1), key))
        monkeypatch.setattr(Session, "sync", counted)
        await log.submit(command(Add(amount=1), "k3"))
        # Begin, lock, premise, rows, commit.
        assert waits == [5]
        await log.submit(command(Add(amount=1), "k4", counter="c2"))
        assert len(waits) == 3
        await asyncio.gather(*(log.submit(command(Add(amount=1), f"m{n}")) for n in range(40)))
        assert len(waits) == 4


async def test_what_another_process_wrote_is_never_presumed_away(fresh_schema: Place) -> None:
    location = in_schema(*fresh_schema)
    async with opened(location) as one, opened(location) as other:
        for key in ("k1", "k2"):
            await one.submit(command(Add(amount=1), key))
        await other.receive(envelope(1, LimitPublished(limit=5), key="standard"))
        with pytest.raises(OverTheLimit):
            await one.submit(command(Add(amount=9), "k3"))


async def position_behind_a_lost_tail(place: Place) -> int:
    """Where a command is written after the database has lost the newest event, which this process had written."""
    dsn, schema = place
    async with opened(in_schema(dsn, schema)) as log:
        for key in ("k1", "k2", "k3"):
            await log.submit(command(Add(amount=1), key))
        with psycopg.connect(dsn, autocommit=True) as session:
            session.execute(f"DELETE FROM {schema}.events WHERE position = 3".encode())
        return (await log.submit(command(Add(amount=1), "k4"))).position


async def test_nothing_is_written_behind_an_event_that_is_only_presumed(fresh_schema: Place) -> None:
    with pytest.raises(LogWentBack):
        await position_behind_a_lost_tail(fresh_schema)


async def test_without_a_look_at_the_premise_it_would_be(fresh_schema: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted violation: whatever is presumed holds."""
    types = "text[] text[] text[] text[] bigint text text float8 float8"
    blind = "SELECT set_config('qizhang.unmoved', 'true', true), $1, $2, $3, $4, $5, $6, $7, $8, $9"
    monkeypatch.setattr(postgres_statements, "PRESUME", Statement(blind, types))
    assert await position_behind_a_lost_tail(fresh_schema) == 4


async def test_a_process_that_stops_while_it_decides_holds_no_lock(fresh_schema: Place) -> None:
    location = in_schema(*fresh_schema)
    async with opened(location) as one, opened(location) as other:
        await one.submit(command(Add(amount=1), "k1"))
        block = Block()
        with arm("writer.decided", at_passing(1, block)):
            stopped = asyncio.create_task(one.submit(command(Add(amount=1), "k2")))
            await asyncio.to_thread(block.wait_reached)
            assert (await other.submit(command(Add(amount=2), "o1"))).version == 2
            block.released.set()
        # What it had decided was not so any more.
        assert (await stopped).version == 3
        assert [(await log.state("t1", "counter/c1"))[0].total for log in (one, other)] == [4, 4]
        assert [row.envelope.n for row in await one.outbox(0)] == [1, 2, 3]


async def test_a_deadline_is_written_on_a_premise_only_where_it_holds(fresh_schema: Place) -> None:
    location = in_schema(*fresh_schema)
    alarm = SetAlarm(due_at="2027-01-01T00:00:00.000Z")
    async with opened(location) as one, opened(location) as other:
        await one.submit(command(Add(amount=1), "k1"))
        block = Block()
        with arm("writer.decided", at_passing(1, block)):
            stopped = asyncio.create_task(one.submit(command(alarm, "k2")))
            await asyncio.to_thread(block.wait_reached)
            await other.submit(command(Add(amount=2), "o1"))
            block.released.set()
        assert (await stopped).position == 3
        assert await one.next_due_at() == alarm.due_at


async def test_a_reply_that_is_lost_is_found_out_by_the_key(fresh_schema: Place) -> None:
    dsn, schema = fresh_schema
    with tempfile.TemporaryDirectory() as folder:
        async with wire(dsn, Path(folder)) as (line, behind), opened(in_schema(behind, schema)) as log:
            for key in ("k1", "k2"):
                await log.submit(command(Add(amount=1), key))
            line.swallow_commit_reply = True
            assert (await log.submit(command(Add(amount=1), "k3"))).version == 3
            assert (line.cut, await log.head()) == (1, 3)
