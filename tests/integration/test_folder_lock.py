"""One data folder, one running ledger: the second is told who was first, and a crash leaves nothing in the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from services.cli import run
from services.hosting.embedded import EmbeddedLedger
from services.hosting.folder_lock import LOCK_FILE, FolderInUse, held
from shared.config import HttpConfig, IdentityConfig

WAIT_S = 30.0


async def test_a_second_run_on_one_folder_is_refused_and_names_the_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with EmbeddedLedger(tmp_path) as ledger:
        assert await run._serve(tmp_path, HttpConfig(port=0), IdentityConfig()) == run.EXIT_CANNOT_START
        told = capsys.readouterr().err
        assert f"process {os.getpid()} at {ledger.base_url}" in told
        assert f"进程 {os.getpid()} 运行（{ledger.base_url}）" in told
        assert "--data" in told
    async with EmbeddedLedger(tmp_path):
        pass


def test_who_is_still_starting_is_named_without_an_address(tmp_path: Path) -> None:
    with held(tmp_path), pytest.raises(FolderInUse, match=rf"process {os.getpid()}, which is starting"), held(tmp_path):
        pass


@pytest.mark.parametrize("said", [b"", b"{", b'{"process": "nobody"}'])
def test_a_lock_whose_word_cannot_be_read_still_holds(tmp_path: Path, said: bytes) -> None:
    with held(tmp_path):
        (tmp_path / LOCK_FILE).write_bytes(said)
        with pytest.raises(FolderInUse, match="another process"), held(tmp_path):
            pass


def test_a_process_that_was_killed_leaves_no_lock(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from services.hosting.folder_lock import held\n"
        f"with held(Path({str(tmp_path)!r})) as lock:\n"
        "    lock.tell('http://127.0.0.1:1'); print('held', flush=True); sys.stdin.read()"
    )
    first = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert first.stdin and first.stdout
    with first.stdin, first.stdout:
        assert first.stdout.readline() == "held\n"
        with pytest.raises(FolderInUse, match=rf"process {first.pid} at http://127\.0\.0\.1:1"), held(tmp_path):
            pass
        first.send_signal(signal.SIGKILL)
        first.wait(WAIT_S)
    with held(tmp_path):
        pass
