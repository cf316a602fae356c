"""Writes dictionaries anew under their next number (`make dictionaries`, ARGS names services).

They are trained on what the services store of contracts that are played here, with every id and hash in it made another
one, so that a dictionary holds nothing of anybody. The number then has to be written beside the file, in the service's
value; a number is never written twice.
"""

from __future__ import annotations

import asyncio
import random
import re
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec
import zstandard

from services.demo import drafts
from services.demo.checks import Checks
from services.demo.player import Player
from services.demo.playing import SCENARIOS, play_on, stage
from services.hosting.parts import PARTS
from shared.eventstore.packing import LEVEL, Packing
from shared.messages import canonical
from shared.messages.dictionary import MECHANISM, Dictionary

ROOT: Final = Path(__file__).parents[2]
BEGINS: Final = "2025-09-25 08:00"
DICTIONARY_BYTES: Final = 112 * 1024
MECHANISM_BYTES: Final = 8 * 1024
# Long pieces: what rows have in common are whole clauses and lists of members, not words.
PIECE_BYTES: Final = 2048
SEED: Final = 20_261_201

ON_SIGNING: Final = drafts.price("100000", "1", "100000", [drafts.line("all", "全款", "100000", drafts.SIGNING)])

# What is stored packed; first what every service has of it, whatever its vocabulary.
BODIES: Final = "SELECT body FROM events ORDER BY position"
AROUND: Final = ("SELECT head FROM outbox ORDER BY position", "SELECT answer FROM results ORDER BY key")
PACKED: Final = (
    BODIES,
    *AROUND,
    "SELECT data FROM outbox ORDER BY position",
    "SELECT body FROM documents ORDER BY view, key",
)

# Ids, traces and hashes: whatever is long, of lower-case hexadecimal digits, and in at most five groups.
_RANDOM = re.compile(rb"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{16,64}\b")


async def _catalogue_drafted(player: Player) -> None:
    """A contract of every service that can be drafted without more ado, signed by both sides and delivered."""
    for found in await player.read_all("wang", "/catalog/services"):
        service = found["service"]
        body = drafts.draft(f"D-{service}", service, "咨询服务", ON_SIGNING)
        drafted = await player.act("wang", "/contracts", body, f"draft-{service}")
        if drafted.kind != "done":
            continue
        signature = {"content_sha256": drafted.data["terms_sha256"], "content_version": drafted.data["terms_version"]}
        for who in ("chen", "zhao"):
            await player.act(who, f"/contracts/D-{service}/signatures", signature, f"sign-{service}-{who}")
        await _delivered(player, f"D-{service}")


async def _delivered(player: Player, contract: str) -> None:
    """Everything that the contract's items wait for is submitted; what has to wait for something else is refused."""
    for item in await player.read_all("li", f"/contracts/{contract}/items"):
        path = f"/contracts/{contract}/items/{item['item']}"
        for group in (await player.read("li", path))["missing"]:
            submission = drafts.submission(group[0])
            await player.act("wang", f"{path}/submissions", submission, f"{contract}-{item['item']}-{group[0]}")


async def _played(folder: Path) -> None:
    async with stage(folder / "demo", SCENARIOS[0].begins) as player:
        await play_on(player, Checks(lambda line: None), lambda line: None)
    async with stage(folder / "catalogue", BEGINS) as player:
        await player.settle()
        await _catalogue_drafted(player)


def _stored(folder: Path, service: str, statements: Sequence[str] = PACKED) -> Iterator[bytes]:
    for file in sorted(folder.glob(f"*/{service}.db")):
        with closing(sqlite3.connect(file)) as database:
            dictionaries = dict(database.execute("SELECT number, body FROM dictionaries"))
            packing = Packing(MECHANISM, dictionaries.get)
            for statement in statements:
                yield from packing.unpack_all(bytes(row[0]) for row in database.execute(statement))


def _of_nobody(value: bytes, chance: random.Random) -> bytes:
    """The value with other ids and hashes; what was alike in it stays alike."""
    others: dict[bytes, bytes] = {}

    def another(found: re.Match[bytes]) -> bytes:
        if found[0] not in others:
            digits = re.sub(rb"[0-9a-f]", lambda _: chance.choice("0123456789abcdef").encode(), found[0])
            others[found[0]] = digits
        return others[found[0]]

    return _RANDOM.sub(another, value)


def _around(folder: Path) -> Iterator[bytes]:
    """What every service stores: envelopes, answers, and records without what they record."""
    for part in PARTS:
        yield from _stored(folder, part.name, AROUND)
        for body in _stored(folder, part.name, (BODIES,)):
            yield canonical.encode({**msgspec.json.decode(body), "data": {}})


def _write(dictionary: Dictionary, samples: Sequence[bytes], size: int = DICTIONARY_BYTES) -> None:
    chance = random.Random(SEED)
    others = [_of_nobody(sample, chance) for sample in samples]
    number = dictionary.number + 1
    trained: Any = zstandard.train_dictionary(size, others, k=PIECE_BYTES, d=8, dict_id=number, level=LEVEL)
    path = ROOT / dictionary.package.replace(".", "/") / dictionary.file
    path.write_bytes(trained.as_bytes())
    sys.stdout.write(f"{path.relative_to(ROOT)}: now Dictionary({number}, ...), from {len(samples)} samples\n")


def main(names: Sequence[str]) -> None:
    """Play, train, and write the dictionaries of the services that are named, or of all and the mechanism."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_played(Path(folder)))
        for part in PARTS:
            if part.name in names or not names:
                _write(part.service.dictionary, [*_stored(Path(folder), part.name)])
        if not names:
            _write(MECHANISM, [*_around(Path(folder))], MECHANISM_BYTES)


if __name__ == "__main__":
    main(sys.argv[1:])
