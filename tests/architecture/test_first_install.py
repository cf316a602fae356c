"""`make` says what it installs before it does: a first install takes minutes, and silence looks like a standstill."""

from __future__ import annotations

import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, assert_none

INSTALLS = re.compile(r"-m (pip install|venv) ")


def commands(folder: Path, target: str, makefile: str) -> list[str]:
    """What `make target` would run in a fresh clone, with the Makefile of that text."""
    for name in ("requirements.lock", "requirements-dev.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "Makefile").write_text(makefile, encoding="utf-8")
    make = ["make", "--dry-run", "--no-print-directory", target]
    return subprocess.run(make, cwd=folder, capture_output=True, text=True, check=True).stdout.splitlines()


def silent(lines: list[str]) -> list[str]:
    """Installations that nothing was said before, or that fetch without showing it."""
    steps = [line for line in lines if line.startswith("echo ") or INSTALLS.search(line)]
    return [
        step
        for before, step in pairwise(["", *steps])
        if INSTALLS.search(step) and (not before.startswith('echo "==> ') or (" -r " in step and "--quiet" in step))
    ]


@pytest.mark.parametrize("target", ["run", "test"])
def test_every_step_of_a_first_install_is_announced(tmp_path: Path, target: str) -> None:
    lines = commands(tmp_path, target, (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert sum(" -r " in line for line in lines) == {"run": 1, "test": 2}[target]
    assert_none(silent(lines))


@pytest.mark.parametrize(
    ("what", "instead"), [('@echo "==> what the ledger needs', '@: "'), ("pip install", "pip install --quiet")]
)
def test_a_planted_silent_step_is_found(tmp_path: Path, what: str, instead: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert what in makefile
    assert silent(commands(tmp_path, "run", makefile.replace(what, instead)))
