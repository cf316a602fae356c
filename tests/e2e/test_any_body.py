"""Whatever is sent, the ledger answers it: no request of the right shape, by anybody, meets a defect of ours."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest
from msgspec import inspect

from services.demo.alibaba_1 import ITEM
from services.demo.player import Answer, Player
from services.hosting.parts import PARTS
from shared.eventstore import arrivals
from shared.web.routes import CommandRoute
from tests.e2e.world import CONTRACT, MORE_PEOPLE, services_of, under_review
from tests.support.random_bodies import IDENTIFIERS, random_body

REQUESTS = 400
COMMANDS = [route for part in PARTS for route in part.routes if isinstance(route, CommandRoute)]
# Most requests are about what is there.
USUAL = {"contract": CONTRACT, "item": ITEM}
USUALLY = 0.85


def path_of(route: CommandRoute, chance: random.Random) -> str:
    """The route's path with identifiers filled in."""

    def identifier(found: re.Match[str]) -> str:
        usual = USUAL.get(found[1])
        return usual if usual and chance.random() < USUALLY else chance.choice(IDENTIFIERS)

    return re.sub(r"{(\w+)}", identifier, route.path)


async def random_request(player: Player, chance: random.Random, number: int) -> tuple[str, Answer]:
    """Any command by anybody; its name and the answer."""
    route = chance.choice(COMMANDS)
    body = random_body(inspect.type_info(route.body), chance)
    who = chance.choice(MORE_PEOPLE).subject
    answer = await player.send(who, path_of(route, chance), body, f"any-{number}")
    return f"{who}: {route.operation_id} {body}", answer


async def test_no_request_of_the_right_shape_meets_a_defect(
    embedded: Player, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Most names are made up, and nothing is on its way that would be worth waiting for.
    monkeypatch.setattr(arrivals, "PAUSES_S", (0.0,))
    chance = random.Random(seed)
    await under_review(embedded)
    statuses: Counter[int] = Counter()
    for number in range(REQUESTS):
        request, answer = await random_request(embedded, chance, number)
        assert answer.status < 500 or answer.code.endswith("NOT_ARRIVED"), (request, answer.body)
        assert answer.status < 400 or (answer.body["title_zh"] and answer.body["title_en"] and answer.code)
        statuses[answer.status] += 1
    assert {200, 400, 403, 404, 409, 503} <= statuses.keys()
    await embedded.settle()
    for runtime in services_of(embedded).values():
        assert not await runtime.log.parked(1)


def test_every_kind_of_field_of_every_body_is_made_up() -> None:
    chance = random.Random(0)
    for route in COMMANDS:
        assert isinstance(random_body(inspect.type_info(route.body), chance), dict)
    with pytest.raises(KeyError):
        random_body(inspect.type_info(memoryview), chance)
