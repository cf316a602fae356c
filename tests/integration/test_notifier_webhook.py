"""The sender against a real receiver: signed as Standard Webhooks says, retried under one id, given up when gone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook

from services.notifier.channels.secrets import secret_of, shown_secret
from services.notifier.domain.commands import RegisterEndpoint, RotateEndpointSecret
from shared.messages import canonical
from shared.testing.spec import TENANT
from tests.support.notifier_desk import MASTER, Desk, open_desk, receiver_on_loopback


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """A notifier in memory, and a receiver on loopback."""
    async with receiver_on_loopback() as receiver, open_desk(receiver) as desk:
        yield desk


def endpoint(organisation: str, url: str) -> RegisterEndpoint:
    """An endpoint named `hook`."""
    return RegisterEndpoint(endpoint="hook", organisation=organisation, url=url)


async def test_without_an_endpoint_a_notice_still_stands_in_the_log_channel(desk: Desk) -> None:
    await desk.escalate()
    await desk.at_rest()
    assert [set(delivery.targets) for delivery in await desk.deliveries()] == [{"log"}, {"log"}]
    assert desk.receiver.got == []


async def test_a_delivered_webhook_is_signed_for_its_endpoint_and_its_hash_is_the_proof(desk: Desk) -> None:
    await desk.give("acme", endpoint("acme", desk.url), "register")
    await desk.escalate()
    await desk.at_rest()
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
    await desk.at_rest()
    headers, body = desk.receiver.got[0]
    lower = {key.lower(): value for key, value in headers.items()}
    for generation in (1, 2):
        secret = secret_of(MASTER, TENANT, "acme", "hook", generation)
        assert Webhook(shown_secret(secret)).verify(body, lower)


async def test_a_failed_attempt_is_repeated_when_it_is_due_under_the_same_id(desk: Desk) -> None:
    desk.receiver.answers = [web.Response(status=500)]
    await desk.give("acme", endpoint("acme", desk.url), "register")
    await desk.escalate()
    await desk.at_rest()
    assert len(desk.receiver.got) == 1
    due = await desk.sending.next_due_at()
    assert due is not None
    desk.clock.set(due)
    await desk.at_rest()
    ids = [headers["webhook-id"] for headers, _ in desk.receiver.got]
    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert await desk.webhook_states() == ["delivered"]


async def test_a_receiver_that_is_gone_is_not_tried_again(desk: Desk) -> None:
    desk.receiver.answers = [web.Response(status=410)]
    await desk.give("acme", endpoint("acme", desk.url), "register")
    await desk.escalate()
    await desk.at_rest()
    assert await desk.sending.next_due_at() is None
    assert await desk.webhook_states() == ["failed"]
