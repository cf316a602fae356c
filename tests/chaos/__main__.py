"""`make chaos`: the deployed ledger under load and faults for a while, then its books are checked.

`python -m tests.chaos [--duration SECONDS] [--seed N]`. Exit code 1 when anything is found; the seed printed at the
start plays the same schedule again.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from shared.kernel.clock_file import FileLegalClock
from shared.testing.backends import POSTGRES_DSN_VARIABLE
from shared.testing.kafka_broker import own_kafka
from tests.chaos.clocks import SetClocks
from tests.chaos.run import TIMES, Run
from tests.chaos.schedule import REPLICAS, restore, schedule
from tests.chaos.telling import tell_schedule, tell_verdict
from tests.chaos.topic import registered_keys
from tests.support.cluster import Cluster

DURATION_DEFAULT_S: Final = 600
DURATION_MIN_S, DURATION_MAX_S = 10, 4 * 3600
LEGAL_BEGIN: Final = "2024-01-08T00:00:00.000Z"


def main(argv: list[str]) -> int:
    """Play a run; returns the exit code."""
    arguments = _parser().parse_args(argv)
    seed = random.SystemRandom().randrange(2**32) if arguments.seed is None else arguments.seed
    cycles = schedule(seed, arguments.duration, TIMES)
    plan = restore(seed, arguments.duration) if arguments.restore else None
    tell_schedule(seed, arguments.duration, cycles)
    # An interrupted run stops in order: nothing that it started outlives it.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    # A database that the environment names would still hold what an earlier run left.
    os.environ.pop(POSTGRES_DSN_VARIABLE, None)
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="qizhang-chaos-") as name, own_kafka() as broker:
        legal = FileLegalClock(Path(name) / "legal-time")
        legal.set(LEGAL_BEGIN)
        keys = Path(name) / "inbound-keys.json"
        keys.write_bytes(registered_keys())
        settings = {
            "QIZHANG_LEGAL_CLOCK_FILE": f"{name}/legal-time",
            "QIZHANG_LEASE_S": str(TIMES.lease_s),
            "QIZHANG_SESSION_TIMEOUT_S": str(TIMES.session_s),
            "QIZHANG_PUBLISH_TIMEOUT_S": str(TIMES.publish_s),
            "QIZHANG_INBOUND_KEYS_FILE": str(keys),
        }
        clocks = SetClocks(Path(name))
        with Cluster(
            Path(name), replicas=REPLICAS, broker=broker, settings=settings, command=clocks.command
        ) as cluster:
            verdict = asyncio.run(Run(cluster, broker, legal, clocks, plan, seed).play(cycles))
            _keep_logs(Path(name), arguments.logs)
    tell_verdict(verdict, seed, arguments.duration, time.monotonic() - began_s)
    return 1 if verdict.found else 0


def _keep_logs(folder: Path, kept: Path | None) -> None:
    """Copy what the processes wrote to where it outlives the run."""
    if kept is None:
        return
    kept.mkdir(parents=True, exist_ok=True)
    for log in [*folder.glob("*.log"), *folder.glob("log")]:
        (kept / log.name).write_bytes(log.read_bytes())


def _duration(text: str) -> int:
    seconds = int(text)
    if not DURATION_MIN_S <= seconds <= DURATION_MAX_S:
        raise argparse.ArgumentTypeError(f"seconds from {DURATION_MIN_S} to {DURATION_MAX_S}")
    return seconds


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="混沌测试 / chaos run")
    parser.add_argument("--duration", type=_duration, default=DURATION_DEFAULT_S, help="秒 / seconds of faults")
    parser.add_argument("--seed", type=int, default=None, help="重放某次计划 / replay a schedule")
    parser.add_argument("--restore", action="store_true", help="最后恢复旧数据库 / put a database back at the end")
    parser.add_argument("--logs", type=Path, default=None, help="日志存放处 / where to keep the logs")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
