"""R-424: places of the log leave sealed, by one key a service that every replica reads and that outlives a restart."""

from __future__ import annotations

import asyncio

import pytest

from services.hosting.parts import PARTS
from shared.web.openapi import openapi_document
from shared.web.sealing import KEY_BYTES, Sealer, sealer_of
from tests.support.logs import DURABLE, Backend, location_of, opened

PLACES = {"position", "arrival", "sort_key", "offset"}


@pytest.mark.parametrize("backend", DURABLE)
async def test_replicas_and_restarts_share_one_key(backend: Backend, request: pytest.FixtureRequest) -> None:
    location = location_of(backend, request)
    tokens: list[str] = []
    for _ in range(2):
        async with opened(location) as one, opened(location) as other:
            sealers = await asyncio.gather(*(sealer_of(log) for log in (one, other, one, other)))
        tokens += [sealer.position("demo", 42) for sealer in sealers]
    assert len(set(tokens)) == 1


def test_a_token_is_good_for_its_tenant_and_purpose_and_tells_nothing() -> None:
    sealer = Sealer(bytes(range(KEY_BYTES)))
    tokens = [sealer.position("demo", position) for position in range(1000)]
    assert [sealer.position_of("demo", token) for token in tokens] == list(range(1000))
    assert len({len(token) for token in tokens}) == 1
    assert len({token[:6] for token in tokens}) > 990, "neighbours look like strangers"
    assert not set(tokens) & {sealer.position("other", position) for position in range(1000)}
    for given in (*(token[:-1] + "A" for token in tokens[1:3]), "", "42", "=", "é", tokens[0] + tokens[1]):
        with pytest.raises(ValueError, match="token"):
            sealer.position_of("other", given)
    with pytest.raises(ValueError, match="token"):
        sealer.open("cursor listContracts", "demo", tokens[0])


def test_r_424_no_answer_shows_a_place_in_a_log() -> None:
    schemas = openapi_document([route for part in PARTS for route in part.routes])["components"]["schemas"]
    shown = {
        f"{name}.{member}"
        for name, schema in schemas.items()
        for member, about in schema.get("properties", {}).items()
        if member in PLACES and about.get("type") != "string"
    }
    assert shown == set()
