"""Many wait for the same log to grow: their looks at the file run on several threads at once."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.logs import DURABLE, Backend, location_of, opened

WAITERS = 64
ROUNDS = 20


@pytest.mark.parametrize("backend", DURABLE)
async def test_many_look_at_once_whether_the_log_has_grown(backend: Backend, request: pytest.FixtureRequest) -> None:
    async with opened(location_of(backend, request)) as log:
        for _ in range(ROUNDS):
            grown = await asyncio.gather(*(log.wait_beyond(0, timeout_s=0.001) for _ in range(WAITERS)))
            assert not any(grown)
