"""R-424: whoever has nothing to do with a contract gets one answer, whether it exists, is a draft or does not."""

from __future__ import annotations

import asyncio
import random
import re
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from aiohttp import ClientSession
from msgspec import inspect

from services.cli.run import TENANT, Person
from services.demo.alibaba_1 import ITEM
from services.demo.player import Player
from services.hosting.parts import PARTS
from shared.kernel.errors import LedgerError
from shared.web.bodies import decode_body
from shared.web.routes import CommandRoute, ReadRoute
from tests.e2e.world import CONTRACT, DRAFT, act, under_review
from tests.support.random_bodies import random_body

IS_SIGNED, IS_A_DRAFT, IS_NOT = CONTRACT, "C-2", "C-3"
ROUTES = [route for part in PARTS for route in part.routes if "{contract}" in route.path]
COMMANDS = [route for route in ROUTES if isinstance(route, CommandRoute)]
READS = [route for route in ROUTES if isinstance(route, ReadRoute)]
NAMES = {"item": ITEM, "change": "CR-1", "risk": "r1", "extension": "e1", "milestone": "m1"}
STRANGER = "mallory"
# What tells one answer from another of the same kind, and nothing else.
OF_ITS_OWN = ("trace_id",)
BODIES_TRIED_MAX = 20_000


def path_of(route: CommandRoute | ReadRoute, contract: str) -> str:
    """The route's path with names filled in."""
    return re.sub(r"{(\w+)}", lambda found: {**NAMES, "contract": contract}[found[1]], route.path)


def a_body(route: CommandRoute, seed: int) -> Any:
    """A body of the route that the door lets in; what a stranger knows from the schema."""
    if route.operation_id == "reviseDraft":
        return {name: value for name, value in DRAFT.items() if name != "contract"}
    chance = random.Random(seed)
    for _ in range(BODIES_TRIED_MAX):
        body = random_body(inspect.type_info(route.body), chance)
        with suppress(LedgerError):
            decode_body(msgspec.json.encode(body), msgspec.json.Decoder(route.body))
            return body
    raise AssertionError(f"no body for {route.operation_id}")


def told(body: dict[str, Any]) -> dict[str, Any]:
    """What an answer tells."""
    return {name: value for name, value in body.items() if name not in OF_ITS_OWN}


@pytest.fixture
async def three(embedded: Player, monkeypatch: pytest.MonkeyPatch) -> Player:
    """A contract under review and a draft; the third does not exist."""
    monkeypatch.setattr("shared.eventstore.arrivals.PAUSES_S", (0.0, 0.0))
    await under_review(embedded)
    await act(embedded, "wang", "/contracts", {**DRAFT, "contract": IS_A_DRAFT})
    return embedded


async def test_r_424_every_command_route_has_one_answer_for_a_stranger(three: Player, seed: int) -> None:
    assert len(COMMANDS) >= 27
    for route in COMMANDS:
        body = a_body(route, seed)
        before = await three.world.heads()
        answers = [
            await three.send(STRANGER, path_of(route, contract), body, f"{route.operation_id}-{contract}")
            for contract in (IS_SIGNED, IS_A_DRAFT, IS_NOT)
        ]
        assert answers[0].status in (404, 503), (route.operation_id, answers[0].body)
        assert [(one.status, told(one.body)) for one in answers] == [(answers[0].status, told(answers[0].body))] * 3
        assert await three.world.heads() == before


async def test_r_424_a_stranger_s_keys_are_not_stored(three: Player, seed: int) -> None:
    """Under one key he may ask for anything about anything: no key of his tells what was there."""
    for route in COMMANDS:
        body = a_body(route, seed)
        statuses = {
            (await three.send(STRANGER, path_of(route, contract), body, "one-key")).status
            for contract in (IS_NOT, IS_SIGNED, IS_A_DRAFT)
        }
        assert len(statuses) == 1 and not statuses & {200, 409, 422}, (route.operation_id, statuses)


async def test_r_424_every_read_route_has_one_answer_for_a_stranger(three: Player, session: ClientSession) -> None:
    async def read(route: ReadRoute, contract: str) -> tuple[int, dict[str, Any], dict[str, str]]:
        address = three.world.address(path_of(route, contract))
        async with session.get(address, headers=three.authorization(STRANGER)) as response:
            headers = {
                name: value for name, value in response.headers.items() if name not in ("Date", "Content-Length")
            }
            return response.status, told(await response.json()), headers

    assert READS
    for route in READS:
        answers = await asyncio.gather(*(read(route, contract) for contract in (IS_SIGNED, IS_A_DRAFT, IS_NOT)))
        assert answers[0][0] == 404, route.operation_id
        assert answers == [answers[0]] * 3, route.operation_id


async def test_r_424_a_party_still_learns_why(three: Player) -> None:
    body = {"content_sha256": "0" * 64, "content_version": 1}
    answer = await three.send("chen", f"/contracts/{IS_A_DRAFT}/signatures", body, "party")
    assert (answer.status, answer.code) == (409, "SIGNATURE_OVER_OTHER_CONTENT")


async def test_r_424_operators_see_no_content_of_contracts(three: Player, session: ClientSession) -> None:
    token = three.world.token(Person("op", "operations", "运维", "operator", ("operator",)), TENANT)
    for route in READS:
        address = three.world.address(path_of(route, IS_SIGNED))
        async with session.get(address, headers={"Authorization": f"Bearer {token}"}) as response:
            assert response.status == 404, route.operation_id
