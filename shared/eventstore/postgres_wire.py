"""The writer's way to PostgreSQL: statements prepared once and sent in a row, and one wait for all their results.

The driver's cursors cost several times what the statements do, most of it in looking at the socket once for each; so
this one session uses the driver's wrapper of libpq in pipeline mode. Values travel in binary. Used by one thread.
"""

from __future__ import annotations

import select
import struct
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import Any, Final

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq.abc import PGresult

_SHORT: Final = struct.Struct("!i")
_LONG: Final = struct.Struct("!q")
_FLOAT: Final = struct.Struct("!d")
_HEAD: Final = struct.Struct("!iiIii")

TEXT, BYTES, INTEGER, BIGINT, FLOAT = 25, 17, 23, 20, 701
TEXTS, BYTES_ARRAY, BIGINTS = 1009, 1001, 1016

_numbers = count(1)


def _head(element: int, items: int) -> bytes:
    """One dimension, no nulls, the first index is 1."""
    return _HEAD.pack(1, 0, element, items, 1)


def _framed(element: int, items: list[bytes]) -> bytes:
    """Each item behind its length; put together without a step of Python an item."""
    parts = [_head(element, len(items))] * (2 * len(items) + 1)
    parts[1::2] = map(_SHORT.pack, map(len, items))
    parts[2::2] = items
    return b"".join(parts)


def _texts(items: Iterable[str]) -> bytes:
    return _framed(TEXT, list(map(str.encode, items)))


def _blobs(items: Iterable[bytes]) -> bytes:
    return _framed(BYTES, list(items))


def _bigints(items: Sequence[int]) -> bytes:
    framed = [8] * (2 * len(items))
    framed[1::2] = items
    return _head(BIGINT, len(items)) + struct.pack("!" + "iq" * len(items), *framed)


# How a value of each type is written; a smallint column takes its numbers from an array of bigint.
ENCODERS: Final[dict[str, tuple[int, Callable[[Any], bytes]]]] = {
    "text": (TEXT, str.encode),
    "integer": (INTEGER, _SHORT.pack),
    "bigint": (BIGINT, _LONG.pack),
    "float8": (FLOAT, _FLOAT.pack),
    "bytea": (BYTES, bytes),
    "text[]": (TEXTS, _texts),
    "bytea[]": (BYTES_ARRAY, _blobs),
    "bigint[]": (BIGINTS, _bigints),
    "smallint[]": (BIGINTS, _bigints),
}

_BINARY: Final = pq.Format.BINARY


class Statement:
    """A statement with its parameters (`$1`, `$2`...) of the given types."""

    def __init__(self, text: str, types: str = "") -> None:
        self.text = text.encode()
        self.name = f"w{next(_numbers)}".encode()
        encoders = [ENCODERS[name] for name in types.split()]
        self.oids = [oid for oid, _ in encoders]
        self.formats = [_BINARY] * len(encoders)
        self._encoders = [encode for _, encode in encoders]

    def encoded(self, values: Sequence[Any]) -> list[bytes]:
        """The values as they travel."""
        return [encode(value) for encode, value in zip(self._encoders, values, strict=True)]


class Bulk(Statement):
    """A statement over any number of rows, which travel as one array a column.

    `tables` name the places of `template` that stand for rows, each with the types of its columns:
    `Bulk("INSERT INTO positions SELECT * FROM {rows}", rows="text bigint")`.
    """

    def __init__(self, template: str, **tables: str) -> None:
        numbers = count(1)
        places = {
            place: f"unnest({', '.join(f'${next(numbers)}::{name}[]' for name in types.split())})"
            for place, types in tables.items()
        }
        columns = [name for types in tables.values() for name in types.split()]
        super().__init__(template.format(**places), " ".join(f"{name}[]" for name in columns))
        self._widths = [len(types.split()) for types in tables.values()]
        # Which of the columns hold bytes.
        self.blobs = [place for place, name in enumerate(columns) if name == "bytea"]

    def columns(self, *tables: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
        """The values for the rows of each place, in the order of the places; empty arrays for no rows."""
        values: list[Sequence[Any]] = []
        for width, rows in zip(self._widths, tables, strict=True):
            values += zip(*rows, strict=True) if rows else ((),) * width
        return values


class Session:
    """A connection in pipeline mode. A failure is raised as the driver's error; then the session is not used on."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self._libpq = connection.pgconn
        self._libpq.enter_pipeline_mode()
        self._rows = Transformer(connection)
        self._prepared: set[bytes] = set()
        # Of what was sent since the last `sync`: whether it is the caller's, or was only prepared.
        self._sent: list[bool] = []
        socket = self._libpq.socket
        self._readable, self._ready = select.poll(), select.poll()
        self._readable.register(socket, select.POLLIN)
        self._ready.register(socket, select.POLLIN | select.POLLOUT)

    @property
    def is_idle(self) -> bool:
        """Whether the session is between two transactions."""
        return not self._sent and self._libpq.transaction_status == pq.TransactionStatus.IDLE

    def has_ended(self) -> bool:
        """Whether an idle session was closed, here or by the server: then it had something to say, or said good-bye."""
        if self.connection.closed:
            return True
        if self._readable.poll(0):
            try:
                self._libpq.consume_input()
            except psycopg.OperationalError:
                return True
        return self._libpq.status != pq.ConnStatus.OK

    def send(self, statement: Statement, values: Sequence[Any] = ()) -> int:
        """Put a statement into the row; the place of its result in what `sync` answers."""
        encoded = statement.encoded(values)
        if statement.name not in self._prepared:
            self._libpq.send_prepare(statement.name, statement.text, statement.oids)
            self._prepared.add(statement.name)
            self._sent.append(False)
        self._libpq.send_query_prepared(statement.name, encoded, statement.formats, _BINARY)
        self._sent.append(True)
        return self._sent.count(True) - 1

    def flush(self) -> None:
        """Let the server begin with what was put into the row."""
        while self._libpq.flush():
            for _, event in self._ready.poll():
                if event & ~select.POLLOUT:
                    self._libpq.consume_input()

    def sync(self) -> list[PGresult]:
        """Wait for the results of all that was sent since the last time. Raises the first error among them."""
        self._libpq.pipeline_sync()
        self.flush()
        sent, self._sent = self._sent, []
        results: list[PGresult] = []
        while True:
            while self._libpq.is_busy():
                self._readable.poll()
                self._libpq.consume_input()
            result = self._libpq.get_result()
            if result is None:
                # Between the results of two statements, and for ever once the connection is lost.
                if self._libpq.status != pq.ConnStatus.OK:
                    break
            elif result.status == pq.ExecStatus.PIPELINE_SYNC:
                break
            else:
                results.append(result)
        for result in results:
            if result.status == pq.ExecStatus.FATAL_ERROR:
                raise error_from_result(result)
        if len(results) != len(sent):
            raise psycopg.OperationalError("the connection was lost")
        return [result for result, wanted in zip(results, sent, strict=True) if wanted]

    def fetched(self, result: PGresult) -> list[Any]:
        """The rows of a result."""
        self._rows.set_pgresult(result)
        return self._rows.load_rows(0, result.ntuples, tuple)

    def rows(self, statement: Statement, values: Sequence[Any] = ()) -> list[Any]:
        """The rows of one query."""
        place = self.send(statement, values)
        return self.fetched(self.sync()[place])
