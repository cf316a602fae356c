"""A process of a run as it is started: with a clock that a file sets, and with a defect for some contracts.

`python -m tests.chaos.replica SERVICE FILE`. `time.time` of this interpreter is ahead by what the file says; and the
acceptance service cannot decide the deadlines of contracts whose names say so (`defect.py`).
"""

from __future__ import annotations

import runpy
import sys
import time
from pathlib import Path

from tests.chaos.clocks import set_by
from tests.chaos.defect import DEFECTIVE, plant

if __name__ == "__main__":
    _, service, file = sys.argv
    time.time = set_by(Path(file), time.time)
    if service == DEFECTIVE:
        plant()
    runpy.run_module(f"services.{service}", run_name="__main__", alter_sys=True)
