"""Tables are brought up to date once, in order, and never by a program that is older than they are."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from shared.eventstore.migrations import migrations, pending
from shared.eventstore.packing import Packing
from shared.eventstore.port import Document
from shared.eventstore.sqlite_datastore import LedgerDatastore
from shared.eventstore.sqlite_recorder import SQLiteLedgerRecorder
from shared.kernel.errors import StoreUnavailable
from shared.messages.dictionary import MECHANISM
from tests.support.logs import opened

KNOW_THEIR_LABELS = 5
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


async def test_documents_of_before_lose_their_old_labels_too(tmp_path: Path) -> None:
    """Migration 5 tells documents the labels they are listed by; work lists of before go on."""
    file = tmp_path / "log.db"
    older = [migration for migration in migrations("sqlite") if migration.number < KNOW_THEIR_LABELS]
    with sqlite3.connect(file) as connection:
        for statement in (statement for migration in older for statement in migration.statements):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {older[-1].number}")
        for view, key, labels in (("v", "a", ("*", "open")), ("v", "b", ()), ("relay-aside/toy", "1", ("aside",))):
            connection.execute("INSERT INTO documents VALUES (?, 't', ?, x'31')", (view, key))
            connection.executemany(
                "INSERT INTO document_labels VALUES (?, ?, 't', '7', ?)", [(view, label, key) for label in labels]
            )
    connection.close()
    async with opened(f"sqlite:///{file}") as log:
        [aside] = await log.list_documents("relay-aside/toy", None, "$aside")
        assert (aside.key, aside.order) == ("1", "7")
        closed = [Document(tenant="t", key=key, body=b"2", order="8", labels=("closed",)) for key in ("a", "b")]
        await log.put_documents("v", closed, 0, 1)
        lists = [await log.list_documents("v", "t", label) for label in ("*", "open", "closed")]
    assert [[document.key for document in found] for found in lists] == [[], [], ["a", "b"]]
