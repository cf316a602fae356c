"""What the guarantees ask of a service's SQLite file: flushed commits, WAL, and positions that are never reused."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from shared.eventstore.log import open_log
from shared.eventstore.sqlite_datastore import LedgerDatastore
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock
from shared.kernel.errors import StoreUnavailable
from tests.support.logs import opened
from tests.support.toy_service import NOW, TOY, Add, command


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "var" / "log.db"


def test_commits_are_flushed_and_readers_do_not_wait(tmp_path: Path) -> None:
    datastore = LedgerDatastore(str(tmp_path / "log.db"))
    with datastore.get_connection(commit=True) as connection:
        pragmas = [connection.raw.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    datastore.close()
    assert pragmas == ["wal", 2]


async def test_a_position_is_never_handed_out_twice(file: Path) -> None:
    location = f"sqlite:///{file}"
    async with opened(location) as log:
        for number in range(3):
            await log.submit(command(Add(amount=1), str(number)))
    with sqlite3.connect(file) as connection:
        connection.execute("DELETE FROM events WHERE position = 3")
    connection.close()
    async with opened(location) as log:
        assert (await log.submit(command(Add(amount=1), "another", counter="c2"))).position == 4


@pytest.fixture
def no_database(tmp_path: Path) -> Path:
    file = tmp_path / "notes.txt"
    file.write_bytes(b"something else entirely, and long enough to be read as the header of a database, which is 100")
    return file


async def test_a_file_that_is_no_database_is_unavailable(no_database: Path) -> None:
    with pytest.raises(StoreUnavailable):
        await open_log(TOY, f"sqlite:///{no_database}", VirtualLegalClock(NOW), SystemMachineClock())


async def test_another_kind_of_location_is_named_in_the_error() -> None:
    with pytest.raises(ValueError, match="mysql"):
        await open_log(TOY, "mysql://x", VirtualLegalClock(NOW), SystemMachineClock())
