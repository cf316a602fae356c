"""The entry of a process: the event loop, and a listening port that answers until the block ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import uvloop
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from shared.kernel.memory import tune_garbage_collection

Value = TypeVar("Value")

# How long requests in hand may take to finish once the port is closed.
DRAIN_TIMEOUT_S: Final = 20.0
KEEPALIVE_TIMEOUT_S: Final = 75.0
BACKLOG: Final = 1024
# So much is logged of what is wrong with a request that is no HTTP.
SAID_CHARACTERS_MAX: Final = 200


def run(main: Coroutine[Any, Any, Value]) -> Value:
    """Run a process's main coroutine on uvloop."""
    tune_garbage_collection()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


class OneLine(logging.LoggerAdapter[logging.Logger]):
    """The server's logger for what a caller sends that is no HTTP: one line without a traceback, cut to a length.

    Anybody can send it, as often as he likes; a defect of ours keeps its traceback.
    """

    def exception(self, msg: object, *args: object, exc_info: Any = True, **more: Any) -> None:
        """As the logger would, but for what could not be parsed."""
        if isinstance(exc_info, HttpProcessingError):
            said = " ".join(str(exc_info.message).split())[:SAID_CHARACTERS_MAX]
            self.logger.info("no HTTP from %s: %d %s", args[0] if args else "", exc_info.code, said)
        else:
            self.logger.exception(msg, *args, exc_info=exc_info, **more)


@asynccontextmanager
async def serving(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """Serve `app` while the block runs and yield its base URL (port 0 takes a free one).

    At the end the port closes first and requests in hand finish. Raises OSError when the port cannot be had. A caller
    that goes away does not cancel its request: a command that was received is decided.
    """
    runner = web.AppRunner(
        app,
        access_log=None,
        logger=OneLine(logging.getLogger("qizhang.web"), {}),
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
