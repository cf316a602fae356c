"""`make bench`: measures every group of rows, prints one table, and writes it to `var/bench.json`.

Names given as arguments choose groups: `python -m tests.benchmarks store`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import msgspec

from tests.benchmarks.row import Row

GROUPS = ("store", "http", "rebuild", "relay", "consume", "latency", "selection", "growth", "disk")
RESULT = Path("var/bench.json")
COLUMNS = "{:<72} {:>12} {:>12} {:<12} {:>8} {:>8}  {:<4} {:>15} {:>10}"


def main(groups: Sequence[str]) -> int:
    """Run the groups; the exit code is 1 when a goal was not reached."""
    print(COLUMNS.format("row", "ours", "baseline", "unit", "ratio", "goal", "met", "spread", "us Python"))
    rows: list[Row] = []
    for group in groups:
        for row in import_module(f"tests.benchmarks.{group}").rows():
            met = "yes" if row.met else "NO"
            spread = "{:g}-{:g}".format(*row.spread) if row.spread else ""
            columns = row.row, row.ours, row.baseline, row.unit, row.ratio, row.goal, met, spread, row.python_us or ""
            print(COLUMNS.format(*columns), flush=True)
            rows.append(row)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_bytes(msgspec.json.format(msgspec.json.encode(rows), indent=2))
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or GROUPS))
