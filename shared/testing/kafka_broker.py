"""A real Kafka broker for tests and benchmarks: started from deploy/kafka, stopped, killed, paused and started again.

A broker that `QIZHANG_TEST_KAFKA` (host:port) names is used as it is by whoever only needs some broker; who wants to
kill one starts his own.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from shared.testing.backends import (
    COMMAND_TIMEOUT_S,
    LOG_TAIL_CHARACTERS,
    POLL_INTERVAL_S,
    STOP_TIMEOUT_S,
    BackendUnavailable,
    running,
)

# A broker that was killed reads its data again before it answers, beside whatever else keeps the machine busy.
START_TIMEOUT_S: Final = 120.0

KAFKA_VARIABLE: Final = "QIZHANG_TEST_KAFKA"
DEPLOYED: Final = Path(__file__).parents[2] / "deploy" / "kafka"
HOST: Final = "127.0.0.1"


@contextmanager
def kafka(environ: Mapping[str, str]) -> Iterator[str]:
    """The bootstrap address of a broker, for the length of the block."""
    given = environ.get(KAFKA_VARIABLE)
    if given:
        yield given
        return
    with own_kafka() as broker:
        yield broker.bootstrap


@contextmanager
def own_kafka() -> Iterator[KafkaBroker]:
    """A running broker of one's own, to be killed and paused at will; its data goes with the block."""
    _install()
    with tempfile.TemporaryDirectory(prefix="qizhang-kafka-") as folder, ExitStack() as stack:
        broker = KafkaBroker(Path(folder))
        stack.callback(broker.kill)
        broker.start()
        yield broker


class KafkaBroker:
    """One broker process at a fixed address, with its data in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port, self._controller_port = _free_ports()
        self._running = ExitStack()

    @property
    def bootstrap(self) -> str:
        """Where clients find it."""
        return f"{HOST}:{self._port}"

    def start(self) -> None:
        """Start the process and wait until it answers; raises BackendUnavailable when it does not."""
        log = self._folder / "log"
        command: list[str | Path] = [DEPLOYED / "run.sh", self._folder, str(self._port), str(self._controller_port)]
        # What it has written goes with its folder, so nothing has to be saved at its end.
        self._running.enter_context(running(command, log, "KILL"))
        give_up_at = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if time.monotonic() > give_up_at:
                said = log.read_text(errors="replace")[-LOG_TAIL_CHARACTERS:]
                raise BackendUnavailable(f"the Kafka broker does not answer within {START_TIMEOUT_S:g} s\n{said}")
            time.sleep(POLL_INTERVAL_S)

    def kill(self) -> None:
        """End the process as `kill -9` does; `start` goes on with what was on its disk."""
        self._running.close()

    def stop(self) -> None:
        """End the process in order (SIGTERM), as an upgrade does; `start` goes on with what was on its disk."""
        handle = os.pidfd_open(self._process_id())
        os.kill(self._process_id(), signal.SIGTERM)
        select.select([handle], [], [], STOP_TIMEOUT_S)
        os.close(handle)
        self._running.close()

    def pause(self) -> None:
        """Stop the process where it is (SIGSTOP): connections stay open and nobody answers."""
        os.kill(self._process_id(), signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused process go on."""
        os.kill(self._process_id(), signal.SIGCONT)

    def _process_id(self) -> int:
        return int((self._folder / "pid").read_text())

    def _answers(self) -> bool:
        try:
            socket.create_connection((HOST, self._port), timeout=1).close()
        except OSError:
            return False
        return True


def _install() -> None:
    """Fetch the jars, unless they are there."""
    try:
        subprocess.run(
            [DEPLOYED / "install.sh"], check=True, capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S * 5
        )
    except subprocess.CalledProcessError as error:
        raise BackendUnavailable(f"no Kafka broker: {error.stderr[-LOG_TAIL_CHARACTERS:]}") from error


def _free_ports() -> tuple[int, int]:
    """Two ports that nobody listens on."""
    with socket.socket() as first, socket.socket() as second:
        first.bind((HOST, 0))
        second.bind((HOST, 0))
        return first.getsockname()[1], second.getsockname()[1]
