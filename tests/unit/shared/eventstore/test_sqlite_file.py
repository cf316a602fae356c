"""What the guarantees ask of a service's SQLite file: flushed commits, WAL, and positions that are never reused."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import cast

import pytest

from shared.eventstore.log import open_log
from shared.eventstore.port import Document
from shared.eventstore.sqlite_datastore import LedgerDatastore
from shared.eventstore.sqlite_store import SQLiteStore
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock
from shared.kernel.errors import StoreUnavailable
from shared.kernel.failpoints import FailpointReached, arm, raise_here
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


def flushes(store: SQLiteStore) -> int:
    """How the connection that the next commit goes through is flushed: 2 is with every commit."""
    with store.write() as transaction:
        level: int = transaction._cursor.execute("PRAGMA synchronous").fetchall()[0][0]
        return level


def test_commits_are_flushed_again_after_documents_were_written_without(tmp_path: Path) -> None:
    """The planted violation: flushing stays off after the first document."""
    store = SQLiteStore(LedgerDatastore(str(tmp_path / "log.db")), SystemMachineClock())
    document = Document(tenant="t1", key="k", body=b"1")
    assert store.put_documents("v", [document], 0, 1)
    assert flushes(store) == 2
    assert not store.put_documents("v", [document], 0, 2)
    assert flushes(store) == 2
    with pytest.raises(FailpointReached), arm("documents.before_commit", raise_here):
        store.put_documents("v", [document], 1, 2)
    assert flushes(store) == 2
    store.close()


class NoPragma:
    """A driver's connection on which flushing cannot be switched on again."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str) -> sqlite3.Cursor:
        if "FULL" in statement:
            raise sqlite3.OperationalError("disk I/O error")
        return self._connection.execute(statement)

    def close(self) -> None:
        self._connection.close()


def test_a_connection_that_does_not_flush_again_is_never_used_again(tmp_path: Path) -> None:
    datastore = LedgerDatastore(str(tmp_path / "log.db"))
    with datastore.get_connection(commit=True) as connection:
        connection._sqlite_conn = cast(sqlite3.Connection, NoPragma(connection.raw))
        with pytest.raises(sqlite3.OperationalError), connection.without_flush():
            pass
    with datastore.get_connection(commit=True) as another:
        assert another is not connection
    datastore.close()


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
