"""A wire between the ledger and PostgreSQL that a test can cut just after a commit, before its reply has arrived."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

COMMITTED = b"COMMIT\x00"
CHUNK_BYTES = 65536


class Wire:
    """Forwards bytes both ways; with `swallow_commit_reply` it cuts the connection instead of telling of a commit.

    With `goes_with_it` the server then stays `away`, until it is set back.
    """

    def __init__(self, server: Path) -> None:
        self.swallow_commit_reply = False
        self.goes_with_it = False
        self.away = False
        self.cut = 0
        self._server = server
        self._carrying: set[asyncio.Task[None]] = set()

    async def serve(self, client_reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        """One connection of a client."""
        if self.away:
            client.close()
            return
        carrying = asyncio.current_task()
        assert carrying is not None
        self._carrying.add(carrying)
        carrying.add_done_callback(self._carrying.discard)
        server_reader, server = await asyncio.open_unix_connection(self._server)
        forwards = asyncio.create_task(self._forward(client_reader, server))
        try:
            await self._back(server_reader, client)
        finally:
            forwards.cancel()
            # Both before either is waited for: who ends this waits for neither.
            client.close()
            server.close()
            for writer in (client, server):
                with suppress(OSError):
                    await writer.wait_closed()

    async def aclose(self) -> None:
        """Every connection is closed, and nothing of it is left to be collected in a later test."""
        carrying = list(self._carrying)
        for task in carrying:
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK_BYTES):
            writer.write(data)
            await writer.drain()

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK_BYTES):
            if self.swallow_commit_reply and COMMITTED in data:
                self.swallow_commit_reply = False
                self.away = self.goes_with_it
                self.cut += 1
                return
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def wire(dsn: str, folder: Path) -> AsyncIterator[tuple[Wire, str]]:
    """(the wire, the DSN of a server behind it), for a server that listens on a Unix socket."""
    parts = conninfo_to_dict(dsn)
    port = parts.get("port") or 5432
    name = f".s.PGSQL.{port}"
    wire = Wire(Path(str(parts["host"])) / name)
    server = await asyncio.start_unix_server(wire.serve, folder / name)
    async with server, aclosing(wire):
        yield wire, f"postgresql://{parts['user']}@:{port}/{parts['dbname']}?host={folder}"
