"""The conventions of commands over HTTP on a real store: repeats, versions, refusals that are stored, and the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from shared.eventstore.log import open_log
from shared.eventstore.service_log import ServiceLog
from shared.identity.issuer import DevelopmentIssuer
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock
from shared.web.app import create_app
from shared.web.edge import Clocks, ServedService
from tests.support.edge import SEALER, ScriptedReader
from tests.support.toy_routes import ADD
from tests.support.toy_service import NOW, TOY

REPEATS = 10
TOO_MUCH = 10**9


class Counter:
    """A client that adds to one counter of the toy service."""

    def __init__(self, client: TestClient[Any, Any], log: ServiceLog[Any], issuer: DevelopmentIssuer) -> None:
        self.log = log
        self._client = client
        self._issuer = issuer

    async def add(self, amount: int, key: str, *, subject: str = "zhang", **headers: str) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer."""
        token = self._issuer.token(
            subject=subject, organisation="acme", tenant="demo", now_s=SystemMachineClock().now()
        )
        sent = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        response = await self._client.post("/counters/c-1/add", json={"amount": amount}, headers=sent)
        return response.status, await response.json()


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    """The toy service over HTTP on a file."""
    legal, machine = VirtualLegalClock(NOW), SystemMachineClock()
    log = await open_log(TOY, f"sqlite:///{tmp_path / 'toy.db'}", legal, machine)
    issuer = DevelopmentIssuer(tmp_path)
    app = create_app(
        [ServedService(name="toy", routes=(ADD,), log=log, reader=ScriptedReader(), sealer=SEALER)],
        verifier=issuer.verifier(),
        clocks=Clocks(legal=legal, machine=machine),
    )
    async with TestClient(TestServer(app)) as client:
        yield Counter(client, log, issuer)
    await log.close()


async def test_r_420_a_repeat_gets_the_first_answer_also_while_it_is_being_decided(counter: Counter) -> None:
    answers = await asyncio.gather(*(counter.add(3, "k-1") for _ in range(REPEATS)))
    assert answers == [answers[0]] * REPEATS
    assert await counter.add(3, "k-1") == answers[0]
    assert await counter.log.head() == 1


async def test_r_420_the_same_key_with_other_content_is_422_and_records_nothing(counter: Counter) -> None:
    await counter.add(3, "k-1")
    status, problem = await counter.add(4, "k-1")
    assert (status, problem["code"], problem["rule"]) == (422, "IDEMPOTENCY_KEY_REUSED", "R-420")
    assert await counter.log.head() == 1


async def test_a_key_belongs_to_its_caller(counter: Counter) -> None:
    await counter.add(3, "k-1")
    status, _ = await counter.add(4, "k-1", subject="li")
    assert (status, await counter.log.head()) == (200, 2)


async def test_r_420_a_refusal_is_answered_again_as_it_was(counter: Counter) -> None:
    first, again = [await counter.add(TOO_MUCH, "k-1") for _ in range(2)]
    for _, problem in (first, again):
        assert len(problem.pop("trace_id")) == 32
    assert first == again
    assert (first[0], first[1]["code"], first[1]["field"]) == (409, "OVER_THE_LIMIT", "amount")
    assert await counter.log.head() == 0


async def test_a_stale_version_is_412_and_the_right_one_is_taken(counter: Counter) -> None:
    _, answer = await counter.add(3, "k-1")
    assert (await counter.add(3, "k-2", If_Match='W/"7"'))[0] == 412
    assert (await counter.add(3, "k-3", If_Match=f'W/"{answer["version"]}"'))[0] == 200
    assert await counter.log.head() == 2


async def test_r_420_a_refusal_by_a_rule_goes_before_a_version_conflict(counter: Counter) -> None:
    status, problem = await counter.add(TOO_MUCH, "k-1", If_Match='"7"')
    assert (status, problem["code"]) == (409, "OVER_THE_LIMIT")


async def test_a_log_that_takes_nothing_more_is_503_and_nothing_was_received(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.commands.writer.QUEUE_MAX", 0)
    status, problem = await counter.add(3, "k-1")
    assert (status, problem["code"]) == (503, "STORE_UNAVAILABLE")
    monkeypatch.undo()
    assert (await counter.add(3, "k-1"))[0] == 200
