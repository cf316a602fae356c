"""A notifier over any log with its sender at work, contracts that escalate, and a receiver of webhooks on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from aiohttp import web
from aiohttp.test_utils import TestServer

from services.hosting.notifications import sending_of
from services.hosting.runtime import ServiceRuntime
from services.notifier.domain.state import State
from services.notifier.domain.streams import endpoint_stream, endpoints_scope
from services.notifier.part import NOTIFIER_PART
from services.notifier.projections.deliveries import DELIVERIES, Delivery
from services.notifier.sending.loop import Sending
from services.notifier.service import NOTIFIER
from shared.commands.command import Command, Context
from shared.commands.service import Service
from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.kernel.actors import Actor, system_actor
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock
from shared.kernel.ids import derived_id
from shared.kernel.names import label_name
from shared.kernel.waiting import Signal
from shared.messages import canonical
from shared.projections.reader import ViewReader
from shared.public_events.acceptance import Escalated
from shared.public_events.envelope import Envelope, PublicEvent
from shared.testing.spec import START, TENANT
from shared.web.edge import Clocks
from tests.unit.notifier.samples import signed

MASTER = b"a master key of the test"
WAIT_S = 20.0
GRACE_S = 60.0


@dataclass
class Receiver:
    """Answers `/hook/...` as told, keeps what it got, and does not answer `/silent/...` while `hanging`."""

    answers: list[web.Response] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    silent: int = 0
    hanging: bool = True
    changed: Signal = field(default_factory=Signal)
    url: str = ""

    async def receive(self, request: web.Request) -> web.Response:
        """Keep the message; the answers run out at 204."""
        self.got.append((dict(request.headers), await request.read()))
        self.changed.notify()
        return self.answers.pop(0) if self.answers else web.Response(status=204)

    async def hang(self, request: web.Request) -> web.Response:
        """Take the message and say nothing."""
        self.silent += 1
        self.changed.notify()
        await self.changed.until(lambda: not self.hanging)
        return web.Response(status=204)

    def release(self) -> None:
        """Answer whoever waits."""
        self.hanging = False
        self.changed.notify()


@asynccontextmanager
async def receiver_on_loopback() -> AsyncIterator[Receiver]:
    """A receiver; what still waits for it at the end is answered."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.receive)
    app.router.add_post("/silent", receiver.hang)
    server = TestServer(app)
    await server.start_server()
    receiver.url = str(server.make_url("/"))
    try:
        yield receiver
    finally:
        receiver.release()
        await server.close()


@dataclass
class Desk:
    """The notifier with everything that the sender needs."""

    log: EventLog[State]
    reader: ViewReader
    sending: Sending
    clock: VirtualLegalClock
    receiver: Receiver

    @property
    def url(self) -> str:
        """Where the receiver answers."""
        return f"{self.receiver.url}hook"

    async def give(self, organisation: str, body: object, key: str, tenant: str = TENANT) -> None:
        """A command of a person of the organisation."""
        name = body.endpoint  # type: ignore[attr-defined]
        actor = Actor(issuer="idp", subject="wang", organisation=organisation)
        context = Context(
            tenant=tenant,
            actor=actor,
            key=derived_id(organisation, name, key),
            fingerprint=key,
            command_id=derived_id(tenant, organisation, name, key),
            received_at=self.clock.now(),
        )
        scope, stream = endpoints_scope(organisation), endpoint_stream(organisation, name)
        command: Command[Any] = Command(scope=scope, stream=stream, context=context, body=cast(Any, body))
        result = await self.log.submit(command)
        assert await self.reader.reach(result.position, WAIT_S)

    async def escalate(self, tenant: str = TENANT, number: int = 1) -> None:
        """An escalation of a signed contract arrives; a notice for each side follows."""
        if number == 1:
            await self._receive(tenant, "contracts", signed(), 1)
        escalated = Escalated(contract="C1", item="reports", to_roles=("acceptor",), reason="overdue")
        await self._receive(tenant, "acceptance", escalated, number)

    async def _receive(self, tenant: str, source: str, event: PublicEvent, n: int) -> None:
        envelope = Envelope(
            tenant=tenant,
            source=source,
            topic=event.TOPIC,
            key="C1",
            n=n,
            event_id=derived_id(tenant, source, str(n)),
            type=event.TYPE,
            effective_at=START,
            recorded_at=START,
            actor=system_actor(source),
            correlation_id="",
            causation_id="",
            traceparent=None,
            data=canonical.encode(event),
        )
        receipt = await self.log.receive(envelope)
        assert receipt.kind == "applied"
        assert await self.reader.reach(receipt.position, WAIT_S)

    async def at_rest(self) -> None:
        """Wait until nothing is due."""
        while not await self.sending.worked_through(await self.log.head(), self.clock.now()):
            await self.log.wait_beyond(await self.log.head(), WAIT_S)

    async def deliveries(self, tenant: str = TENANT) -> list[Delivery]:
        """The log of deliveries of the contract."""
        found, _ = await self.reader.list(DELIVERIES, tenant, label_name("contract", "C1"), None, 100)
        return found

    async def webhook_states(self, tenant: str = TENANT) -> list[str]:
        """How the webhook targets fared."""
        found = await self.deliveries(tenant)
        return [log.state for delivery in found for name, log in delivery.targets.items() if name != "log"]


@asynccontextmanager
async def open_desk(
    receiver: Receiver,
    location: str = "memory:",
    *,
    owner: str = "one",
    loopback: bool = True,
    lease_life_s: float = 10.0,
    service: Service[State] = NOTIFIER,
    around: Callable[[ServiceRuntime], None] = lambda runtime: None,
) -> AsyncIterator[Desk]:
    """A notifier at work; `around` may put something around what the runtime has before the sender gets it."""
    async with AsyncExitStack() as stack:
        legal = VirtualLegalClock(START)
        clocks = Clocks(legal=legal, machine=SystemMachineClock())
        log = await open_log(service, location, clocks.legal, clocks.machine)
        stack.push_async_callback(log.close)
        runtime = await stack.enter_async_context(ServiceRuntime(NOTIFIER_PART, log, clocks, grace_s=GRACE_S))
        reader = runtime.reader
        around(runtime)
        work = sending_of(runtime, clocks, MASTER, owner=owner, loopback=loopback, lease_life_s=lease_life_s)
        sending = await stack.enter_async_context(work)
        yield Desk(log, reader, sending, legal, receiver)
