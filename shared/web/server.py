"""The entry of a process: the event loop, and a listening port that answers until the block ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import uvloop
from aiohttp import web

from shared.kernel.memory import tune_garbage_collection

Value = TypeVar("Value")

# How long requests in hand may take to finish once the port is closed.
DRAIN_TIMEOUT_S: Final = 20.0
KEEPALIVE_TIMEOUT_S: Final = 75.0
BACKLOG: Final = 1024


def run(main: Coroutine[Any, Any, Value]) -> Value:
    """Run a process's main coroutine on uvloop."""
    tune_garbage_collection()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


@asynccontextmanager
async def serving(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """Serve `app` while the block runs and yield its base URL (port 0 takes a free one).

    At the end the port closes first and requests in hand finish. Raises OSError when the port cannot be had. A caller
    that goes away does not cancel its request: a command that was received is decided.
    """
    runner = web.AppRunner(
        app,
        access_log=None,
        keepalive_timeout=KEEPALIVE_TIMEOUT_S,
        shutdown_timeout=DRAIN_TIMEOUT_S,
        # A compressed body is refused (415), and nothing of it is inflated before that.
        auto_decompress=False,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, backlog=BACKLOG)
        await site.start()
        yield _base_url(runner)
    finally:
        await runner.cleanup()


def _base_url(runner: web.AppRunner) -> str:
    host, port = runner.addresses[0][:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
