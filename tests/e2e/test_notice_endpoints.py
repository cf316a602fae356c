"""Webhook endpoints over HTTP: what is refused at the door, and the secret that is shown exactly once."""

from __future__ import annotations

import time

import pytest
from standardwebhooks.webhooks import Webhook

from services.demo.player import Player
from services.hosting.embedded import WEBHOOK_KEY_FILE
from services.notifier.channels.secrets import secret_of, shown_secret, signature
from services.notifier.domain.decider import ENDPOINTS_MAX
from shared.identity.master_key import master_key
from tests.e2e.world import act, services_of

ENDPOINTS = "/notices/endpoints"
URL = "https://hooks.acme.example/notices"


@pytest.mark.parametrize(
    "url",
    ["https://[::1/", "https://[::1]x/", "https://hooks..example.com/x", "https://a.example:99999/", "", "x" * 9000],
)
async def test_what_is_no_web_address_is_answered_400_with_the_field(embedded: Player, url: str) -> None:
    answer = await embedded.send("li", ENDPOINTS, {"endpoint": "main", "url": url}, "k1")
    assert (answer.status, answer.code, answer.body["field"]) == (400, "URL_NOT_POSSIBLE", "/url")


async def test_the_secret_of_an_endpoint_is_shown_once_at_registration_and_at_each_rotation(
    embedded: Player,
) -> None:
    body = {"endpoint": "main", "url": URL}
    registered = await embedded.send("li", ENDPOINTS, body, "k1")
    first = registered.data["secret"]
    again = [await embedded.send("li", ENDPOINTS, body, key) for key in ("k1", "k2")]
    assert [(answer.status, "secret" in answer.data) for answer in again] == [(200, False), (200, False)]
    rotated = await embedded.send("li", f"{ENDPOINTS}/main/rotate", {}, "k3")
    second = rotated.data["secret"]
    assert "secret" not in (await embedded.send("li", f"{ENDPOINTS}/main/rotate", {}, "k3")).data
    assert first.startswith("whsec_") and second.startswith("whsec_") and first != second
    key = master_key(embedded.world.ledger.folder / WEBHOOK_KEY_FILE)  # type: ignore[attr-defined]
    assert [first, second] == [shown_secret(secret_of(key, "demo", "acme", "main", n)) for n in (1, 2)]
    now_s = int(time.time())
    signed = {"webhook-id": "m", "webhook-timestamp": str(now_s)}
    signed["webhook-signature"] = signature(secret_of(key, "demo", "acme", "main", 2), "m", now_s, b"{}")
    assert Webhook(second).verify(b"{}", signed) == {}


async def test_no_secret_stands_in_the_log_or_in_a_stored_answer(embedded: Player) -> None:
    answer = await embedded.send("li", ENDPOINTS, {"endpoint": "main", "url": URL}, "k1")
    secret = answer.data["secret"]
    await embedded.settle()
    folder = embedded.world.ledger.folder  # type: ignore[attr-defined]
    held = [path.name for path in folder.iterdir() if path.is_file() and secret.encode() in path.read_bytes()]
    assert held == []
    found = await embedded.read("li", ENDPOINTS)
    assert secret not in str(found)


async def test_an_organisation_meets_its_limit_by_name(embedded: Player) -> None:
    for number in range(ENDPOINTS_MAX):
        await act(embedded, "li", ENDPOINTS, {"endpoint": f"e{number}", "url": URL})
    refused = await embedded.send("li", ENDPOINTS, {"endpoint": "more", "url": URL}, "more")
    assert (refused.status, refused.code) == (409, "TOO_MANY_ENDPOINTS")
    await act(embedded, "wang", ENDPOINTS, {"endpoint": "more", "url": URL})
    assert (
        len((await services_of(embedded)["notifier"].log.state("demo", "endpoint/acme"))[0].endpoints) == ENDPOINTS_MAX
    )
