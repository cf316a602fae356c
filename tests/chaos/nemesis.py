"""Carries out a schedule on a running cluster, and brings back whatever it took away.

A process that ends without having been told to is a finding, and is started again like any other.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Iterable
from typing import Final

import psycopg

from shared.kernel.clock import SystemMachineClock
from shared.testing.kafka_broker import KafkaBroker
from tests.chaos.checks.clocks import Wrong
from tests.chaos.clocks import SetClocks
from tests.chaos.schedule import BROKER, Fault
from tests.support.cluster import Cluster

LOOK_EVERY_S: Final = 0.5
# Whatever a replica had in hand when its clock was set is over after so long.
NOTICED_WITHIN_S: Final = 1.5
# A process may meet a broken connection while it starts; whoever runs it starts it again, so often.
STARTS_MAX: Final = 10
HEALED_WITHIN_S: Final = 120.0

_CUT: Final = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = %s"


class Nemesis:
    """Does harm on time; `done` counts faults by kind, `struck` are their targets, `found` is what must not be.

    `wrong` is when clocks were wrong.
    """

    def __init__(self, cluster: Cluster, broker: KafkaBroker, clocks: SetClocks, dsn: str) -> None:
        self.done: Counter[str] = Counter()
        self.found: list[str] = []
        self.struck: list[str] = []
        self.wrong: list[Wrong] = []
        self._broker_gone_s = 0.0
        self._broker_left_s: float | None = None
        self._clocks = clocks
        self._cluster = cluster
        self._broker = broker
        self._dsn = dsn
        self._machine = SystemMachineClock()
        # Whoever holds a target's lock has taken it away: a fault that comes before it is back waits.
        self._away = {name: asyncio.Lock() for name in (BROKER, *cluster.names)}

    @property
    def broker_away_s(self) -> float:
        """How long there was no broker, or one that answered nobody, until now."""
        now_s = time.monotonic()
        return self._broker_gone_s + (now_s - self._broker_left_s if self._broker_left_s is not None else 0.0)

    async def play(self, faults: Iterable[Fault], began_s: float) -> None:
        """Carry out these faults, `at_s` after the monotonic instant `began_s`; return when all are over."""
        async with asyncio.TaskGroup() as tasks:
            for fault in faults:
                tasks.create_task(self._strike(fault, began_s))

    async def watch(self) -> None:
        """Start again what has ended by itself, and note it; goes on until it is cancelled."""
        while True:
            await self._machine.sleep(LOOK_EVERY_S)
            for name, process in list(self._cluster.processes.items()):
                if process.poll() is not None and not self._away[name].locked():
                    self.found.append(f"{name} ended by itself with {process.returncode}\n{self._cluster.log_of(name)}")
                    async with self._away[name]:
                        await self._back(name)

    async def healed(self) -> None:
        """Return when every process says that it is ready; notes those that do not within HEALED_WITHIN_S."""
        give_up_at = time.monotonic() + HEALED_WITHIN_S
        for name in self._cluster.names:
            while not await asyncio.to_thread(self._cluster.is_ready, name):
                if time.monotonic() > give_up_at:
                    self.found.append(f"{name} is not ready {HEALED_WITHIN_S:g} s after the last fault")
                    break
                await self._machine.sleep(LOOK_EVERY_S)

    async def _strike(self, fault: Fault, began_s: float) -> None:
        await self._machine.sleep(began_s + fault.at_s - time.monotonic())
        if fault.kind == "cut":
            await asyncio.to_thread(self._cut, fault.target)
        else:
            async with self._away[fault.target]:
                await (self._strike_broker(fault) if fault.target == BROKER else self._strike_replica(fault))
        self.struck.append(fault.target)
        where = "broker" if fault.target == BROKER else "database" if fault.kind == "cut" else "replica"
        self.done[f"{fault.kind} {where}"] += 1

    async def _strike_replica(self, fault: Fault) -> None:
        name = fault.target
        if fault.kind == "pause":
            self._cluster.processes[name].send_signal(signal.SIGSTOP)
            await self._machine.sleep(fault.lasting_s)
            self._cluster.processes[name].send_signal(signal.SIGCONT)
            return
        if fault.kind == "clock":
            await self._set_clock(name, fault)
            return
        how = signal.SIGKILL if fault.kind == "kill" else signal.SIGTERM
        code = await asyncio.to_thread(self._cluster.stop, name, how)
        if fault.kind == "restart" and code != 0:
            self.found.append(f"{name} ended with {code} on SIGTERM\n{self._cluster.log_of(name)}")
        await self._machine.sleep(fault.lasting_s)
        await self._back(name)

    async def _set_clock(self, name: str, fault: Fault) -> None:
        self._clocks.set(name, fault.ahead_s)
        began_s = time.monotonic()
        await self._machine.sleep(fault.lasting_s)
        ready, ended_s = await asyncio.to_thread(self._cluster.is_ready, name), time.monotonic()
        self._clocks.set(name, 0.0)
        if began_s + NOTICED_WITHIN_S < ended_s:
            wrong = Wrong(
                replica=name,
                ahead_s=fault.ahead_s,
                began_s=began_s + NOTICED_WITHIN_S,
                ended_s=ended_s,
                ready=ready,
            )
            self.wrong.append(wrong)

    async def _back(self, name: str) -> None:
        for _ in range(STARTS_MAX):
            try:
                return await asyncio.to_thread(self._cluster.launch, name)
            except RuntimeError:
                await self._machine.sleep(LOOK_EVERY_S)
        self.found.append(f"{name} did not start {STARTS_MAX} times\n{self._cluster.log_of(name)}")
        return None

    async def _strike_broker(self, fault: Fault) -> None:
        self._broker_left_s = time.monotonic()
        await self._take_broker_away(fault)
        self._broker_gone_s, self._broker_left_s = self.broker_away_s, None

    async def _take_broker_away(self, fault: Fault) -> None:
        if fault.kind == "pause":
            self._broker.pause()
            await self._machine.sleep(fault.lasting_s)
            self._broker.resume()
            return
        await asyncio.to_thread(self._broker.kill if fault.kind == "kill" else self._broker.stop)
        await self._machine.sleep(fault.lasting_s)
        await asyncio.to_thread(self._broker.start)

    def _cut(self, service: str) -> None:
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(_CUT, (f"qizhang {service}",))
