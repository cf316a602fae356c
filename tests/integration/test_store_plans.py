"""No statement of the store reads more than it returns: none scans a table that grows, on either database."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from shared.deadlines.model import FIRST_PLACE
from shared.eventstore import postgres_store, sqlite_store, tables
from shared.eventstore.port import Document
from shared.eventstore.store import Store
from tests.support.logs import DURABLE, Backend, location_of, opened
from tests.support.toy_service import NOW, Add, CounterChanged, SetAlarm, command, envelope

# These have a limit of their own: parked messages stop their partition, the others are named in the program.
SMALL = {"parked", "positions", "leases", "sqlite_sequence", "migrations", "page", "CONSTANT"}

LIMIT = 100

ASKED: dict[str, Callable[[Store], Any]] = {
    "read": lambda store: store.read(0, LIMIT),
    "read_scope": lambda store: store.read_scope("t1", "counter/c1", 0, LIMIT),
    "newest": lambda store: store.newest(1),
    "outbox": lambda store: store.outbox(0, LIMIT, 1000),
    "due_deadlines": lambda store: store.due_deadlines(NOW, LIMIT, FIRST_PLACE),
    "next_due_at": lambda store: store.next_due_at(),
    "held_deadlines": lambda store: store.held_deadlines(LIMIT, FIRST_PLACE),
    "stale_deadlines": lambda store: store.stale_deadlines("cn", "v2", LIMIT, FIRST_PLACE),
    "feed_heads": lambda store: store.feed_heads("feed-other-"),
    "parked": lambda store: store.parked(LIMIT),
    "get_documents": lambda store: store.get_documents("v", [("t1", "a"), ("t2", "b"), ("t1", "c")]),
    "list_documents": lambda store: store.list_documents("v", "t1", "*", ("", ""), LIMIT),
    "list_documents of all": lambda store: store.list_documents("v", None, "$due", ("", ""), LIMIT),
    "put_documents": lambda store: store.put_documents("v", [Document(tenant="t1", key="a", body=b"2")], 1, 2),
    "drop_view": lambda store: store.drop_view("w"),
}


def scanned_by_sqlite(cursor: sqlite3.Cursor, statement: str, parameters: Any) -> list[str]:
    plan = cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
    steps = [row[3] for row in plan]
    scans = [step for step in steps if (found := re.match(r"SCAN (\w+)", step)) and found[1] not in SMALL]
    # All documents of a view are as good as all documents, but for who deletes them.
    whole_views = [step for step in steps if re.match(r"SEARCH d\w* .*\(view=\?\)$", step)]
    return scans + (whole_views if statement.startswith("SELECT") else [])


def scanned_by_postgres(cursor: psycopg.Cursor[Any], statement: bytes, parameters: Any) -> list[str]:
    cursor.execute("SET enable_seqscan = off")
    plan = "\n".join(row[0] for row in cursor.execute(b"EXPLAIN " + statement, parameters).fetchall())
    cursor.execute("RESET enable_seqscan")
    return [name for name in re.findall(r"Seq Scan on (\w+)", plan) if name not in SMALL]


@pytest.mark.parametrize("backend", DURABLE)
async def test_no_statement_of_the_store_scans_a_table_that_grows(
    backend: Backend, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted violations: pairs in get_documents, deadlines asked for without the condition of their index."""
    scans: dict[str, list[str]] = {}
    asking = ""

    def look(session: Any, statement: str, parameters: Any) -> None:
        if backend == "sqlite":
            found = scanned_by_sqlite(session._cursor, statement, parameters)
        else:
            found = scanned_by_postgres(session._cursor, postgres_store._with_placeholders(statement), parameters)
        scans.setdefault(asking, []).extend(found)

    kind = sqlite_store.SQLiteSession if backend == "sqlite" else postgres_store.PostgresSession
    for name in ("rows", "run"):
        run = getattr(kind, name)

        def looked_at(session: Any, statement: str, parameters: Any = (), *, run: Any = run) -> Any:
            if asking and statement.split()[0] in ("SELECT", "UPDATE", "DELETE", "INSERT"):
                look(session, statement, parameters)
            return run(session, statement, parameters)

        monkeypatch.setattr(kind, name, looked_at)
    async with opened(location_of(backend, request)) as log:
        await log.submit(command(Add(amount=1), "k1"))
        await log.submit(command(SetAlarm(due_at=NOW), "k2"))
        await log.receive(envelope(1, CounterChanged(counter="c", amount=1, total=1, note="poison")))
        await log.put_documents("v", [Document(tenant="t1", key="a", body=b"1", labels=("*",))], 0, 1)
        store = log._store  # type: ignore[attr-defined]
        assert isinstance(store, tables.SqlTables)
        for name, ask in ASKED.items():
            asking = name
            ask(store)  # type: ignore[arg-type]
        asking = ""
    assert {name: found for name, found in scans.items() if found} == {}
    assert set(scans) == set(ASKED)
