"""The ledger as deployed, on this machine: PostgreSQL, Kafka and a process for each service, started and stopped.

`make up-full` keeps one running (`python -m tests.support.cluster up`), tests start their own.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from shared.identity.issuer import DevelopmentIssuer
from shared.kafka.settings import KafkaSettings
from shared.kafka.topic_admin import apply
from shared.kafka.topics import EVERY_TOPIC
from shared.testing.backends import postgres
from shared.testing.kafka_broker import KafkaBroker, kafka
from tests.support.believed import identity_variables

SERVICES = ("catalog", "contracts", "acceptance", "notifier")
READY_TIMEOUT_S = 150.0
STOP_TIMEOUT_S = 40.0
POLL_INTERVAL_S = 0.1
FOLDER = Path("var/cluster")
FIRST_PORT = 8081
STARTING = (
    "正在启动 PostgreSQL、Kafka 与四个服务，约一分钟 / starting PostgreSQL, Kafka and four services; about a minute\n"
    f"日志 / logs: {FOLDER}/*.log"
)
TENANT = "demo"


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What `up` says of a running cluster, and what `down` needs to end it; `database` without a password."""

    supervisor: int
    addresses: dict[str, str]
    database: str = ""
    broker: str = ""


def _command(name: str) -> Sequence[str]:
    return "-m", f"services.{service_of(name)}"


class Cluster:
    """A running cluster; its parts are stopped in order at the end of the block. Port 0: any free port.

    With `replicas` there are several processes of each service: `contracts`, `contracts-2` and so on. A `broker` of
    the caller's is used as it is, and `settings` are further variables of every process, `command` is how the
    interpreter starts one. `servers` are the variables that name servers to use instead of starting some; `prefix`
    keeps what belongs to this cluster apart on them.
    """

    def __init__(
        self,
        folder: Path,
        first_port: int = 0,
        *,
        replicas: int = 1,
        broker: KafkaBroker | None = None,
        settings: Mapping[str, str] | None = None,
        command: Callable[[str], Sequence[str]] = _command,
        servers: Mapping[str, str] = os.environ,
        prefix: str = "",
    ) -> None:
        self.names = tuple(replica_name(service, n) for n in range(1, replicas + 1) for service in SERVICES)
        self.addresses: dict[str, str] = {}
        self.processes: dict[str, subprocess.Popen[str]] = {}
        self.environment: dict[str, str] = {}
        self._folder = folder
        self._first_port = first_port
        self._broker = broker
        self._settings = settings or {}
        self._command = command
        self._servers = servers
        self._prefix = prefix
        self._running = ExitStack()

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as starting:
            self._start(starting)
            self._running = starting.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    def token(self, subject: str, organisation: str, grants: tuple[str, ...] = (), tenant: str = TENANT) -> str:
        """A token that every process of the cluster believes."""
        return self.issuer.token(
            subject=subject, organisation=organisation, tenant=tenant, now_s=time.time(), grants=grants
        )

    def start(self, name: str) -> None:
        """Start a process and wait until it is ready."""
        self.launch(name)
        self._wait_until_ready(name)

    def launch(self, name: str) -> None:
        """Start a process and wait until it listens; raises RuntimeError when it ends instead."""
        self._spawn(name)
        self._hear(name)

    def _spawn(self, name: str) -> None:
        service = service_of(name)
        port = self._first_port + self.names.index(name) if self._first_port else 0
        with (self._folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *self._command(name)],
                env={
                    **os.environ,
                    **self.environment,
                    "QIZHANG_PORT": str(port),
                    "QIZHANG_SCHEMA": self._prefix + service,
                },
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self.processes[name] = process

    def _hear(self, name: str) -> None:
        """Wait until a process says where it listens."""
        said = _first_line(self.processes[name]).split()
        if len(said) != 2:
            raise RuntimeError(f"{name} did not start\n{self.log_of(name)}")
        self.addresses[name] = said[1]

    def is_ready(self, name: str) -> bool:
        """Whether a process says that it would serve a request well."""
        return _answers(f"{self.addresses[name]}/readyz")

    def stop(self, name: str, signal_number: signal.Signals = signal.SIGTERM) -> int:
        """End a process, also one that is paused; returns its exit code."""
        process = self.processes.pop(name)
        process.send_signal(signal_number)
        process.send_signal(signal.SIGCONT)
        try:
            return process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
        finally:
            if process.stdout:
                process.stdout.close()

    def log_of(self, name: str) -> str:
        """The end of what a process wrote."""
        return (self._folder / f"{name}.log").read_text(errors="replace")[-4000:]

    def _start(self, stack: ExitStack) -> None:
        dsn = stack.enter_context(postgres(self._servers))
        bootstrap = self._broker.bootstrap if self._broker else stack.enter_context(kafka(self._servers))
        asyncio.run(apply(KafkaSettings(bootstrap=bootstrap, prefix=self._prefix), EVERY_TOPIC))
        self.issuer = DevelopmentIssuer(self._folder)
        self.environment = {
            "QIZHANG_DATABASE": dsn,
            "QIZHANG_KAFKA": bootstrap,
            "QIZHANG_KAFKA_PREFIX": self._prefix,
            **identity_variables(self._folder, self.issuer),
            **self._settings,
        }
        with psycopg.connect(dsn, autocommit=True) as connection:
            for service in SERVICES:
                connection.execute(
                    sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(self._prefix + service))
                )
        stack.callback(self._stop_all)
        for step in (self._spawn, self._hear, self._wait_until_ready):
            for name in self.names:
                step(name)

    def _stop_all(self) -> None:
        for name in list(self.processes):
            self.stop(name)

    def _wait_until_ready(self, name: str) -> None:
        give_up_at = time.monotonic() + READY_TIMEOUT_S
        while not self.is_ready(name):
            if time.monotonic() > give_up_at or _ends_meanwhile(self.processes[name]):
                raise RuntimeError(f"{name} is not ready\n{self.log_of(name)}")


def replica_name(service: str, number: int) -> str:
    """What a process is called; the first replica like its service."""
    return service if number == 1 else f"{service}-{number}"


def service_of(name: str) -> str:
    """The service of which a process is a replica."""
    return name.partition("-")[0]


def _first_line(process: subprocess.Popen[str]) -> str:
    """The line by which a process says that it listens; empty when it ends before, or takes too long."""
    if process.stdout is None or not select.select([process.stdout], [], [], READY_TIMEOUT_S)[0]:
        return ""
    return process.stdout.readline()


def _ends_meanwhile(process: subprocess.Popen[Any]) -> bool:
    """Whether the process ends within POLL_INTERVAL_S: the pause between two looks at what it does."""
    try:
        process.wait(POLL_INTERVAL_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except (OSError, urllib.error.HTTPError):
        return False


def up(folder: Path = FOLDER) -> int:
    """Start a cluster that goes on after this process, and print where it is."""
    state = folder / "state.json"
    if _running_state(state):
        print("已在运行 / it runs already: make down")
        return 1
    state.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    print(STARTING, flush=True)
    with (folder / "supervisor.log").open("ab") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "tests.support.cluster", "serve"], stdout=log, stderr=log, start_new_session=True
        )
    while not state.exists():
        if _ends_meanwhile(supervisor):
            print((folder / "supervisor.log").read_text(errors="replace")[-4000:], file=sys.stderr)
            return 1
    found = msgspec.json.decode(state.read_bytes(), type=State)
    print("\n".join(shown(found)))
    print(f"令牌 / a token: .venv/bin/qizhang token --subject wang --org cloud --tenant {TENANT} --data {folder}")
    print("停止 / stop: make down")
    return 0


def shown(state: State) -> list[str]:
    """Where everything is: the services, the database with a schema for each of them, the broker."""
    lines = [f"{service:12} {address}   {address}/docs" for service, address in state.addresses.items()]
    return [
        *lines,
        f'{"PostgreSQL":12} psql "{state.database}"   schemas: {", ".join(SERVICES)}',
        f"{'Kafka':12} {state.broker}",
    ]


def without_password(dsn: str) -> str:
    """The database as psql takes it, to be shown and kept in a file."""
    return make_conninfo(**{name: value for name, value in conninfo_to_dict(dsn).items() if name != "password"})


def serve(folder: Path = FOLDER) -> int:
    """Hold a cluster until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    state = folder / "state.json"
    with Cluster(folder, FIRST_PORT) as cluster:
        written = folder / "state.json.new"
        running = State(
            supervisor=os.getpid(),
            addresses=cluster.addresses,
            database=without_password(cluster.environment["QIZHANG_DATABASE"]),
            broker=cluster.environment["QIZHANG_KAFKA"],
        )
        written.write_bytes(msgspec.json.encode(running))
        written.rename(state)
        try:
            while True:
                signal.pause()
        finally:
            state.unlink(missing_ok=True)


def down(folder: Path = FOLDER) -> int:
    """End the cluster that `up` started; nothing is wrong when none runs."""
    found = _running_state(folder / "state.json")
    if found is None:
        print("没有在运行的集群 / no cluster is running")
        return 0
    handle = os.pidfd_open(found.supervisor)
    os.kill(found.supervisor, signal.SIGTERM)
    ended, _, _ = select.select([handle], [], [], READY_TIMEOUT_S)
    return 0 if ended else 1


def _running_state(path: Path) -> State | None:
    if not path.exists():
        return None
    state = msgspec.json.decode(path.read_bytes(), type=State)
    return state if _is_alive(state.supervisor) else None


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    sys.exit({"up": up, "serve": serve, "down": down}[sys.argv[1]]())
