"""An embedded ledger of its own for the clients: `qizhang run` on a fresh folder and a free port."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

READY = "Ctrl-C stops."
STOP_TIMEOUT_S = 60


@contextmanager
def running_ledger(folder: Path) -> Iterator[tuple[str, str]]:
    """Its address, and the token of the provider's project manager."""
    shutil.rmtree(folder, ignore_errors=True)
    command = (sys.executable, "-m", "services", "--data", str(folder), "--port", "0")
    with (
        (folder.parent / "ledger.log").open("w") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        assert process.stdout is not None
        try:
            printed = ""
            for line in process.stdout:
                printed += line
                if READY in line:
                    break
            (address,) = re.findall(r"Qizhang is running: (\S+)", printed)
            (token,) = re.findall(r"WANG=(\S+)", printed)
            yield address, token
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_TIMEOUT_S)
