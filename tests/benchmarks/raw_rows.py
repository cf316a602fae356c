"""What a log left behind in its tables, inserted into the same tables by nothing but the driver."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

TABLES = {
    "events": "bigint text text text bigint text text text bytea",
    "results": "text text text text text bytea",
    "outbox": "bigint text text text bigint bytea bytea",
}


def insert_of(table: str) -> bytes:
    """The statement that inserts rows given as one array a column."""
    arrays = ", ".join(f"%b::{type}[]" for type in TABLES[table].split())
    given = "OVERRIDING SYSTEM VALUE" if table == "outbox" else ""
    return f"INSERT INTO {table} {given} SELECT * FROM unnest({arrays})".encode()


def columns_of(rows: Sequence[Any]) -> list[list[Any]]:
    """The arrays for rows."""
    return [list(column) for column in zip(*rows, strict=True)]
