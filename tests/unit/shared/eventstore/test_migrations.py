"""Tables are brought up to date once, in order, and never by a program that is older than they are."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from shared.eventstore.migrations import migrations, pending
from shared.eventstore.packing import Packing
from shared.eventstore.sqlite_datastore import LedgerDatastore
from shared.eventstore.sqlite_recorder import SQLiteLedgerRecorder
from shared.kernel.errors import StoreUnavailable
from shared.messages.dictionary import MECHANISM

PACKING = Packing(MECHANISM, lambda number: None)


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_migrations_are_numbered_from_one_without_gaps(database: str) -> None:
    numbers = [migration.number for migration in migrations(database)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert all(statement for migration in migrations(database) for statement in migration.statements)


def test_both_databases_have_the_same_migrations() -> None:
    assert [migration[:2] for migration in migrations("sqlite")] == [
        migration[:2] for migration in migrations("postgres")
    ]


def test_only_what_is_missing_is_pending() -> None:
    newest = migrations("sqlite")[-1].number
    assert [migration.number for migration in pending("sqlite", newest - 1)] == [newest]
    assert pending("sqlite", newest) == ()


def test_tables_newer_than_the_program_are_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "log.db"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 9999")
    connection.close()
    datastore = LedgerDatastore(str(file))
    with pytest.raises(StoreUnavailable, match="newer program"):
        SQLiteLedgerRecorder(datastore, PACKING).create_table()
    datastore.close()
