"""Rows (h): commands a second through the whole embedded ledger, by how many contracts are in it, and against row (b).

Each ledger is a process of its own with a folder of its own; callers live contracts over HTTP, and a slice is over when
all that follows has been recorded by all four services. Ledgers of different size and the server of row (b) take turns
in short slices. `GROWTH_CONTRACTS_MAX=100000` fills a third ledger. Run as `python -m tests.benchmarks.growth FOLDER`
it is a ledger: it prints its address and tokens, and for each line of standard input settles and prints its processor
time.
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
from contextlib import ExitStack, contextmanager
from itertools import count, islice
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
import uvloop
from msgspec import Struct

from services.cli.run import PEOPLE as PERSONS
from services.cli.run import TENANT
from services.hosting.embedded import EmbeddedLedger
from shared.telemetry.logs import configure_logging
from shared.web.server import run
from tests.benchmarks.filling import copy_name, fill
from tests.benchmarks.http import commands_per_second
from tests.benchmarks.life import COMMANDS_A_LIFE, PEOPLE, live_all
from tests.benchmarks.row import Row, at_least_in_turns

SIZES: Final = (100, 10_000)
SIZE_MAX_VARIABLE: Final = "GROWTH_CONTRACTS_MAX"
CALLERS: Final = 48
WARM_UP: Final = 48
CONTRACTS_A_SLICE: Final = 96
TURNS: Final = 5
# A ledger that was filled folds its views when it starts.
SETTLED_WITHIN_S: Final = 3600.0


def rows() -> Iterator[Row]:
    """Measure; the largest against the smallest, and the smallest against row (b)."""
    largest = int(os.environ.get(SIZE_MAX_VARIABLE, max(SIZES)))
    sizes = sorted({*SIZES, largest})
    rates: dict[int, list[float]] = {size: [] for size in sizes}
    costs: dict[int, list[float]] = {size: [] for size in sizes}
    with ExitStack() as stack:
        ledgers = {size: stack.enter_context(_ledger(size)) for size in sizes}
        bare = stack.enter_context(commands_per_second())
        base = []
        for _ in range(TURNS):
            for size, ledger in ledgers.items():
                rate, cost = ledger.slice()
                rates[size].append(rate)
                costs[size].append(cost)
            base.append(bare())
    smallest = min(sizes)
    yield at_least_in_turns(
        f"h whole ledger, {CALLERS} callers: {largest:,} contracts in it / {smallest:,}",
        [*zip(rates[largest], rates[smallest], strict=True)],
        unit="commands/s",
        goal=0.85,
        python_us=statistics.median(costs[largest]),
    )
    yield at_least_in_turns(
        "h whole ledger, all four services settled / row b's HTTP commands",
        [*zip(rates[smallest], base, strict=True)],
        unit="commands/s",
        goal=0.25,
        python_us=statistics.median(costs[smallest]),
    )


class _Answer(Struct, frozen=True):
    """What a ledger says of itself: where it is, its tokens, and its processor time."""

    base_url: str
    tokens: dict[str, str]


class _Ledger:
    """A running ledger, and the contracts that its callers go on with."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._stdin, self._stdout = process.stdin, process.stdout
        told = msgspec.json.decode(self._stdout.readline(), type=_Answer)
        address = urlsplit(told.base_url)
        self._address = (address.hostname or "", address.port or 0)
        self._tokens = told.tokens
        self._names = (f"N{number:07d}" for number in count(1))

    def slice(self, contracts: int = CONTRACTS_A_SLICE) -> tuple[float, float]:
        """Commands a second until all has settled, and the ledger's processor time a command in microseconds."""
        before_s, started_s = self.settled(), time.perf_counter()
        lives = islice(self._names, contracts)
        uvloop.run(live_all(self._address, self._tokens, lives, min(CALLERS, contracts)))
        after_s = self.settled()
        commands = contracts * COMMANDS_A_LIFE
        return commands / (time.perf_counter() - started_s), (after_s - before_s) / commands * 1e6

    def settled(self) -> float:
        """Wait until all that follows is recorded; the processor time that the ledger has used by then."""
        self._stdin.write("settle\n")
        self._stdin.flush()
        return float(self._stdout.readline())


@contextmanager
def _ledger(contracts: int) -> Iterator[_Ledger]:
    """A ledger with about so many contracts in it: the first is lived, the others are its copies."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        with _started(folder) as ledger:
            ledger.slice(1)
        run(fill(folder, "N0000001", range(2, contracts + 1)))
        with _started(folder) as ledger:
            # The contract that was copied is there already.
            ledger._names = (copy_name(number) for number in count(contracts + 1))
            ledger.slice(WARM_UP)
            yield ledger


@contextmanager
def _started(folder: Path) -> Iterator[_Ledger]:
    command = [sys.executable, "-m", "tests.benchmarks.growth", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        try:
            yield _Ledger(process)
        finally:
            process.stdin.close()


async def main(folder: Path) -> None:
    """Serve until standard input ends."""
    async with EmbeddedLedger(folder) as ledger:
        persons = {person.subject: person for person in PERSONS}
        tokens = {who: ledger.token(who, persons[who].organisation, TENANT, persons[who].grants) for who in PEOPLE}
        print(msgspec.json.encode(_Answer(ledger.base_url, tokens)).decode(), flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            await ledger.settle(SETTLED_WITHIN_S)
            print(time.process_time(), flush=True)


if __name__ == "__main__":
    # The access log is written as in production, but into nothing.
    with open(os.devnull, "w") as nothing:
        configure_logging("bench", stream=nothing)
        run(main(Path(sys.argv[1])))
