"""A database that comes back without its newest commits is noticed by whoever saw them, and never written on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from msgspec import Struct

from shared.commands import runner
from shared.eventstore.port import Document, EventLog
from shared.kernel.clock import SystemMachineClock
from shared.kernel.errors import LogWentBack, OutcomeNotKnown
from shared.kernel.failpoints import arm, at_passing
from shared.projections.runner import Projections
from shared.projections.view import View
from tests.support.faulty_store import FaultyStore
from tests.support.logs import DURABLE, Backend, location_of, log_over, opened
from tests.support.toy_service import Add, command


class Count(Struct, frozen=True):
    """A document that counts events."""

    events: int


COUNTS: View[Count] = View(
    name="counts",
    version=1,
    document=Count,
    keys=lambda event: (event.scope,),
    apply=lambda before, key, event: Count(before.events + 1 if before else 1),
)


class Standby:
    """A copy of the log's database as it was at some moment; `takes_over` puts it in the place of the log."""

    def __init__(self, backend: Backend, request: pytest.FixtureRequest) -> None:
        self._path: Path = request.getfixturevalue("tmp_path") / "log.db"
        self._place = request.getfixturevalue("fresh_schema") if backend == "postgres" else None

    def copies(self) -> None:
        if self._place is None:
            self._copy(self._path, self._path.with_name("standby.db"))
        else:
            self._run("CREATE TABLE standby_{table} AS TABLE {table}")

    def takes_over(self) -> None:
        if self._place is None:
            self._copy(self._path.with_name("standby.db"), self._path)
        else:
            self._run("DELETE FROM {table}; INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM standby_{table}")

    def is_over(self) -> None:
        if self._place is not None:
            self._run("DROP TABLE standby_{table}")

    def _run(self, statements: str) -> None:
        assert self._place is not None
        dsn, schema = self._place
        with psycopg.connect(dsn, options=f"-c search_path={schema}") as session:
            for table in ("events", "results", "outbox"):
                session.execute(statements.format(table=table).encode())

    @staticmethod
    def _copy(source: Path, target: Path) -> None:
        one, other = sqlite3.connect(source), sqlite3.connect(target)
        one.backup(other)
        one.close()
        other.close()


@pytest.fixture(params=DURABLE)
def place(request: pytest.FixtureRequest) -> tuple[str, Standby]:
    return location_of(request.param, request), Standby(request.param, request)


async def add(log: EventLog[Any], *keys: str) -> None:
    for key in keys:
        await log.submit(command(Add(amount=1), key))


async def test_a_writer_whose_newest_events_are_gone_writes_nothing_behind_them(
    place: tuple[str, Standby], caplog: pytest.LogCaptureFixture
) -> None:
    """Before, version 7 was written behind version 3, and totals were published that no log has."""
    location, standby = place
    async with opened(location) as log:
        await add(log, "k1", "k2", "k3")
        standby.copies()
        await add(log, "k4", "k5", "k6")
        standby.takes_over()
        with pytest.raises(LogWentBack):
            await add(log, "k7")
        # From then on nothing is read or written: whatever is in memory may come from what is lost.
        for ask in (lambda: add(log, "k8"), lambda: log.state("t1", "counter/c1"), log.head, lambda: log.follow(0)):
            with pytest.raises(LogWentBack):
                await ask()
        assert [record.levelname for record in caplog.records if "lost its newest" in record.message] == ["CRITICAL"]
    async with opened(location) as log:
        assert (await log.submit(command(Add(amount=1), "k7"))).version == 4
        assert (await log.state("t1", "counter/c1"))[0].total == 4


async def test_another_history_of_the_same_length_is_told_by_its_ids(place: tuple[str, Standby]) -> None:
    location, standby = place
    async with opened(location) as log:
        await add(log, "k1")
        standby.copies()
        await add(log, "k2", "k3")
        standby.takes_over()
        async with opened(location) as other:
            await add(other, "o2", "o3", "o4")
        with pytest.raises(LogWentBack):
            await add(log, "k4")


async def test_who_only_reads_notices_too(place: tuple[str, Standby]) -> None:
    location, standby = place
    async with opened(location) as writer, opened(location) as reader:
        await add(writer, "k1")
        standby.copies()
        await add(writer, "k2")
        assert await reader.wait_beyond(1, 30) == 2
        standby.takes_over()
        # While somebody waits, the log is looked at.
        assert await reader.wait_beyond(2, 0.5) == 2
        with pytest.raises(LogWentBack):
            await reader.head()


async def test_no_place_is_moved_and_no_document_written_over_what_the_log_has_lost(
    place: tuple[str, Standby],
) -> None:
    """It went back to just behind the last place that was written: the place fits, and what it speaks of is gone."""
    location, standby = place
    for move in (
        lambda log: log.set_position("kafka/acts/0", 0, 5),
        lambda log: log.put_documents("counts", [Document(tenant="t1", key="c1", body=b"{}")], 0, 5),
    ):
        async with opened(location) as log:
            await add(log, "k1")
            standby.copies()
            await add(log, "k2")
            standby.takes_over()
            with pytest.raises(LogWentBack):
                await move(log)
            with pytest.raises(LogWentBack):
                await log.head()
        async with opened(location) as log:
            assert await log.get_position("kafka/acts/0") == await log.get_position("counts") == 0
            assert await log.set_position("kafka/acts/0", 0, 1) and await log.set_position("kafka/acts/0", 1, 0)
        standby.is_over()


async def test_a_log_that_only_grows_never_went_back(place: tuple[str, Standby]) -> None:
    location, _ = place
    async with opened(location) as one, opened(location) as other:
        for number in range(5):
            await add(one, f"a{number}")
            await add(other, f"b{number}")
            assert await one.wait_beyond(2 * number + 1, 30) == 2 * number + 2
        assert (await one.state("t1", "counter/c1"))[0].total == 10


async def test_views_stop_with_the_reason_when_the_log_went_back(place: tuple[str, Standby]) -> None:
    location, standby = place
    async with opened(location) as log:
        projections = Projections("toy", log, [COUNTS], SystemMachineClock())
        await add(log, "k1")
        standby.copies()
        await add(log, "k2")
        await projections.catch_up()
        standby.takes_over()
        await log.wait_beyond(2, 0.5)
        with pytest.raises(LogWentBack):
            await projections.step()
        assert projections.outdated.is_set()
        assert isinstance(projections.outdated_by, LogWentBack)


async def test_a_log_that_went_back_while_a_commit_was_in_doubt_leaves_the_outcome_open() -> None:
    store = FaultyStore("", "commit reply lost")
    async with log_over(store) as log:
        await add(log, "k1")
        undone: Callable[[], None] = at_passing(2, lambda: store.recorder.rows.clear())
        with arm("writer.before_lock", undone), pytest.raises(OutcomeNotKnown):
            await add(log, "k2")
        assert runner.UNKNOWN_OUTCOME_WAIT_S > 1
        with pytest.raises(LogWentBack):
            await add(log, "k2")
