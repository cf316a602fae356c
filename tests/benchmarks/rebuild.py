"""Row (c): a rebuild of the contract view against a raw SELECT and decode of the same events, at 10^5 and 10^6 events.

Each measurement runs in a process of its own, so that its peak memory is its own. The log holds contracts of
Alibaba 8 from draft to completion, side by side as they would run.
"""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

import uvloop

from services.contracts.projections.contract import CONTRACT as VIEW
from services.contracts.service import CONTRACTS
from shared.eventstore.log import open_log
from shared.kernel.clock import SystemLegalClock, SystemMachineClock
from shared.messages.codec import Codec
from shared.messages.events import FeedReceived, Recorded
from shared.projections.rebuild import build
from shared.public_events.language import public_event
from shared.web.server import run
from tests.benchmarks.row import Row, at_least_in_turns, at_most
from tests.unit.contracts.world import CONTRACT, accepted, signed, submitted

SIZES = (100_000, 1_000_000)
# Both sides take turns, so that both see the same minute.
TURNS = {100_000: 7, 1_000_000: 3}
CONTRACTS_SIDE_BY_SIDE = 200
ROWS_A_FETCH = 1_000
INSERT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
SELECT = "SELECT position, body FROM events ORDER BY position"
REPORTS = ("start-report", "survey-report", "assessment-report", "improvement-plan")


def rows() -> Iterator[Row]:
    """Measure at both sizes; the memory rows compare the peak at the larger one with the peak at the smaller."""
    peaks: dict[str, list[float]] = {"ours": [], "baseline": []}
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            path = Path(folder) / f"{size}.db"
            uvloop.run(_make_log(path, size))
            turns = [(_measured("raw", path), _measured("rebuild", path)) for _ in range(TURNS[size])]
            peaks["baseline"].append(min(raw["peak_mib"] for raw, _ in turns))
            peaks["ours"].append(min(ours["peak_mib"] for _, ours in turns))
            yield at_least_in_turns(
                f"c rebuild of the contract view, {size:,} events / SELECT and decode",
                [(size / ours["seconds"], size / raw["seconds"]) for raw, ours in turns],
                unit="events/s",
                goal=0.5,
                python_us=min(ours["worked_s"] for _, ours in turns) / size * 1e6,
            )
    small, large = peaks["ours"]
    yield at_most("c peak memory of the rebuild, 1,000,000 / 100,000", ours=large, baseline=small, unit="MiB", goal=1.2)
    yield at_most(
        "c peak memory, rebuild / SELECT and decode", ours=large, baseline=peaks["baseline"][1], unit="MiB", goal=2
    )


def _measured(what: str, path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.rebuild", what, str(path)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(answer.stdout)
    return figures


def _history() -> list[Recorded]:
    """The life of one contract, as its own log holds it."""
    spec = signed("alibaba-8")
    for report in REPORTS:
        spec.receive(submitted(report, "reports"), source="acceptance").after()
    spec.receive(submitted("acceptance-report", "acceptance-report"), source="acceptance").after()
    for item in ("reports", "acceptance-report"):
        spec.receive(accepted(item), source="acceptance").after()
    return spec.history


async def _make_log(path: Path, size: int) -> None:
    """Fill the tables directly: the bytes of one history under other contract ids."""
    log = await open_log(CONTRACTS, f"sqlite:///{path}", SystemLegalClock(), SystemMachineClock())
    await log.close()
    with sqlite3.connect(path) as connection:
        connection.executemany(INSERT, islice(_event_rows(), size))
    connection.close()


def _event_rows() -> Iterator[tuple[object, ...]]:
    codec = Codec(CONTRACTS.events)
    history = [(event, codec.encode(event)) for event in _history()]
    position = 0
    for wave in count():
        for event, body in history:
            for number in range(CONTRACTS_SIDE_BY_SIDE):
                position += 1
                contract = f"K{wave * CONTRACTS_SIDE_BY_SIDE + number:07d}"
                scope, stream = (text.replace(CONTRACT, contract) for text in (event.scope, event.stream))
                own = body.replace(CONTRACT.encode(), contract.encode())
                event_id = f"{contract}-{event.event_id}"
                yield (
                    position,
                    event.tenant,
                    scope,
                    stream,
                    event.version,
                    event_id,
                    event.type,
                    event.recorded_at,
                    own,
                )


def _raw(path: Path) -> float:
    """Seconds for every event to its struct, what a received one carries too: a view works on nothing less."""
    codec = Codec(CONTRACTS.events)
    start_s = time.perf_counter()
    cursor = sqlite3.connect(path).execute(SELECT)
    while page := cursor.fetchmany(ROWS_A_FETCH):
        for position, body in page:
            event = codec.decode(position, body).data
            if isinstance(event, FeedReceived):
                public_event(event)
    return time.perf_counter() - start_s


async def _rebuild(path: Path) -> float:
    """Seconds; what an earlier turn has built is dropped before."""
    log = await open_log(CONTRACTS, f"sqlite:///{path}", SystemLegalClock(), SystemMachineClock())
    name = f"{VIEW.stored_name}.bench"
    await log.drop_view(name)
    start_s = time.perf_counter()
    await build(log, VIEW, name)
    seconds = time.perf_counter() - start_s
    await log.close()
    return seconds


def _child(what: str, path: Path) -> None:
    worked_s = time.process_time()
    seconds = _raw(path) if what == "raw" else run(_rebuild(path))
    worked_s = time.process_time() - worked_s
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "worked_s": worked_s, "peak_mib": peak_mib}))


if __name__ == "__main__":
    _child(sys.argv[1], Path(sys.argv[2]))
