"""Row (b): HTTP commands per second of one process against a bare aiohttp + msgspec echo under the same load."""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import uvloop

from shared.testing import backends
from tests.benchmarks.notebook import TEXT
from tests.benchmarks.row import Row, at_least

IN_FLIGHT = 128
# The machine does other things too, so the best of several turns counts, for both sides.
TURNS = 3
CONTRACTS = 500
WARM_UP = 3_000
COMMANDS = 20_000


def rows() -> Iterator[Row]:
    """Measure; the ledger writes to PostgreSQL with fsync on."""
    turns: list[tuple[float, float]] = []
    with backends.postgres(os.environ) as dsn:
        for _ in range(TURNS):
            with backends.temporary_schema(dsn) as schema:
                location = f"{dsn}{'&' if '?' in dsn else '?'}schema={schema}"
                turns.append((_requests_per_second("ledger", location), _requests_per_second("echo")))
    ours, echo = (max(figures) for figures in zip(*turns, strict=True))
    yield at_least(
        f"b HTTP commands, {IN_FLIGHT} in flight / aiohttp + msgspec echo",
        ours=ours,
        baseline=echo,
        unit="requests/s",
        goal=0.2,
    )


@dataclass(frozen=True)
class _Served:
    """A running server, and the token that it accepts."""

    host: str
    port: int
    token: str

    def requests_per_second(self) -> float:
        """The rate of COMMANDS requests from IN_FLIGHT connections, after a warm-up."""
        numbers = itertools.count()
        uvloop.run(_Load(self, numbers, WARM_UP).run())
        return COMMANDS / uvloop.run(_Load(self, numbers, COMMANDS).run())

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


def _requests_per_second(*arguments: str) -> float:
    with _serving(*arguments) as served:
        return served.requests_per_second()


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
