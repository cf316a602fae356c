"""The sender against a real receiver: signed as Standard Webhooks says, retried under one id, given up when gone."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from standardwebhooks.webhooks import Webhook

from services.notifier.channels.log import LogChannel
from services.notifier.channels.webhook import WebhookChannel, secret_of, shown_secret
from services.notifier.domain.commands import RegisterEndpoint, RotateEndpointSecret
from services.notifier.domain.state import State
from services.notifier.domain.streams import endpoint_stream, endpoints_scope
from services.notifier.projections import VIEWS
from services.notifier.projections.deliveries import DELIVERIES, Delivery
from services.notifier.projections.endpoints import ENDPOINTS
from services.notifier.sender import Sender
from services.notifier.service import NOTIFIER
from shared.commands.command import Command, Context
from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.kernel.actors import Actor, system_actor
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock
from shared.messages import canonical
from shared.projections.reader import ViewReader
from shared.projections.runner import Projections
from shared.public_events.acceptance import Escalated
from shared.public_events.envelope import Envelope, PublicEvent
from shared.testing.spec import START, TENANT
from tests.unit.notifier.samples import signed

MASTER = b"a master key of the test"
WAIT_S = 10.0


@dataclass
class Receiver:
    """A receiver that answers as told and keeps what it got."""

    answers: list[web.Response] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def receive(self, request: web.Request) -> web.Response:
        """Keep the message; the answers run out at 204."""
        self.got.append((dict(request.headers), await request.read()))
        return self.answers.pop(0) if self.answers else web.Response(status=204)


@dataclass
class Desk:
    """The notifier with everything that the sender needs."""

    log: EventLog[State]
    reader: ViewReader
    sender: Sender
    clock: VirtualLegalClock
    receiver: Receiver
    url: str

    async def give(self, organisation: str, body: object, key: str) -> None:
        """A command of a person of the organisation."""
        actor = Actor(issuer="idp", subject="wang", organisation=organisation)
        context = Context(
            tenant=TENANT, actor=actor, key=key, fingerprint=key, command_id=key, received_at=self.clock.now()
        )
        scope, stream = endpoints_scope(organisation), endpoint_stream(organisation, "hook")
        result = await self.log.submit(Command(scope=scope, stream=stream, context=context, body=body))
        assert await self.reader.reach(result.position, WAIT_S)

    async def escalate(self) -> None:
        """An escalation of a signed contract arrives; a notice for each side follows."""
        await self._receive("contracts", signed())
        escalated = Escalated(contract="C1", item="reports", to_roles=("acceptor",), reason="overdue")
        await self._receive("acceptance", escalated)

    async def _receive(self, source: str, event: PublicEvent) -> None:
        envelope = Envelope(
            tenant=TENANT,
            source=source,
            topic=event.TOPIC,
            key="C1",
            n=1,
            event_id=f"{source}-1",
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

    async def rounds(self) -> None:
        """Send until nothing is due."""
        while await self.sender.send_due():
            pass

    async def deliveries(self) -> list[Delivery]:
        """The log of deliveries of the contract."""
        found, _ = await self.reader.list(DELIVERIES, TENANT, "contract:C1", None, 10)
        return found

    async def webhook_states(self) -> list[str]:
        """How the webhook targets fared."""
        targets = [found.targets.get("webhook:hook") for found in await self.deliveries()]
        return [target.state for target in targets if target]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """A notifier in memory, and a receiver on loopback."""
    async with AsyncExitStack() as stack:
        receiver = Receiver()
        app = web.Application()
        app.router.add_post("/hook", receiver.receive)
        server = TestServer(app)
        await server.start_server()
        stack.push_async_callback(server.close)
        clock, machine = VirtualLegalClock(START), SystemMachineClock()
        log = await open_log(NOTIFIER, "memory:", clock, machine)
        stack.push_async_callback(log.close)
        projections = await stack.enter_async_context(Projections("notifier", log, VIEWS, machine))
        reader = ViewReader(log, projections)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        webhook = WebhookChannel(
            session, MASTER, lambda tenant, key: reader.get(ENDPOINTS, tenant, key), lambda: int(time.time())
        )
        sender = Sender(log, reader, {"log": LogChannel(), "webhook": webhook}, clock)
        yield Desk(log, reader, sender, clock, receiver, str(server.make_url("/hook")))


def endpoint(organisation: str, url: str) -> RegisterEndpoint:
    """An endpoint named `hook`."""
    return RegisterEndpoint(endpoint="hook", organisation=organisation, url=url)


async def test_without_an_endpoint_a_notice_still_stands_in_the_log_channel(desk: Desk) -> None:
    await desk.escalate()
    await desk.rounds()
    assert [set(delivery.targets) for delivery in await desk.deliveries()] == [{"log"}, {"log"}]
    assert desk.receiver.got == []


async def test_a_delivered_webhook_is_signed_for_its_endpoint_and_its_hash_is_the_proof(desk: Desk) -> None:
    await desk.give("acme", endpoint("acme", desk.url), "register")
    await desk.escalate()
    await desk.rounds()
    headers, body = desk.receiver.got[0]
    secret = secret_of(MASTER, TENANT, "acme", "hook", 1)
    assert Webhook(shown_secret(secret)).verify(body, {key.lower(): value for key, value in headers.items()})
    proofs = [
        found.targets["webhook:hook"].content_sha256 for found in await desk.deliveries() if len(found.targets) > 1
    ]
    assert proofs == [canonical.sha256_of_bytes(body)]


async def test_after_a_rotation_the_old_and_the_new_secret_both_verify(desk: Desk) -> None:
    await desk.give("acme", endpoint("acme", desk.url), "register")
    await desk.give("acme", RotateEndpointSecret(endpoint="hook", organisation="acme"), "rotate")
    await desk.escalate()
    await desk.rounds()
    headers, body = desk.receiver.got[0]
    lower = {key.lower(): value for key, value in headers.items()}
    for generation in (1, 2):
        secret = secret_of(MASTER, TENANT, "acme", "hook", generation)
        assert Webhook(shown_secret(secret)).verify(body, lower)


async def test_a_failed_attempt_is_repeated_when_it_is_due_under_the_same_id(desk: Desk) -> None:
    desk.receiver.answers = [web.Response(status=500)]
    await desk.give("acme", endpoint("acme", desk.url), "register")
    await desk.escalate()
    await desk.rounds()
    assert len(desk.receiver.got) == 1
    due = await desk.sender.next_attempt_at()
    assert due is not None
    desk.clock.set(due)
    await desk.rounds()
    ids = [headers["webhook-id"] for headers, _ in desk.receiver.got]
    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert await desk.webhook_states() == ["delivered"]


async def test_a_receiver_that_is_gone_is_not_tried_again(desk: Desk) -> None:
    desk.receiver.answers = [web.Response(status=410)]
    await desk.give("acme", endpoint("acme", desk.url), "register")
    await desk.escalate()
    await desk.rounds()
    assert await desk.sender.next_attempt_at() is None
    assert await desk.webhook_states() == ["failed"]
