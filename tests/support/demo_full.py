"""`make demo-full`: the three contracts of the demo on a cluster that is started for it and stopped at its end.

The scenarios, what they tell and their checks are those of `make demo`.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import aiohttp

from services.cli.demo import verdict
from services.demo.checks import Checks
from services.demo.player import Player
from services.demo.playing import SCENARIOS, play_on
from shared.web.server import run as run_loop
from tests.support.virtual_cluster import VirtualCluster


async def play_on_cluster(cluster: VirtualCluster, write: Callable[[str], None]) -> Checks:
    """Play every scenario in a running cluster."""
    checks = Checks(write)
    async with aiohttp.ClientSession() as session:
        player = Player(cluster.world(session), session)
        await player.settle()
        await play_on(player, checks, write)
    return checks


def main() -> int:
    """Play on a cluster of its own; the exit code is that of `qizhang demo`."""
    with (
        tempfile.TemporaryDirectory(prefix="qizhang-demo-full-") as folder,
        VirtualCluster(Path(folder), SCENARIOS[0].begins) as cluster,
    ):
        return verdict(run_loop(play_on_cluster(cluster, print)))


if __name__ == "__main__":
    sys.exit(main())
