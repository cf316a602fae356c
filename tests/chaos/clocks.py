"""Sets the machine clocks of single processes: what a wrong time server does to one machine.

Each process of a run is started by `replica.py`, which puts `time.time` of its interpreter ahead by what a file says.
The clock that nobody sets stays as it is, as on a real machine, and so do ages and timeouts; the databases, the broker
and the load keep the right time. (libfaketime, which sets the clock of any program, also takes over the timed waits of
the interpreter, which then hardly sleep: eight processes with nothing to do kept a core busy.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from tests.support.cluster import service_of


class SetClocks:
    """The clocks of processes by name, each in a file of `folder`; all of them are right at first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def command(self, name: str) -> Sequence[str]:
        """How the interpreter starts a process with such a clock; one that was set stays so."""
        if not self._file(name).exists():
            self.set(name, 0.0)
        return "-m", "tests.chaos.replica", service_of(name), str(self._file(name))

    def set(self, name: str, ahead_s: float) -> None:
        """From now on the clock is so far ahead; behind, when that is negative."""
        written = self._file(name).with_suffix(".new")
        written.write_text(f"{ahead_s}\n", encoding="ascii")
        written.replace(self._file(name))

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.clock"


def set_by(file: Path, real: Callable[[], float]) -> Callable[[], float]:
    """A clock that is ahead of another by the seconds that stand in a file, read anew each time."""
    return lambda: real() + float(file.read_text(encoding="ascii"))
