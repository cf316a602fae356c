"""What commands and contracts leave on disk: the lives that are measured, and how their bytes are counted."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from services.demo import drafts
from services.demo.alibaba_1 import DOCUMENTS, ITEM, PRICE
from services.demo.player import Player
from services.demo.playing import stage
from shared.commands.command import Command
from tests.benchmarks.notebook import NOTES_A_CONTRACT, TEXT, Note, note

# The bytes of what an event records, without the record around it.
EVENT_BYTES: Final = 365
_TEXT_CHARACTERS: Final = EVENT_BYTES - len('{"number":10,"text":""}')

BEGINS: Final = "2025-09-25 08:00"
SIDE_BY_SIDE: Final = 10

COMMAND_BYTES_MAX: Final = 2_200
CONTRACT_BYTES_MAX: Final = 45_000


def commands(count: int) -> Iterable[Command[Any]]:
    """Notes of EVENT_BYTES, NOTES_A_CONTRACT on a contract; two thirds of each are like nothing else."""
    for number in range(count):
        command = note(f"C{number // NOTES_A_CONTRACT}", number % NOTES_A_CONTRACT)
        own = "".join(hashlib.sha256(f"{number}/{part}".encode()).hexdigest() for part in range(4))
        context = replace(
            command.context,
            traceparent=f"00-{own[:32]}-{own[32:48]}-01",
            fingerprint=hashlib.sha256(own.encode()).hexdigest(),
        )
        yield replace(command, context=context, body=Note(text=f"{TEXT} {own}"[:_TEXT_CHARACTERS]))


async def bytes_a_contract(folder: Path, count: int) -> float:
    """What each of `count` contracts adds to the files of an embedded ledger, by nine commands of everyday life."""
    async with stage(folder, BEGINS) as player:
        await player.settle()
        await _lived(player, "W", SIDE_BY_SIDE)
        before = bytes_of(folder)
        for start in range(0, count, SIDE_BY_SIDE):
            await _lived(player, f"C{start}", SIDE_BY_SIDE)
        return (bytes_of(folder) - before) / count


def bytes_of(folder: Path) -> int:
    """The pages in use of every SQLite file of a folder."""
    return sum(_pages(file) for file in folder.glob("*.db"))


def _pages(file: Path) -> int:
    with closing(sqlite3.connect(file)) as database:
        size, count, free = (
            database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "page_count", "freelist_count")
        )
    return int(size * (count - free))


async def _lived(player: Player, name: str, count: int) -> None:
    await asyncio.gather(*(_delivered(player, f"{name}-{number}") for number in range(count)))
    await player.settle()


async def _delivered(player: Player, contract: str) -> None:
    """Draft, two signatures, six submissions: its review runs when all is received."""
    body = drafts.draft(contract, "alibaba-1", "数据中台建设架构咨询", PRICE)
    drafted = await player.send("wang", "/contracts", body, f"{contract}-draft")
    signature = {"content_sha256": drafted.data["terms_sha256"], "content_version": drafted.data["terms_version"]}
    for who in ("chen", "zhao"):
        await player.send(who, f"/contracts/{contract}/signatures", signature, f"{contract}-{who}")
    await player.settle()
    for name in (*DOCUMENTS, "training"):
        path = f"/contracts/{contract}/items/{ITEM}/submissions"
        answer = await player.send("wang", path, drafts.submission(name), f"{contract}-{name}")
        assert answer.kind == "done", answer.body
