"""Arrays as PostgreSQL takes them in binary, written in one go: the driver's own way costs several times as much.

A column of a multi-row insert is one of these; wrapping says its element type, so nothing is looked at item by item.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

from psycopg import pq
from psycopg.abc import AdaptContext
from psycopg.adapt import Dumper

_HEAD = struct.Struct("!iiIii")
_LENGTH = struct.Struct("!i")

TEXT, TEXTS = 25, 1009
BYTES, BYTES_ARRAY = 17, 1001
BIGINT, BIGINTS = 20, 1016


class Texts(list[str]):
    """text[]"""


class Blobs(list[bytes]):
    """bytea[]"""


class Numbers(list[int]):
    """bigint[]"""


def _head(element: int, items: int) -> bytes:
    """One dimension, no nulls, the first index is 1."""
    return _HEAD.pack(1, 0, element, items, 1)


def _framed(element: int, items: list[bytes]) -> bytes:
    """Each item behind its length; put together without a step of Python an item."""
    parts = [_head(element, len(items))] * (2 * len(items) + 1)
    parts[1::2] = map(_LENGTH.pack, map(len, items))
    parts[2::2] = items
    return b"".join(parts)


class _Binary(Dumper):
    format = pq.Format.BINARY


class TextsDumper(_Binary):
    oid = TEXTS

    def dump(self, obj: Any) -> bytes:
        return _framed(TEXT, list(map(str.encode, obj)))


class BlobsDumper(_Binary):
    oid = BYTES_ARRAY

    def dump(self, obj: Any) -> bytes:
        return _framed(BYTES, obj)


class NumbersDumper(_Binary):
    oid = BIGINTS

    def dump(self, obj: Any) -> bytes:
        framed = [8] * (2 * len(obj))
        framed[1::2] = obj
        return _head(BIGINT, len(obj)) + struct.pack("!" + "iq" * len(obj), *framed)


def register_arrays(context: AdaptContext) -> None:
    """Teach a connection these arrays."""
    adapters = context.adapters
    assert adapters is not None
    for kind, dumper in ((Texts, TextsDumper), (Blobs, BlobsDumper), (Numbers, NumbersDumper)):
        adapters.register_dumper(kind, dumper)


Array = Texts | Blobs | Numbers

_KINDS: dict[str, type[Array]] = {"text": Texts, "bytea": Blobs, "bigint": Numbers, "smallint": Numbers}


class Bulk:
    """A statement over any number of rows, which travel as one array a column.

    `tables` name the places of `template` that stand for rows, each with the types of its columns:
    `Bulk("INSERT INTO positions SELECT * FROM {rows}", rows="text bigint")`.
    """

    def __init__(self, template: str, **tables: str) -> None:
        self._kinds = [[_KINDS[name] for name in types.split()] for types in tables.values()]
        rows = {
            place: f"unnest({', '.join(f'%b::{name}[]' for name in types.split())})" for place, types in tables.items()
        }
        self.statement = template.format(**rows).encode()

    def parameters(self, *tables: Sequence[Sequence[Any]]) -> list[Array]:
        """The arrays for the rows of each place, in the order of the places; empty ones for no rows."""
        arrays: list[Array] = []
        for kinds, rows in zip(self._kinds, tables, strict=True):
            columns = zip(*rows, strict=True) if rows else ((),) * len(kinds)
            arrays += [kind(column) for kind, column in zip(kinds, columns, strict=True)]
        return arrays
