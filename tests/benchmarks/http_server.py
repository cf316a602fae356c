"""The two processes that row (b) compares: the ledger's HTTP edge over a log, and a bare aiohttp + msgspec echo.

Run as `python -m tests.benchmarks.http_server ledger LOCATION` or `... echo`; prints its base URL and a token.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, cast

import msgspec
from aiohttp import web
from msgspec import Struct

from shared.commands.command import Command
from shared.eventstore.log import open_log
from shared.identity.issuer import DevelopmentIssuer
from shared.kernel.clock import SystemLegalClock, SystemMachineClock
from shared.telemetry.logs import configure_logging
from shared.web.app import create_app
from shared.web.edge import Clocks, ServedService
from shared.web.routes import CommandCall, CommandRoute, Reader
from shared.web.sealing import KEY_BYTES, Sealer
from shared.web.server import run, serving
from tests.benchmarks.notebook import NOTEBOOKS, TENANT, Note

PATH = "/contracts/{contract}/notes"


class NoteBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is written down."""

    text: str


def take_note(call: CommandCall, body: NoteBody) -> Command[Any]:
    """A note on a contract."""
    contract = call.path["contract"]
    return Command(
        scope=f"contract/{contract}", stream=f"contract-{contract}", context=call.context, body=Note(text=body.text)
    )


TAKE_NOTE = CommandRoute(
    path=PATH, operation_id="takeNote", body=NoteBody, to_command=take_note, summary_en="Take a note", summary_zh="记录"
)


def echo_app() -> web.Application:
    """The same body decoded and encoded, and nothing else."""
    shape, encoder = msgspec.json.Decoder(NoteBody), msgspec.json.Encoder()

    async def echo(request: web.Request) -> web.Response:
        body = shape.decode(await request.read())
        return web.Response(body=encoder.encode(body), content_type="application/json")

    app = web.Application()
    app.add_routes([web.post(PATH, echo)])
    return app


async def main(kind: str, location: str) -> None:
    """Serve until standard input ends."""
    machine = SystemMachineClock()
    async with AsyncExitStack() as stack:
        issuer = DevelopmentIssuer(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        app = echo_app()
        if kind == "ledger":
            log = await open_log(NOTEBOOKS, location, SystemLegalClock(), machine)
            stack.push_async_callback(log.close)
            app = create_app(
                [
                    ServedService(
                        name="bench",
                        routes=(TAKE_NOTE,),
                        log=log,
                        reader=cast(Reader, None),
                        sealer=Sealer(bytes(range(KEY_BYTES))),
                    )
                ],
                verifier=issuer.verifier(),
                clocks=Clocks(legal=SystemLegalClock(), machine=machine),
            )
        token = issuer.token(subject="zhang", organisation="acme", tenant=TENANT, now_s=machine.now())
        base_url = await stack.enter_async_context(serving(app, "127.0.0.1", 0))
        print(base_url, token, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    # The access log is written as in production, but into nothing.
    with open(os.devnull, "w") as nothing:
        configure_logging("bench", stream=nothing)
        run(main(sys.argv[1], sys.argv[-1]))
