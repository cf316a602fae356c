"""One service as a process: PostgreSQL schema, relay and consumer on Kafka, ticker, views, HTTP (design section 2).

Configured by the environment, validated before anything starts; secrets never show. On SIGTERM the port closes first,
requests in hand finish, positions are remembered, the lease of the relay is given back.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from services.hosting.inbound import inbound_requests
from services.hosting.legal_time import legal_clock, legal_clock_checks
from services.hosting.process_config import ProcessConfig, process_config
from services.hosting.runtime import ServiceRuntime
from services.hosting.status import service_status
from services.hosting.trusted_issuer import issuer_checks, issuer_keys
from shared.config import ConfigError, process_environment
from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.identity.master_key import master_key
from shared.identity.tokens import TokenVerifier
from shared.kafka.bus import KafkaBus
from shared.kafka.register import KafkaRegister, RegisterUnavailable
from shared.kernel.clock import SystemMachineClock
from shared.kernel.errors import LedgerError, LogUnintelligible, LogWentBack, StoreUnavailable
from shared.kernel.loops import Loop
from shared.kernel.waiting import first_of
from shared.membership.admission import Admission
from shared.membership.own import ForeignLedger
from shared.part import Part
from shared.relay.relay import Relay
from shared.telemetry.logs import configure_logging
from shared.telemetry.setup import telemetry
from shared.web.app import create_app
from shared.web.edge import Clocks
from shared.web.probes import Check, Trouble, feeds_check, loop_check, note
from shared.web.server import run as run_loop
from shared.web.server import serving
from shared.web.status import status_route

if TYPE_CHECKING:
    from services.notifier.sending.loop import Sending

EXIT_OK = 0
EXIT_CANNOT_START = 1
EXIT_OUTDATED = 3
EXIT_WENT_BACK = 4

OUTDATED = (
    "a newer version has written to the log; this process stops, upgrade it. "
    "账本中已有更新版本程序写入的事件，本进程停止运行，请升级。"
)

WENT_BACK = (
    "the database has lost its newest records; this process stops, and a new one starts from what is there. "
    "数据库丢失了最近的记录，本进程停止运行，新进程将从现有记录重新启动。"
)


class ServiceProcess:
    """A running process of one service, between `async with` and its end; `base_url` is where it answers.

    `outdated` is set when this process cannot go on: its build is too old for the log that it follows, or the log has
    lost what it was followed by. `outdated_by` says what for.
    """

    def __init__(self, part: Part, config: ProcessConfig) -> None:
        self.base_url = ""
        self._part = part
        self._config = config
        self.outdated = asyncio.Event()
        self.outdated_by: Callable[[], LedgerError | None] = lambda: None
        self._running = AsyncExitStack()

    async def __aenter__(self) -> ServiceProcess:
        async with AsyncExitStack() as starting:
            await self._start(starting)
            self._running = starting.pop_all()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._running.aclose()

    async def _start(self, stack: AsyncExitStack) -> None:
        part, config = self._part, self._config
        clocks = Clocks(legal=legal_clock(config.legal_time), machine=SystemMachineClock())
        keys = await issuer_keys(stack, config.identity, clocks.machine)
        log = await open_log(part.service, config.location, clocks.legal, clocks.machine)
        stack.push_async_callback(log.close)
        self.admission = await self._admission(stack, log, clocks)
        requests, key_loops = await inbound_requests(stack, part, config, clocks.machine)
        bus = KafkaBus(
            config.kafka,
            clocks.legal,
            clocks.machine,
            owner=config.replica,
            lease_life_s=config.bus_times.lease_s,
            session_timeout_ms=round(config.bus_times.session_s * 1000),
            publish_timeout_s=config.bus_times.publish_s,
            admitted=self.admission.admitted,
        )
        stack.push_async_callback(bus.close)
        await bus.join(part.service, log, requests)
        runtime = ServiceRuntime(
            part, log, clocks, grace_s=config.legal_time.grace_s, intake=bus.intakes.get(part.name)
        )
        await stack.enter_async_context(runtime)
        self.outdated = runtime.outdated
        self.outdated_by = lambda: runtime.outdated_by
        sender, key = await self._start_own_work(stack, runtime, clocks)
        app = create_app(
            [runtime.served(key)],
            verifier=TokenVerifier(config.identity.issuer, config.identity.audience, keys),
            clocks=clocks,
            checks=(
                *runtime.checks(),
                *(sender.checks() if sender else ()),
                loop_check(f"{part.name}.register", self.admission),
                *_bus_checks(part.name, bus),
                *issuer_checks(keys),
                *(loop_check(f"{part.name}.inbound_keys", loop) for loop in key_loops),
                *legal_clock_checks(config.legal_time),
            ),
            loops=(
                *runtime.loops,
                *([sender] if sender else []),
                self.admission,
                *_bus_loops(part.name, bus).values(),
                keys,
                *key_loops,
            ),
            operations=[status_route(lambda: service_status(runtime, bus, sender, clocks.legal))],
            body_bytes_max=config.http.body_bytes_max,
        )
        self.base_url = await stack.enter_async_context(serving(app, config.http.host, config.http.port))

    async def _admission(self, stack: AsyncExitStack, log: EventLog[Any], clocks: Clocks) -> Admission:
        """Before anything is read or published: is this database the one that the ledger on this broker knows?"""
        register = KafkaRegister(self._config.kafka, self._config.replica)
        stack.push_async_callback(register.close)
        admission = Admission(log, self._part.name, register, clocks.machine)
        await admission.at_first()
        return await stack.enter_async_context(admission)

    async def _start_own_work(
        self, stack: AsyncExitStack, runtime: ServiceRuntime, clocks: Clocks
    ) -> tuple[Sending | None, bytes]:
        """What only one service does beside its loops, and the key of its secrets.

        Imported here, so that a process loads no other service.
        """
        if self._part.name == "notifier":
            from services.hosting.notifications import sending_of

            key = master_key(self._config.webhook_key_file)
            config = self._config
            sending = sending_of(
                runtime,
                clocks,
                key,
                owner=config.replica,
                loopback=config.http.on_loopback,
                lease_life_s=config.bus_times.lease_s,
            )
            return await stack.enter_async_context(sending), key
        if self._part.name == "catalog":
            from services.hosting.reference_data import import_reference_data

            await import_reference_data(runtime.log, clocks.legal.now())
        return None, b""


def _bus_checks(service: str, bus: KafkaBus) -> list[Check]:
    """The broker answers: what carries outward and inward has not been failing."""
    checks = [loop_check(f"{service}.{name}", loop) for name, loop in _bus_loops(service, bus).items()]
    if relay := bus.relays.get(service):
        checks.append(note(f"{service}.outbox", lambda: _aside_trouble(relay)))
    checks.append(note(f"{service}.bus", bus.trouble))
    if consumer := bus.consumers.get(service):
        checks.append(feeds_check(service, consumer.behind))
    return checks


def _aside_trouble(relay: Relay) -> Trouble | None:
    aside = relay.aside.count
    return Trouble(f"消息中间件拒收 {aside} 条消息", f"the broker refuses {aside} messages") if aside else None


def _bus_loops(service: str, bus: KafkaBus) -> dict[str, Loop]:
    loops: dict[str, Loop | None] = {
        "relay": bus.relays.get(service),
        "consumer": bus.consumers.get(service),
        "inbound": bus.inbound.get(service),
    }
    return {name: loop for name, loop in loops.items() if loop is not None}


def run(part: Part) -> int:
    """The process: until SIGTERM or SIGINT; 1 when it cannot start, with the reason in both languages."""
    try:
        config = process_config(process_environment(whole=True), part.name)
    except ConfigError as error:
        sys.stderr.write(f"{part.name}: {error}\n")
        return EXIT_CANNOT_START
    configure_logging(part.name, config.telemetry.log_level)
    with telemetry(config.telemetry, part.name):
        return run_loop(_serve(part, config))


async def _serve(part: Part, config: ProcessConfig) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        async with ServiceProcess(part, config) as process:
            # Who starts the process waits for this line.
            sys.stdout.write(f"{part.name} {process.base_url}\n")
            sys.stdout.flush()
            await first_of(stop.wait(), process.outdated.wait(), process.admission.refused.wait())
            if process.admission.reason:
                raise process.admission.reason
            if not stop.is_set():
                raise process.outdated_by() or LogUnintelligible(OUTDATED)
    except LogUnintelligible:
        sys.stderr.write(f"{part.name}: {OUTDATED}\n")
        return EXIT_OUTDATED
    except LogWentBack as error:
        sys.stderr.write(f"{part.name}: {WENT_BACK} {error}\n")
        return EXIT_WENT_BACK
    except (ConfigError, ForeignLedger, RegisterUnavailable, StoreUnavailable, OSError) as error:
        sys.stderr.write(f"{part.name}: cannot start / 无法启动: {error}\n")
        return EXIT_CANNOT_START
    return EXIT_OK
