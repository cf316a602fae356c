"""The life of a contract from draft to last deliverable, nine commands over HTTP, by callers that cost little."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from services.demo import drafts
from services.demo.alibaba_1 import DOCUMENTS, ITEM, PRICE

PEOPLE: Final = ("wang", "chen", "zhao")
COMMANDS_A_LIFE: Final = 9
DELIVERABLES: Final = (*DOCUMENTS, "training")

# A second signature takes some milliseconds to acceptance, and what is not there yet is answered 503.
TRIES_MAX: Final = 20


class Caller:
    """One caller with a connection of his own, one request on its way at a time."""

    def __init__(self, address: tuple[str, int], tokens: dict[str, str]) -> None:
        self._address = address
        self._tokens = tokens

    async def live(self, contracts: Iterable[str]) -> None:
        """Live these contracts one after the other; raises AssertionError for an answer that is no success."""
        self._reader, self._writer = await asyncio.open_connection(*self._address)
        try:
            for contract in contracts:
                await self._live(contract)
        finally:
            self._writer.close()

    async def _live(self, contract: str) -> None:
        draft = drafts.draft(contract, "alibaba-1", "数据中台建设架构咨询", PRICE)
        position = await self._act("wang", "/contracts", draft, f"{contract}-draft")
        terms = await self._answered("GET", "chen", f"/contracts/{contract}/terms", position=position)
        signature = {"content_sha256": terms["sha256"], "content_version": terms["version"]}
        for who in ("chen", "zhao"):
            await self._act(who, f"/contracts/{contract}/signatures", signature, f"{contract}-{who}")
        for name in DELIVERABLES:
            path = f"/contracts/{contract}/items/{ITEM}/submissions"
            await self._act("wang", path, drafts.submission(name), f"{contract}-{name}")

    async def _act(self, who: str, path: str, body: Any, key: str) -> str:
        """Send a command; the position of the log that the answer names."""
        await self._answered("POST", who, path, msgspec.json.encode(body), key)
        return self._position

    async def _answered(
        self, method: str, who: str, path: str, body: bytes = b"", key: str = "", position: str = ""
    ) -> Any:
        """Send a request until it is taken."""
        for _ in range(TRIES_MAX):
            status, answer = await self._send(method, who, path, body, key, position)
            if status != 503:
                break
        assert status < 300, answer
        return answer

    async def _send(self, method: str, who: str, path: str, body: bytes, key: str, position: str) -> tuple[int, Any]:
        head = f"{method} {path} HTTP/1.1\r\nHost: ledger\r\nAuthorization: Bearer {self._tokens[who]}\r\n"
        head += f"Idempotency-Key: {key}\r\nContent-Type: application/json\r\n" if key else ""
        head += f"Ledger-Position: {position}\r\n" if position else ""
        self._writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        first, *lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        self._position = headers.get("ledger-position", "")
        return int(first.split()[1]), msgspec.json.decode(
            await self._reader.readexactly(int(headers["content-length"]))
        )


async def live_all(address: tuple[str, int], tokens: dict[str, str], contracts: Iterator[str], callers: int) -> None:
    """Live contracts by so many callers side by side, each with the next that nobody has begun."""
    await asyncio.gather(*(Caller(address, tokens).live(contracts) for _ in range(callers)))
