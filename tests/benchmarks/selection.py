"""Row (s): how long a selection takes over HTTP, against a bare aiohttp + msgspec endpoint with the same body.

The embedded ledger serves the whole shipped catalogue from SQLite; each side runs in a process of its own. Run as
`python -m tests.benchmarks.selection ledger` or `... echo` it is one of the two and prints its address and a token.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from services.cli.run import CUSTOMER, TENANT
from services.hosting.embedded import EmbeddedLedger
from shared.catalogue.selection.request import SelectionRequest
from shared.telemetry.logs import configure_logging
from shared.web.server import run, serving
from tests.benchmarks.row import Row, at_most

PATH = "/catalog/selections"
# Nobody asks for a ratio here, only for single milliseconds, of which a bare endpoint takes about a tenth.
RATIO_MAX = 20.0
WARM_UP = 100
SELECTIONS = 1_000
# A selection with arithmetic, a joint sale, an upsell and a lead time.
BODY = msgspec.json.encode(
    {
        "services": [
            {"service": "alibaba-1", "quantities": {"tables": "120"}},
            {"service": "alibaba-12", "editions": ["general"], "quantities": {"tables": "101"}},
            {"service": "alibaba-13", "quantities": {"data-terabytes": "2.1"}},
        ],
        "accepted": ["alibaba-12:conversion-plan"],
        "applied_on": "2026-09-21",
        "start_on": "2026-11-02",
    }
)


def rows() -> Iterator[Row]:
    """Measure: the median of sequential requests on one connection."""
    yield at_most(
        "s selection of three services over HTTP / aiohttp + msgspec echo",
        ours=_median_ms("ledger"),
        baseline=_median_ms("echo"),
        unit="ms",
        goal=RATIO_MAX,
    )


def _median_ms(kind: str) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.selection", kind]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            base_url, token = server.stdout.readline().split()
            address = urlsplit(base_url)
            connection = HTTPConnection(address.hostname or "", address.port)
            taken = [_taken_ms(connection, token) for _ in range(WARM_UP + SELECTIONS)]
            connection.close()
            return statistics.median(taken[WARM_UP:])
        finally:
            server.stdin.close()


def _taken_ms(connection: HTTPConnection, token: str) -> float:
    started_s = time.perf_counter()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request("POST", PATH, body=BODY, headers=headers)
    response = connection.getresponse()
    answer = response.read()
    if response.status != web.HTTPOk.status_code:
        raise AssertionError(answer.decode())
    return (time.perf_counter() - started_s) * 1_000


def _echo_app() -> web.Application:
    """The same body decoded and encoded, and nothing else."""
    shape = msgspec.json.Decoder(SelectionRequest)

    async def echo(request: web.Request) -> web.Response:
        body = shape.decode(await request.read())
        return web.Response(body=msgspec.json.encode(body), content_type="application/json")

    app = web.Application()
    app.add_routes([web.post(PATH, echo)])
    return app


async def main(kind: str) -> None:
    """Serve until standard input ends."""
    async with AsyncExitStack() as stack:
        if kind == "ledger":
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            ledger = await stack.enter_async_context(EmbeddedLedger(folder))
            await ledger.settle()
            print(ledger.base_url, ledger.token("zhang", CUSTOMER, TENANT), flush=True)
        else:
            print(await stack.enter_async_context(serving(_echo_app(), "127.0.0.1", 0)), "none", flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    # The access log is written as in production, but into nothing.
    with open(os.devnull, "w") as nothing:
        configure_logging("bench", stream=nothing)
        run(main(sys.argv[1]))
