"""Row (b): HTTP commands per second of one process against a bare aiohttp + msgspec echo under the same load."""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import uvloop

from shared.testing import backends
from tests.benchmarks.notebook import TEXT
from tests.benchmarks.row import Row, at_least_in_turns

IN_FLIGHT = 128
CONTRACTS = 500
WARM_UP = 3_000
# Both servers stand side by side and take turns in slices of about a second, so that both see the same minute.
TURNS = 9
COMMANDS_A_SLICE = 2_500

Slice = Callable[[], float]


def rows() -> Iterator[Row]:
    """Measure; the ledger writes to PostgreSQL with fsync on."""
    with commands_per_second() as ours, _requests_per_second("echo") as echo:
        turns = [(ours(), echo()) for _ in range(TURNS)]
    yield at_least_in_turns(
        f"b HTTP commands, {IN_FLIGHT} in flight / aiohttp + msgspec echo", turns, unit="requests/s", goal=0.2
    )


@contextmanager
def commands_per_second() -> Iterator[Slice]:
    """The server of our side of this row, for the block; each call is a slice of commands, and gives their rate."""
    with ExitStack() as stack:
        dsn = stack.enter_context(backends.postgres(os.environ))
        schema = stack.enter_context(backends.temporary_schema(dsn))
        location = f"{dsn}{'&' if '?' in dsn else '?'}schema={schema}"
        yield stack.enter_context(_requests_per_second("ledger", location))


@dataclass(frozen=True)
class _Served:
    """A running server, and the token that it accepts."""

    host: str
    port: int
    token: str

    def request(self, number: int) -> bytes:
        """A command under a key of its own, for one of the contracts."""
        body = b'{"text":"%s"}' % TEXT.encode()
        return (
            f"POST /contracts/C{number % CONTRACTS}/notes HTTP/1.1\r\nHost: {self.host}\r\n"
            f"Authorization: Bearer {self.token}\r\nIdempotency-Key: k-{number}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body


class _Load:
    """Sends `count` requests over IN_FLIGHT connections, each with one request on its way at a time."""

    def __init__(self, served: _Served, numbers: Iterator[int], count: int) -> None:
        self.served = served
        self._numbers = itertools.islice(numbers, count)

    def next_request(self) -> bytes | None:
        """The next request, None when all were sent."""
        number = next(self._numbers, None)
        return None if number is None else self.served.request(number)

    async def run(self) -> float:
        """Send all; the seconds it took. Raises AssertionError for an answer that is no success."""
        loop = asyncio.get_running_loop()
        connections = [_Connection(self, loop.create_future()) for _ in range(IN_FLIGHT)]
        started_s = time.perf_counter()
        for connection in connections:
            await loop.create_connection(lambda made=connection: made, self.served.host, self.served.port)
        await asyncio.gather(*(connection.finished for connection in connections))
        return time.perf_counter() - started_s


class _Connection(asyncio.Protocol):
    """One caller: cheap enough that the server and not the caller is measured."""

    def __init__(self, load: _Load, finished: asyncio.Future[None]) -> None:
        self.finished = finished
        self._load = load
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator or len(body) < int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            return
        if head.startswith(b"HTTP/1.1 200 "):
            self._received = b""
            self._send()
        else:
            self.finished.set_exception(AssertionError(self._received.decode()))

    def _send(self) -> None:
        request = self._load.next_request()
        if request is not None:
            self._transport.write(request)
        else:
            self._transport.close()
            self.finished.set_result(None)


@contextmanager
def _requests_per_second(*arguments: str) -> Iterator[Slice]:
    with _serving(*arguments) as served:
        numbers = itertools.count()
        uvloop.run(_Load(served, numbers, WARM_UP).run())
        yield lambda: COMMANDS_A_SLICE / uvloop.run(_Load(served, numbers, COMMANDS_A_SLICE).run())


@contextmanager
def _serving(*arguments: str) -> Iterator[_Served]:
    command = [sys.executable, "-m", "tests.benchmarks.http_server", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            base_url, token = server.stdout.readline().split()
            address = urlsplit(base_url)
            yield _Served(address.hostname or "", address.port or 0, token)
        finally:
            server.stdin.close()
